"""The ways to the API, each until the context ends: a function that makes clients of it."""

import asyncio
import json
import queue
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Address
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tools import invoke
from tools.local.embedded import Embedded
from tools.local.settings import LOOPBACK, ROOT
from tools.local.sockets import listen
from tools.runtime_api import RuntimeApi
from tools.sam_template import Function, functions

from errand.clock import system_clock
from errand.keys import Key, KeyRing
from errand_api.app import create_app
from errand_api.gateway import lambda_handler
from errand_api.services import Run, Services, in_thread, inline
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.lambda_client import lambda_client
from errand_testkit.mails import KeptOutbox
from errand_testkit.push import KeptAsking
from errand_testkit.uploads import IMPORT_BUCKET
from errand_testkit.webhooks import KeptHints

TEMPLATE = ROOT / "template.yaml"
PATIENCE = 30.0  # seconds for an answer

type NewClient = Callable[[], httpx2.Client]


_numbers = count()


def _somewhere() -> str:
    """Each client is at an address of its own: there are bounds for each."""
    return str(IPv4Address("198.18.0.0") + next(_numbers))


@contextmanager
def _application(run: Run) -> Iterator[FastAPI]:
    """On DynamoDB in memory, behind all of botocore."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "testing")
        environment.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        FakeDynamo().connected(on_the_wire=True)
        ring = KeyRing((Key("test", b"a signing key for tests, 32 bytes+"),))
        outbox = KeptOutbox()
        services = Services(
            ring=ring,
            run=run,
            clock=system_clock,
            outbox=lambda: outbox,
            import_bucket=IMPORT_BUCKET,
            hints=KeptHints,
            asking=KeptAsking,
        )
        services.realtime_url = "wss://sockets.example.com/live"
        yield create_app(services)


@contextmanager
def asgi() -> Iterator[NewClient]:
    with _application(in_thread) as app, start_blocking_portal() as portal:

        def client() -> httpx2.Client:
            client = TestClient(app, follow_redirects=False)
            client.portal = portal
            return client

        yield client


@contextmanager
def in_process() -> Iterator[NewClient]:
    """The Lambda handler, called."""
    with _application(inline) as app, asyncio.Runner() as runner:
        asyncio.set_event_loop(runner.get_loop())
        handler = lambda_handler(app)
        yield lambda: lambda_client(handler, address=_somewhere())
        asyncio.set_event_loop(None)


class _Instance(RuntimeApi):
    """Hands event after event to one process, which answers one after the other."""

    def __init__(self, function: Function) -> None:
        arn = f"arn:aws:lambda:eu-central-1:000000000000:function:{function.name}"
        super().__init__(b"", arn=arn, init_seconds=PATIENCE, timeout=function.timeout)
        self._events: queue.Queue[bytes | None] = queue.Queue()

    def next(self, path: str) -> tuple[bytes, dict[str, str]]:
        if not path.endswith("/restore/next"):
            self.event = self._events.get() or b""
            self._taken.clear()
        return super().next(path)

    def __call__(self, event: dict[str, Any], _: object) -> dict[str, Any]:
        self._events.put(json.dumps(event).encode())
        answer = self.answers.get(timeout=PATIENCE)
        assert not answer.failed, answer.body
        answered: dict[str, Any] = json.loads(answer.body)
        return answered

    def close(self) -> None:
        self._events.put(None)


def built() -> Function | None:
    """The API's function as `sam build` made it, if it made it of what the sources are now."""
    return invoke._built(functions(TEMPLATE)["ApiFunction"], TEMPLATE)


@contextmanager
def artifact() -> Iterator[NewClient]:
    """What is deployed, under Lambda's runtime interface client, on the embedded AWS."""
    function = built()
    assert function, "nothing is built, or of other sources: run `make build`"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bound = stack.enter_context(listen(LOOPBACK, 0, variable="AWS_PORT"))
        aws = Embedded(data_dir=folder / "aws", bound=bound)
        stack.callback(aws.stop)
        instance = stack.enter_context(_Instance(function))
        (folder / "client").mkdir()
        path = [function.code, *(layer / "python" for layer in function.layers)]
        path.append(invoke._client_only(folder / "client"))
        with pytest.MonkeyPatch.context() as environment:
            for name, value in aws.environment().items():
                environment.setenv(name, value)
            variables = invoke._environment(function, instance, path)
        log = stack.enter_context((folder / "log").open("wb"))
        process = subprocess.Popen(  # noqa: S603 - this very interpreter
            # -S leaves the environment's packages out.
            [sys.executable, "-S", "-m", "awslambdaric", function.handler],
            cwd=function.code,
            env=variables,
            stdout=log,
            stderr=log,
        )
        stack.callback(process.wait)
        stack.callback(process.kill)
        stack.callback(instance.close)
        yield lambda: lambda_client(instance, address=_somewhere())


@contextmanager
def deployed(url: str) -> Iterator[NewClient]:
    """Wherever it answers: `sam local`, `make run`, AWS."""

    def client() -> httpx2.Client:
        headers = {"X-Forwarded-For": _somewhere()}
        return httpx2.Client(base_url=url, timeout=PATIENCE, headers=headers)

    yield client
