"""One connection for each module: making one takes longer than a test."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws

from errand.config import Settings
from errand.storage.tables import connect
from errand_testkit.fakes import ManualClock
from errand_testkit.storage import Tasks
from errand_testkit.template import table_properties
from errand_testkit.wire import Answer, Wire

SETTINGS = Settings(
    data_table="DataTable",
    ephemeral_table="EphemeralTable",
    signing_secret="signing",
    on_lambda=True,
)
# Where moto registers itself: handlers of a longer name all come before those of a shorter one.
_BEFORE_SEND = "before-send"


@pytest.fixture(scope="session")
def properties() -> list[dict[str, Any]]:
    return [table_properties(name) for name in ("DataTable", "EphemeralTable")]


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """The client that the models use, on an AWS in this process."""
    with mock_aws(), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        yield connect(SETTINGS).client


@pytest.fixture
def tables(client: Any, properties: list[dict[str, Any]]) -> Iterator[None]:
    for table in properties:
        client.create_table(**table)
    yield
    for table in properties:
        client.delete_table(TableName=table["TableName"])


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
def lose_answer(client: Any) -> Iterator[Callable[[], None]]:
    """Once called, the next request is carried out, but its answer never arrives."""
    with ExitStack() as stack:

        def lose() -> None:
            def time_out(**_: Any) -> None:
                client.meta.events.unregister(_BEFORE_SEND, time_out)
                raise ReadTimeoutError(endpoint_url="https://dynamodb")

            # After moto's own handler.
            client.meta.events.register_last(_BEFORE_SEND, time_out)
            stack.callback(client.meta.events.unregister, _BEFORE_SEND, time_out)

        yield lose


@pytest.fixture
def meanwhile(client: Any) -> Iterator[Callable[[Callable[[], object]], None]]:
    """Somebody else's operation, whole, when the next request is sent and not yet carried out.

    The one order of two at once in which the first has decided on what the second then changes;
    without threads, because moto's transactions see each other half done.
    """
    with ExitStack() as stack:

        def interfere(operation: Callable[[], object]) -> None:
            def first(**_: Any) -> None:
                client.meta.events.unregister(_BEFORE_SEND, first)
                operation()

            # Before moto's own handler.
            client.meta.events.register_first(_BEFORE_SEND, first)
            stack.callback(client.meta.events.unregister, _BEFORE_SEND, first)

        yield interfere


@pytest.fixture
def answer_with() -> Callable[..., Wire]:
    """Puts canned answers in place of DynamoDB."""

    def replace(*answers: Answer | Exception) -> Wire:
        wire = Wire(*answers)
        client: Any = connect(SETTINGS).client
        client._endpoint.http_session = wire
        return wire

    return replace


@pytest.fixture
def stored(client: Any) -> Callable[[], dict[str, Any]]:
    """Every item of DataTable, by its keys."""

    def scan() -> dict[str, Any]:
        items = client.scan(TableName="DataTable")["Items"]
        return {f"{item.pop('pk')['S']} {item.pop('sk')['S']}": item for item in items}

    return scan
