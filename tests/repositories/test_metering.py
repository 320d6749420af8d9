"""What meters count of DynamoDB's answers."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from contextvars import copy_context
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from errand.errors import StorageUnavailable
from errand.storage.attempts import ConditionFailed
from errand.storage.kinds import Key
from errand.storage.metering import _HOOKS, Meter, metered, watch, watched
from errand.storage.operations import Delete, Put, ask, execute, get, transact
from errand.storage.tables import DataItem
from errand_testkit.wire import Answer, Wire, condition_failed, error

READ = Answer({"ConsumedCapacity": {"TableName": "DataTable", "CapacityUnits": 1.5}})
TRANSACTION = Answer(
    {
        "ConsumedCapacity": [
            {"TableName": "DataTable", "CapacityUnits": 3.0, "WriteCapacityUnits": 3.0},
            {"TableName": "EphemeralTable", "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0},
        ]
    }
)
LOST = ReadTimeoutError(endpoint_url="https://dynamodb")

type Answers = Callable[..., Wire]


@pytest.fixture
def answers(answer_with: Answers) -> Iterator[Answers]:
    """As `answer_with`, to a client that is watched until the test ends."""
    with ExitStack() as stack:

        def watched(*answers: Answer | Exception) -> Wire:
            wire = answer_with(*answers)
            events: Any = DataItem._get_connection().connection.client.meta.events
            watch(DataItem._get_connection().connection.client)
            for event, hook in _HOOKS.items():
                own: Any = {"unique_id": f"errand.{event}", "unique_id_uses_count": True}
                stack.callback(partial(events.unregister, event, hook, **own))
            return wire

        yield watched


def read() -> None:
    get(DataItem, Key("pk", "sk"))


def counted(meter: Meter) -> tuple[int, float]:
    return meter.calls, meter.units


def test_capacity_is_asked_for_and_counted(answers: Answers) -> None:
    wire = answers(READ)
    with metered() as meter:
        read()
        read()
    assert [request["ReturnConsumedCapacity"] for request in wire.requests] == ["TOTAL", "TOTAL"]
    assert counted(meter) == (2, 3.0)
    assert 0 < meter.seconds < 1


def test_transaction_counts_every_table(answers: Answers) -> None:
    wire = answers(TRANSACTION)
    with metered() as meter:
        transact([Put(DataItem("pk", "sk"), DataItem.pk.does_not_exist())])
    assert wire.requests[0]["ReturnConsumedCapacity"] == "TOTAL"
    assert counted(meter) == (1, 5.0)


@pytest.mark.parametrize("first", [error("ThrottlingException"), LOST], ids=["refused", "lost"])
def test_repeated_attempt_is_a_round_trip_of_its_own(
    answers: Answers, first: Answer | Exception
) -> None:
    answers(first, READ)
    with metered() as meter:
        read()
    assert counted(meter) == (2, 1.5)


def test_attempts_that_all_fail_are_counted(answers: Answers) -> None:
    answers(LOST)
    with metered() as meter, pytest.raises(StorageUnavailable):
        read()
    assert counted(meter) == (3, 0)


def test_failed_condition_reports_no_capacity(answers: Answers) -> None:
    answers(condition_failed())
    with metered() as meter, pytest.raises(ConditionFailed):
        execute(Delete(DataItem("pk", "sk"), DataItem.pk.exists()))
    assert counted(meter) == (1, 0)


def test_nothing_is_counted_outside(answers: Answers) -> None:
    answers(READ)
    with metered() as meter:
        pass
    read()
    assert counted(meter) == (0, 0)


def test_threads_share_the_meter_of_their_request_and_no_other(answers: Answers) -> None:
    answers(READ)
    with ThreadPoolExecutor() as threads, metered() as outer:
        with metered() as inner:
            threads.submit(copy_context().run, read).result()
            threads.submit(read).result()
        threads.submit(copy_context().run, read).result()
    assert (counted(inner), counted(outer)) == ((1, 1.5), (2, 3.0))


def test_what_is_counted_inside_is_counted_outside(answers: Answers) -> None:
    answers(READ)
    with metered() as outer:
        read()
        with watched(DataItem._get_connection().connection.client) as inner:
            read()
        read()
    assert counted(inner) == (1, 1.5)
    assert counted(outer) == (3, 4.5)


def test_nothing_is_counted_when_it_is_watched_no_more(answer_with: Answers) -> None:
    answer_with(READ)
    client = DataItem._get_connection().connection.client
    with watched(client) as first, watched(client) as second:
        read()
    with metered() as later:
        read()
    # The inner of two is told, and tells the outer.
    assert (counted(first), counted(second), counted(later)) == ((1, 1.5), (1, 1.5), (0, 0.0))


def test_items_of_every_way_to_read_are_counted(answers: Answers) -> None:
    item = {"pk": {"S": "pk"}, "sk": {"S": "sk"}}
    answers(
        Answer({"Item": item}),
        Answer({}),
        Answer({"Items": [item, item]}),
        Answer({"Responses": {"DataTable": [item], "EphemeralTable": [item, item]}}),
    )
    with metered() as meter:
        read()
        read()
        ask("Query", {"TableName": "DataTable"})
        ask("BatchGetItem", {"RequestItems": {}})
    assert meter.items == 1 + 0 + 2 + 3
