"""Whatever DynamoDB or the way to it does: 503 for what passes, and never a doubled write."""

from collections.abc import Callable
from contextvars import copy_context
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    ResponseStreamingError,
    SSLError,
)

from errand import deadline
from errand.errors import StorageUnavailable
from errand.ids import new_id
from errand.storage.attempts import ConditionFailed, TransactionConflict, TransactionFailed
from errand.storage.kinds import TASK, Key
from errand.storage.mapper import mapper
from errand.storage.operations import (
    Delete,
    Put,
    Update,
    Write,
    execute,
    get,
    get_together,
    transact,
)
from errand.storage.ranges import BY_AGE, KeyRange, read
from errand.tasks.model import Task
from errand_testkit.fakes import ManualClock
from errand_testkit.items import headed
from errand_testkit.wire import Answer, Wire, cancelled, condition_failed, error

USER, TASK_ID = new_id(), new_id()
NOW = ManualClock().now
TASKS = mapper(TASK, Task)
KEY = Key("pk", "sk")
ITEM = headed(
    {
        "pk": {"S": f"USER#{USER}"},
        "sk": {"S": f"TASK#{TASK_ID}"},
        "t": {"S": "Buy milk"},
        "ca": {"N": str(NOW)},
        "ua": {"N": str(NOW)},
        "v": {"N": "2"},
        "vs": {"S": f"o{TASK_ID}"},
    }
)
THROTTLED = error("ThrottlingException")
URL = "https://dynamodb.eu-central-1.amazonaws.com/"

type Answers = Callable[..., Wire]


def _put() -> Put:
    task = Task(id=TASK_ID, title="Buy milk", created_at=NOW, updated_at=NOW, version=1)
    return Put(TASKS.item(KEY, task), TASKS.is_free)


def _update() -> Update:
    return Update(TASKS.at(KEY), [TASKS["version"].add(1)], TASKS.exists)


def _delete() -> Delete:
    return Delete(TASKS.at(KEY), TASKS.exists)


WRITES = pytest.mark.parametrize("write", [_put, _update, _delete])
# A new item is not sent again while the first may still be made.
REPEATED = pytest.mark.parametrize(
    "call",
    [
        lambda: get(TASKS.model, KEY),
        lambda: execute(_update()),
        lambda: execute(_delete()),
        lambda: transact([_put()]),
    ],
    ids=["get", "update", "delete", "transact"],
)
CALLS = pytest.mark.parametrize(
    "call",
    [
        lambda: get(TASKS.model, KEY),
        lambda: get_together((TASKS.model, KEY)),
        lambda: read(KeyRange(model=TASKS.model, partition="pk"), after=None, limit=1),
        lambda: read(
            KeyRange(model=TASKS.model, partition="pk", index=BY_AGE), after=None, limit=1
        ),
        lambda: execute(_put()),
        lambda: execute(_update()),
        lambda: execute(_delete()),
        lambda: transact([_put()]),
    ],
    ids=["get", "together", "range", "index", "put", "update", "delete", "transact"],
)
PASSING = [
    THROTTLED,
    error("ProvisionedThroughputExceededException"),
    error("RequestLimitExceeded"),
    error("LimitExceededException"),
    error("TransactionConflictException"),
    error("TransactionInProgressException"),
    error("InternalServerError", status=500),
    error("ServiceUnavailable", status=503),
    Answer(status=500),
    Answer(status=502),
    ReadTimeoutError(endpoint_url=URL),
    ConnectTimeoutError(endpoint_url=URL),
    EndpointConnectionError(endpoint_url=URL),
    ConnectionClosedError(endpoint_url=URL),
    ResponseStreamingError(error="cut"),
    SSLError(endpoint_url=URL, error=OSError("cut")),
]


def _name(answer: Answer | Exception) -> str:
    if isinstance(answer, Answer):
        return str(answer.body.get("__type", answer.status)).rpartition("#")[2]
    return type(answer).__name__


