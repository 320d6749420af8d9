"""The embedded AWS: ministack in a process of its own, with template.yaml deployed to it.

Runs in ministack's environment; tools.local.embedded starts it. Standard input is its lifeline:
when whoever started it is gone, it stops. Standard output gets a line of JSON when it is
ready, and one when it fails.
"""
# ruff: noqa: SLF001

import argparse
import asyncio
import json
import logging
import os
import signal
import socket
import sqlite3
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from tools.local.failures import CannotRun
from tools.local.memory import Memory
from tools.local.settings import ROOT
from tools.local.sockets import url_of
from tools.local.stack import Deployment, deploy
from tools.local.store import Store
from tools.local.workers import Workers

KEEP_INTERVAL = 2.0  # seconds between copies of what changes without a request
EXPIRY_INTERVAL = 60.0  # seconds
GRACE = 1.0  # seconds for requests under way when it stops
OF_DYNAMODB = b"DynamoDB_"


class EmbeddedAws:
    def __init__(
        self,
        *,
        store: Store,
        bound: socket.socket,
        workers: Workers,
        parameters: dict[str, str],
        api_url: str,
    ) -> None:
        self._store = store
        self._bound = bound
        self._endpoint = url_of(bound)
        self._workers = workers
        self._parameters = parameters
        self._api_url = api_url
        self._app = import_module("ministack.app").app
        # It would log who is sent a mail.
        logging.getLogger("ses-v2").setLevel(logging.WARNING)
        self._memory: Memory | None = None
        self._stop = asyncio.Event()
        self._failure: sqlite3.Error | None = None

    async def run(self) -> None:
        """Until SIGTERM or the end of standard input. Raises CannotRun or sqlite3.Error."""
        stop = self._stop
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        loop.add_signal_handler(signal.SIGUSR1, loop.run_in_executor, None, self._workers.end)
        loop.add_reader(sys.stdin, _end_of_lifeline, loop, stop)
        # What is being deployed asks it for one thing after the other.
        is_unused = asyncio.Event()
        server = asyncio.create_task(self._serve(is_unused))
        try:
            memory = await self._start(server)
            await self._keep(memory, stop)
        finally:
            is_unused.set()
            await server
            await loop.run_in_executor(None, self._workers.end)
        if self._failure:
            raise self._failure
        memory.keep()

    async def _serve(self, until: asyncio.Event) -> None:
        config = import_module("hypercorn.config").Config()
        config.bind = [f"fd://{self._bound.fileno()}"]
        config.graceful_timeout = GRACE
        serve = import_module("hypercorn.asyncio").serve
        await serve(self._answer, config, shutdown_trigger=until.wait)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        """What a request has written is kept before it is answered."""

        async def keep_and_send(message: Any) -> None:
            if message["type"] == "http.response.start":
                self._commit(scope)
            await send(message)

        await self._app(scope, receive, keep_and_send)

    def _commit(self, scope: Any) -> None:
        """Raises sqlite3.Error if it cannot be written: then nothing more is answered."""
        try:
            if dict(scope["headers"]).get(b"x-amz-target", b"").startswith(OF_DYNAMODB):
                self._store.commit()
            elif self._memory:
                self._memory.keep()
        except sqlite3.Error as error:
            self._failure = error
            self._stop.set()
            raise

    async def _start(self, server: asyncio.Task[None]) -> Memory:
        deploying = asyncio.create_task(asyncio.to_thread(self._deploy))
        await asyncio.wait({server, deploying}, return_when=asyncio.FIRST_COMPLETED)
        if server.done():
            raise CannotRun("ministack ended before it was ready")
        deployment = await deploying
        memory = Memory(
            self._store, deployment.resources, account=_account(), region=os.environ["AWS_REGION"]
        )
        memory.attach()
        self._memory = memory
        if not self._stop.is_set():
            report(
                endpoint=self._endpoint,
                stack=deployment.stack,
                outputs=deployment.outputs,
                environments=deployment.environments,
            )
        return memory

    def _deploy(self) -> Deployment:
        parse = import_module("ministack.services.cloudformation.engine")._parse_template
        try:
            template = parse((ROOT / "template.yaml").read_text())
        except (ValueError, import_module("yaml").YAMLError) as error:
            raise CannotRun(f"template.yaml: {' '.join(str(error).split())}") from None
        return deploy(
            template,
            self._parameters,
            api_url=self._api_url,
            endpoint=self._endpoint,
            region=os.environ["AWS_REGION"],
        )

    async def _keep(self, memory: Memory, stop: asyncio.Event) -> None:
        """On the event loop, where no request is half done."""
        due = time.monotonic()
        while not stop.is_set():
            memory.keep()
            if time.monotonic() >= due:
                memory.expire()
                due = time.monotonic() + EXPIRY_INTERVAL
            await _either(stop.wait(), KEEP_INTERVAL)


def _end_of_lifeline(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Nothing is ever written to it, so that it can be read means that it has ended."""
    loop.remove_reader(sys.stdin)
    stop.set()


async def _either(event: Any, seconds: float) -> None:
    try:
        await asyncio.wait_for(event, seconds)
    except TimeoutError:
        return


def _account() -> str:
    return str(import_module("ministack.core.responses").get_account_id())


def report(**message: Any) -> None:
    print(json.dumps(message), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--socket", type=int, required=True, help="file descriptor")
    parser.add_argument("--python", required=True, help="interpreter of the functions")
    parser.add_argument("--parameters", type=json.loads, required=True, help="a JSON object")
    parser.add_argument("--api-url", default="", help="where the API is, if anywhere")
    options = parser.parse_args()
    bound = socket.socket(fileno=options.socket)
    try:
        with Store(options.data_dir) as store:
            aws = EmbeddedAws(
                store=store,
                bound=bound,
                workers=Workers(options.python),
                parameters=options.parameters,
                api_url=options.api_url,
            )
            asyncio.run(aws.run())
    except CannotRun as failure:
        report(failure=str(failure))
        return 1
    except sqlite3.Error as error:
        report(failure=f"data cannot be saved ({error})")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
