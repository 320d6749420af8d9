"""Two requests at once, or one of them twice: whose write it was is never mistaken."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from errand.errors import NotFound, PreconditionFailed, RequestInFlight, StorageUnavailable
from errand.ids import new_id
from errand.storage.operations import Put
from errand.storage.receipts import Receipt, commit_once
from errand.tasks.repository import DynamoTasks, TaskItem
from errand_testkit.wire import Wire, cancelled, condition_failed, error

USER, TASK = new_id(), new_id()
NOW = 1_795_336_200_000
ITEM = {
    "pk": {"S": f"USER#{USER}"},
    "sk": {"S": f"TASK#{TASK}"},
    "t": {"S": "Buy milk"},
    "ca": {"N": str(NOW)},
    "ua": {"N": str(NOW)},
    "v": {"N": "2"},
    "vs": {"S": f"o{TASK}"},
}
RECEIPT = Receipt(pk=f"USER#{USER}", sk="IDEMPOTENCY#1", fingerprint="milk")
URL = "https://dynamodb.eu-central-1.amazonaws.com/"

type Answers = Callable[..., Wire]


def _put() -> Put:
    item = TaskItem("pk", "sk", t="Buy milk", ca=NOW, ua=NOW, v=1, vs="o")
    return Put(item, TaskItem.pk.does_not_exist())


def _commit() -> str | None:
    return commit_once([_put()], receipt=RECEIPT, answer="first", now_ms=NOW)


def test_receipt_held_by_another_request_is_in_flight(answer_with: Answers) -> None:
    answer_with(cancelled("None", "TransactionConflict"))
    with pytest.raises(RequestInFlight):
        _commit()


def test_item_held_by_another_request_asks_to_come_back(answer_with: Answers) -> None:
    answer_with(cancelled("TransactionConflict", "None"))
    with pytest.raises(StorageUnavailable):
        _commit()


def test_request_in_flight_that_ends_is_replayed(answer_with: Answers) -> None:
    kept = {"fp": {"S": RECEIPT.fingerprint}, "b": {"S": "first"}}
    done = {"Code": "ConditionalCheckFailed", "Item": kept}
    answer_with(
        cancelled("TransactionConflict", "TransactionConflict"),
        error("TransactionCanceledException", CancellationReasons=[{"Code": "None"}, done]),
    )
    assert _commit() == "first"


def _write_title(versions: set[int] | None = None) -> object:
    return DynamoTasks().update(
        user_id=USER,
        task_id=TASK,
        changes={"title": "Buy milk"},
        now=NOW,
        versions=versions,
    )


def test_own_update_is_recognised_by_its_version_and_time(answer_with: Answers) -> None:
    answer_with(ReadTimeoutError(endpoint_url=URL), condition_failed(ITEM))
    assert _write_title({1})


@pytest.mark.parametrize(
    "found",
    [{"v": {"N": "3"}}, {"v": {"N": "3"}, "ua": {"N": str(NOW - 1)}}, {"ua": {"N": str(NOW - 1)}}],
    ids=["version", "version and time", "time"],
)
def test_update_of_somebody_else_is_not_ours(answer_with: Answers, found: dict[str, Any]) -> None:
    answer_with(ReadTimeoutError(endpoint_url=URL), condition_failed(ITEM | found))
    with pytest.raises(PreconditionFailed):
        _write_title({1})


def test_update_that_was_sent_once_is_not_mistaken_for_a_repetition(answer_with: Answers) -> None:
    answer_with(condition_failed(ITEM))
    with pytest.raises(PreconditionFailed):
        _write_title({1})


def test_task_deleted_between_two_attempts_is_not_found(answer_with: Answers) -> None:
    answer_with(ReadTimeoutError(endpoint_url=URL), condition_failed())
    with pytest.raises(NotFound):
        _write_title()