# PynamoDB wraps what botocore raises of its own calls, not what it raises of dispatched ones.
@pytest.mark.parametrize("is_read", [True, False], ids=["read", "write"])
@pytest.mark.parametrize("answer", PASSING, ids=_name)
def test_what_passes_asks_to_come_back(
    answer_with: Answers, answer: Answer | Exception, *, is_read: bool
) -> None:
    wire = answer_with(answer)
    with pytest.raises(StorageUnavailable):
        get(TASKS.model, KEY) if is_read else execute(_update())
    assert len(wire.requests) <= 3


@pytest.mark.parametrize("answer", PASSING, ids=_name)
def test_new_item_is_sent_once_unless_it_cannot_have_been_made(
    answer_with: Answers, answer: Answer | Exception
) -> None:
    wire = answer_with(answer)
    with pytest.raises(StorageUnavailable):
        execute(_put())
    is_over = isinstance(answer, Answer) and "__type" in answer.body
    is_never_sent = isinstance(answer, ConnectTimeoutError | EndpointConnectionError | SSLError)
    puts = [request for request in wire.requests if "Item" in request]
    assert len(puts) == (3 if is_over or is_never_sent else 1)


@pytest.mark.parametrize("found", [ITEM, None], ids=["made", "not made"])
def test_new_item_without_an_answer_is_looked_for(
    answer_with: Answers, found: dict[str, Any] | None
) -> None:
    wire = answer_with(ReadTimeoutError(endpoint_url=URL), Answer({"Item": found} if found else {}))
    with pytest.raises(ConditionFailed if found else StorageUnavailable) as caught:
        execute(_put())
    assert getattr(caught.value, "item", None) == found
    assert wire.requests[1]["ConsistentRead"]


@REPEATED
@pytest.mark.parametrize(
    "answer", [THROTTLED, ReadTimeoutError(endpoint_url=URL), Answer(status=500)], ids=_name
)
def test_what_passes_is_tried_three_times(
    answer_with: Answers,
    pauses: list[float],
    call: Callable[[], object],
    answer: Answer | Exception,
) -> None:
    wire = answer_with(answer)
    with pytest.raises(StorageUnavailable):
        call()
    assert len(wire.requests) == 3
    assert len(pauses) == 2
    assert sum(pauses) <= 3


@CALLS
def test_throttling_that_passed_is_not_noticed(
    answer_with: Answers, call: Callable[[], object]
) -> None:
    wire = answer_with(THROTTLED, THROTTLED, Answer({"Items": [], "Responses": {}}))
    call()
    assert len(wire.requests) == 3


@REPEATED
def test_repetitions_do_not_run_out(answer_with: Answers, call: Callable[[], object]) -> None:
    wire = answer_with(*[ReadTimeoutError(endpoint_url=URL), Answer({"Items": []})] * 60)
    for number in range(60):
        call()
        assert len(wire.requests) == 2 * (number + 1)


@REPEATED
def test_call_that_could_end_too_late_is_not_made(
    answer_with: Answers, monkeypatch: pytest.MonkeyPatch, call: Callable[[], object]
) -> None:
    wire = answer_with(ReadTimeoutError(endpoint_url=URL))
    times = iter([0.0, 13.9, 14.1])
    monkeypatch.setattr(deadline, "monotonic", lambda: next(times))

    def request() -> None:
        deadline.begin()
        with pytest.raises(StorageUnavailable):
            call()

    copy_context().run(request)
    assert len(wire.requests) == 1


@REPEATED
@pytest.mark.parametrize(
    "damaged",
    [
        Answer(raw=b""),
        Answer(raw=b'{"Items": [], "Resp'),
        Answer(raw=b"<html>"),
        Answer(raw=b"[]"),
        Answer(raw=b'{"Items": []}', headers={"x-amz-crc32": "1"}),
        Answer(raw=b'{"__type": "Cond', status=400),
    ],
    ids=["empty", "cut", "html", "list", "garbled", "cut error"],
)
def test_damaged_answer_is_asked_for_again(
    answer_with: Answers, call: Callable[[], object], damaged: Answer
) -> None:
    wire = answer_with(damaged, Answer({"Items": [], "Responses": {}}))
    call()
    assert len(wire.requests) == 2
    wire = answer_with(damaged)
    with pytest.raises(StorageUnavailable):
        call()
    assert len(wire.requests) == 3


