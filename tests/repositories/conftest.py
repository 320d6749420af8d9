"""One connection for each module: making one takes longer than a test."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws

from errand.storage.tables import BASES, connect
from errand_testkit import emulation
from errand_testkit.dynamo import SETTINGS, TABLES, FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.storage import Tasks
from errand_testkit.template import table_properties
from errand_testkit.wire import Answer, Wire

# Where moto registers itself: handlers of a longer name all come before those of a shorter one.
_BEFORE_SEND = "before-send"


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """The client that the models use, on an AWS in this process."""
    with mock_aws(), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        yield connect(SETTINGS).client


@pytest.fixture(scope="module")
def _tables(client: Any) -> None:
    for name in TABLES:
        client.create_table(**table_properties(name))


@pytest.fixture
def tables(_tables: None) -> None:
    """All of them, empty."""
    emulation.empty()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def tasks(clock: ManualClock) -> Tasks:
    return Tasks(clock)


@pytest.fixture
def sent(client: Any) -> Iterator[list[str]]:
    """The operations sent since the test began, every attempt of them."""
    operations: list[str] = []

    def note(event_name: str, **_: Any) -> None:
        operations.append(event_name.rpartition(".")[2])

    client.meta.events.register_first(_BEFORE_SEND, note)
    yield operations
    client.meta.events.unregister(_BEFORE_SEND, note)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds somebody meant to wait, between attempts, instead of waiting."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


@pytest.fixture
def lose_answer(client: Any) -> Iterator[Callable[..., None]]:
    """Once called, the next request, or one of an operation, is carried out, but not answered."""
    with ExitStack() as stack:

        def lose(operation: str = "") -> None:
            def time_out(event_name: str, **_: Any) -> None:
                if not event_name.endswith(operation):
                    return
                client.meta.events.unregister(_BEFORE_SEND, time_out)
                raise ReadTimeoutError(endpoint_url="https://dynamodb")

            # After moto's own handler.
            client.meta.events.register_last(_BEFORE_SEND, time_out)
            stack.callback(client.meta.events.unregister, _BEFORE_SEND, time_out)

        yield lose


@pytest.fixture(scope="session")
def _canned() -> tuple[Any, dict[Any, Any]]:
    """A client, and what the models are connected to it by."""
    with pytest.MonkeyPatch.context() as kept:
        kept.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        # PynamoDB makes a new client as long as one has no credentials.
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            kept.setenv(name, "testing")
        for model in BASES.values():
            kept.setattr(model, "_connection", None)
        client: Any = connect(SETTINGS).client
        return client, {model: model._connection for model in BASES.values()}


@pytest.fixture
def answer_with(
    _canned: tuple[Any, dict[Any, Any]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Wire]]:
    """Puts canned answers in place of DynamoDB, as long as the test runs."""
    client, connections = _canned
    with ExitStack() as stack:

        def replace(*answers: Answer | Exception) -> Wire:
            wire = Wire(*answers)

            def answer(request: Any, **_: Any) -> AWSResponse:
                return wire.send(request)

            for name, (model, connection) in zip(TABLES, connections.items(), strict=True):
                monkeypatch.setattr(model, "_connection", connection)
                monkeypatch.setattr(model.Meta, "table_name", name)
            # The answers before these are over.
            stack.close()
            # Before moto, where there is one.
            client.meta.events.register_first(f"{_BEFORE_SEND}.dynamodb", answer)
            stack.callback(client.meta.events.unregister, f"{_BEFORE_SEND}.dynamodb", answer)
            return wire

        yield replace


@pytest.fixture(scope="session")
def _fake() -> tuple[FakeDynamo, dict[Any, Any]]:
    """And what the models are connected to it by."""
    with pytest.MonkeyPatch.context() as kept:
        kept.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        # PynamoDB makes a new client as long as one has no credentials.
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            kept.setenv(name, "testing")
        for model in BASES.values():
            kept.setattr(model, "_connection", None)
        fake = FakeDynamo()
        fake.connected()
        return fake, {model: model._connection for model in BASES.values()}


@pytest.fixture
def fake(_fake: tuple[FakeDynamo, dict[Any, Any]], monkeypatch: pytest.MonkeyPatch) -> FakeDynamo:
    """Empty, in place of moto as long as the test runs: several threads may use it."""
    fake, connections = _fake
    for name, (model, connection) in zip(TABLES, connections.items(), strict=True):
        monkeypatch.setattr(model, "_connection", connection)
        monkeypatch.setattr(model.Meta, "table_name", name)
        # The client is that of other packages' fakes, too, whose tests may have come in between.
        monkeypatch.setattr(connection.connection.client, "_make_api_call", fake.call)
    fake.clear()
    return fake


@pytest.fixture
def stored(client: Any) -> Callable[[], dict[str, Any]]:
    """Every item of DataTable, by its keys."""

    def scan() -> dict[str, Any]:
        items = client.scan(TableName="DataTable")["Items"]
        return {f"{item.pop('pk')['S']} {item.pop('sk')['S']}": item for item in items}

    return scan
