"""The embedded AWS: ministack in a process of its own, with template.yaml deployed to it.

Runs in ministack's environment; tools.local.embedded starts it. Standard input is its lifeline:
when whoever started it is gone, it saves and stops. Standard output gets a line of JSON when it is
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

SAVE_INTERVAL = 2.0  # seconds: what a kill -9 may cost
GRACE = 1.0  # seconds for requests under way when it stops


class EmbeddedAws:
    def __init__(self, *, store: Store, bound: socket.socket, workers: Workers) -> None:
        self._store = store
        self._bound = bound
        self._endpoint = url_of(bound)
        self._workers = workers
        self._app = import_module("ministack.app").app
        # It would log who is sent a mail.
        logging.getLogger("ses-v2").setLevel(logging.WARNING)
        self._requests = 0

    async def run(self) -> None:
        """Until SIGTERM or the end of standard input, then saves. Raises CannotRun."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        loop.add_signal_handler(signal.SIGUSR1, loop.run_in_executor, None, self._workers.end)
        loop.add_reader(sys.stdin, _end_of_lifeline, loop, stop)
        server = asyncio.create_task(self._serve(stop))
        try:
            memory = await self._start(server)
            await self._keep(memory, stop)
        finally:
            stop.set()
            await server
            await loop.run_in_executor(None, self._workers.end)
        self._store.save(memory.take())

    async def _serve(self, stop: asyncio.Event) -> None:
        config = import_module("hypercorn.config").Config()
        config.bind = [f"fd://{self._bound.fileno()}"]
        config.graceful_timeout = GRACE
        serve = import_module("hypercorn.asyncio").serve
        await serve(self._count, config, shutdown_trigger=stop.wait)

    async def _count(self, scope: Any, receive: Any, send: Any) -> None:
        self._requests += 1
        await self._app(scope, receive, send)

    async def _start(self, server: asyncio.Task[None]) -> Memory:
        deploying = asyncio.create_task(asyncio.to_thread(self._deploy))
        await asyncio.wait({server, deploying}, return_when=asyncio.FIRST_COMPLETED)
        if server.done():
            raise CannotRun("ministack ended before it was ready")
        deployment = await deploying
        memory = Memory(deployment.resources, account=_account(), region=os.environ["AWS_REGION"])
        memory.put(self._store.load())
        report(
            endpoint=self._endpoint,
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
        return deploy(template, endpoint=self._endpoint, region=os.environ["AWS_REGION"])

    async def _keep(self, memory: Memory, stop: asyncio.Event) -> None:
        """Saves every few seconds while there are requests, and once after the last of them."""
        seen, quiet = 0, False
        while not stop.is_set():
            seen, before = self._requests, seen
            quiet, was_quiet = seen == before, quiet
            if not (quiet and was_quiet):
                await asyncio.to_thread(self._store.save, memory.take())
            await _either(stop.wait(), SAVE_INTERVAL)


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
    options = parser.parse_args()
    bound = socket.socket(fileno=options.socket)
    try:
        with Store(options.data_dir) as store:
            aws = EmbeddedAws(store=store, bound=bound, workers=Workers(options.python))
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