@REPEATED
def test_what_passed_is_not_noticed(answer_with: Answers, call: Callable[[], object]) -> None:
    answer = Answer({"Items": [], "Responses": {}})
    wire = answer_with(THROTTLED, ReadTimeoutError(endpoint_url=URL), answer)
    call()
    assert len(wire.requests) == 3


@CALLS
def test_what_does_not_pass_is_a_defect(answer_with: Answers, call: Callable[[], object]) -> None:
    wire = answer_with(error("ValidationException"))
    with pytest.raises(ClientError, match="ValidationException"):
        call()
    assert len(wire.requests) == 1


@CALLS
def test_missing_credentials_are_a_defect(answer_with: Answers, call: Callable[[], object]) -> None:
    answer_with(NoCredentialsError())
    with pytest.raises(NoCredentialsError):
        call()


@WRITES
def test_failed_condition_comes_with_the_item(
    answer_with: Answers, write: Callable[[], Write]
) -> None:
    wire = answer_with(condition_failed(ITEM))
    with pytest.raises(ConditionFailed) as caught:
        execute(write())
    assert (caught.value.item, caught.value.retried) == (ITEM, False)
    assert len(wire.requests) == 1
    assert wire.requests[0]["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"


@WRITES
def test_failed_condition_may_come_without_an_item(
    answer_with: Answers, write: Callable[[], Write]
) -> None:
    answer_with(condition_failed())
    with pytest.raises(ConditionFailed) as caught:
        execute(write())
    assert caught.value.item is None


@pytest.mark.parametrize("write", [_update, _delete])
def test_condition_that_failed_a_later_attempt_is_told_apart(
    answer_with: Answers, write: Callable[[], Write]
) -> None:
    answer_with(ReadTimeoutError(endpoint_url=URL), condition_failed(ITEM))
    with pytest.raises(ConditionFailed) as caught:
        execute(write())
    assert caught.value.retried


def test_failed_conditions_stand_in_the_order_of_the_writes(answer_with: Answers) -> None:
    failed = {"Code": "ConditionalCheckFailed", "Item": ITEM}
    reasons = [{"Code": "None"}, failed, {"Code": "TransactionConflict"}]
    answer_with(error("TransactionCanceledException", CancellationReasons=reasons))
    with pytest.raises(TransactionFailed) as caught:
        transact([_put()] * 3)
    first, second, third = caught.value.failures
    assert first is third is None
    assert second
    assert second.item == ITEM


def test_conflict_that_passes_is_not_noticed(answer_with: Answers, pauses: list[float]) -> None:
    wire = answer_with(*[cancelled("None", "TransactionConflict")] * 3, Answer())
    transact([_put(), _put()])
    assert len(wire.requests) == 4
    assert len({request["ClientRequestToken"] for request in wire.requests}) == 4
    assert len(pauses) == 3
    assert 0 < sum(pauses) < 1


def test_conflict_that_stays_is_told(answer_with: Answers) -> None:
    wire = answer_with(cancelled("None", "TransactionConflict"))
    with pytest.raises(TransactionConflict) as caught:
        transact([_put(), _put()])
    assert caught.value.positions == {1}
    assert len(wire.requests) == 4


def test_same_transaction_keeps_its_token_through_an_outage(answer_with: Answers) -> None:
    wire = answer_with(ReadTimeoutError(endpoint_url=URL), THROTTLED, Answer())
    transact([_put()])
    assert len({request["ClientRequestToken"] for request in wire.requests}) == 1


@pytest.mark.parametrize(
    "codes",
    [
        ("ThrottlingError",),
        ("ProvisionedThroughputExceeded", "None"),
        ("TransactionConflict", "ThrottlingError"),
    ],
    ids=str,
)
def test_transaction_cancelled_by_what_passes_asks_to_come_back(
    answer_with: Answers, codes: tuple[str, ...]
) -> None:
    answer_with(cancelled(*codes))
    with pytest.raises(StorageUnavailable):
        transact([_put() for _ in codes])


def test_transaction_cancelled_by_anything_else_is_a_defect(answer_with: Answers) -> None:
    answer_with(cancelled("TransactionConflict", "ValidationError"))
    with pytest.raises(ClientError):
        transact([_put(), _put()])
