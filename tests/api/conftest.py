"""The API on DynamoDB in memory, reached as an ASGI application in the thread of the test.

What differs under a server or on Lambda is tested there: modules and tests marked
`both_transports` run with a server's threads and as a Lambda function, and tests/contract asks
every operation over each way there is to the API, all of botocore included.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from fastapi.testclient import TestClient

from errand.keys import KeyRing
from errand.links.schemas import LinkPreview
from errand_api.app import create_app
from errand_api.gateway import lambda_handler
from errand_api.services import Services, in_thread, inline
from errand_testkit.access import held_to_role
from errand_testkit.asgi_client import asgi_client
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.lambda_client import lambda_client
from errand_testkit.mails import KeptOutbox
from errand_testkit.people import PASSWORD, new_account
from errand_testkit.push import KeptAsking
from errand_testkit.stored import session_token, store_account
from errand_testkit.uploads import IMPORT_BUCKET
from errand_testkit.visitors import Connect, SignUp, Transport
from errand_testkit.webhooks import KeptHints


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Over both, in `make test` as a Lambda function alone; but what names its transport."""
    named = {mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")}
    is_marked = metafunc.definition.get_closest_marker("both_transports")
    if is_marked and "transport" in metafunc.fixturenames and "transport" not in named:
        server = pytest.param("asgi", marks=pytest.mark.deep)
        metafunc.parametrize("transport", [server, "lambda"])


@pytest.fixture(scope="package")
def dynamodb() -> Iterator[FakeDynamo]:
    """Right behind PynamoDB; a client takes longer to make than most of these tests to run."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        dynamodb = FakeDynamo(watch=held_to_role("ApiFunction"))
        dynamodb.connected()
        yield dynamodb


@pytest.fixture
def tables(dynamodb: FakeDynamo) -> None:
    """Both tables, empty."""
    dynamodb.clear()


@pytest.fixture
def _on_the_wire(dynamodb: FakeDynamo) -> Iterator[None]:
    """Behind all of botocore, for tests that look at what it is told and tells."""
    dynamodb.connected(on_the_wire=True)
    yield
    dynamodb.connected()


@pytest.fixture
def transport() -> Transport:
    """In the thread of the test; "asgi": with a server's threads."""
    return "direct"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def preview_without_network(urls: Sequence[str]) -> list[LinkPreview]:
    return [LinkPreview(url=url, status=200, title="A page", error=None) for url in urls]


@pytest.fixture
def outbox() -> KeptOutbox:
    return KeptOutbox()


@pytest.fixture
def hints() -> KeptHints:
    return KeptHints()


@pytest.fixture
def asking() -> KeptAsking:
    return KeptAsking()


@pytest.fixture
def refuses_common_passwords() -> bool:
    return True


SOCKETS = "wss://sockets.example.com/live"


@pytest.fixture
def open_tasks_max() -> int | None:
    return None


@pytest.fixture
def services(
    tables: None,  # noqa: ARG001 - the repositories use them
    ring: KeyRing,
    clock: ManualClock,
    transport: Transport,
    outbox: KeptOutbox,
    open_tasks_max: int | None,
    hints: KeptHints,
    asking: KeptAsking,
    *,
    refuses_common_passwords: bool,
) -> Services:
    return Services(
        ring=ring,
        run=in_thread if transport == "asgi" else inline,
        clock=clock,
        preview=preview_without_network,
        outbox=lambda: outbox,
        import_bucket=IMPORT_BUCKET,
        hints=lambda: hints,
        asking=lambda: asking,
        refuse_common_passwords=refuses_common_passwords,
        open_tasks_max=open_tasks_max,
        realtime_url=SOCKETS,
        # Answers that go on would never come: these end once they have begun.
        stream_seconds=0,
    )


@pytest.fixture(scope="package")
def shared_app() -> FastAPI:
    """FastAPI puts routes together when they are first asked for: once is enough."""
    nothing: Any = object()
    return create_app(nothing)


@pytest.fixture
def app(shared_app: FastAPI, services: Services) -> FastAPI:
    shared_app.state.services = services
    return shared_app


@pytest.fixture(scope="package")
def portal() -> Iterator[BlockingPortal]:
    """A thread with a loop: as under uvicorn, every request meets the same one."""
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture(scope="package")
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    with asyncio.Runner() as runner:
        yield runner.get_loop()


@pytest.fixture
def loop(_loop: asyncio.AbstractEventLoop) -> Iterator[asyncio.AbstractEventLoop]:
    """Lambda's runtime leaves it to Mangum, which expects one to be set."""
    asyncio.set_event_loop(_loop)
    yield _loop
    asyncio.set_event_loop(None)


@pytest.fixture
def connect(
    transport: Transport, portal: BlockingPortal, loop: asyncio.AbstractEventLoop
) -> Connect:
    """A client of an application, over this test's transport."""

    def connect(app: FastAPI) -> httpx2.Client:
        if transport == "lambda":
            return lambda_client(lambda_handler(app))
        if transport == "direct":
            return asgi_client(app, loop)
        client = TestClient(app, follow_redirects=False)
        # Not entered: there is nothing that the application does first, and a loop for each
        # client takes longer than what most tests ask it for.
        client.portal = portal
        return client

    return connect


@pytest.fixture
def client(connect: Connect, app: FastAPI) -> httpx2.Client:
    """Nobody in particular."""
    return connect(app)


@pytest.fixture
def sign_up(connect: Connect, app: FastAPI, ring: KeyRing, clock: ManualClock) -> SignUp:
    """A client logged in as a new user, without the computation that a real log-in takes."""

    def sign_up(username: str, *, email: str | None = None, admin: bool = False) -> httpx2.Client:
        account = replace(new_account(username, now=clock(), admin=admin), email=email)
        store_account(account)
        client = connect(app)
        token = session_token(account, ring=ring, clock=clock)
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    return sign_up


@pytest.fixture
def john(sign_up: SignUp) -> httpx2.Client:
    return sign_up("johndoe", email="johndoe@example.com")


@pytest.fixture
def jane(sign_up: SignUp) -> httpx2.Client:
    return sign_up("janedoe")


@pytest.fixture
def register(client: httpx2.Client) -> Callable[..., httpx2.Response]:
    """The whole way: POST /register as a client does it."""

    def register(username: str = "johndoe", **fields: object) -> httpx2.Response:
        return client.post("/register", json={"username": username, "password": PASSWORD} | fields)

    return register


@pytest.fixture
def log_in(client: httpx2.Client) -> Callable[..., httpx2.Response]:
    """POST /token."""

    def log_in(username: str = "johndoe", password: str = PASSWORD) -> httpx2.Response:
        return client.post("/token", data={"username": username, "password": password})

    return log_in
