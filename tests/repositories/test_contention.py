"""Two requests at once, or one of them twice: whose write it was is never mistaken."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from errand.errors import (
    AnsweredBefore,
    NotFound,
    Overtaken,
    PreconditionFailed,
    RequestInFlight,
    StorageUnavailable,
)
from errand.ids import new_id
from errand.storage.kinds import TASK
from errand.storage.receipts import Receipt
from errand.tasks.model import Task
from errand_testkit.fakes import ManualClock
from errand_testkit.items import headed
from errand_testkit.storage import ADA, Tasks
from errand_testkit.wire import Wire, cancelled, condition_failed, error

TASK_ID = new_id()
NOW = ManualClock().now
WRITTEN = Task(id=TASK_ID, title="Buy milk", created_at=NOW, updated_at=NOW, version=2)
KEY = TASK.key(ADA, TASK_ID)
ITEM = headed(
    {
        "pk": {"S": KEY.pk},
        "sk": {"S": KEY.sk},
        "t": {"S": "Buy milk"},
        "ca": {"N": str(NOW)},
        "ua": {"N": str(NOW)},
        "v": {"N": "2"},
        "vs": {"S": f"o{TASK_ID}"},
    }
)
RECEIPT_OF_MILK = Receipt(path="/tasks", name="1", fingerprint="milk")
URL = "https://dynamodb.eu-central-1.amazonaws.com/"

type Answers = Callable[..., Wire]


def _create(tasks: Tasks) -> None:
    """Its receipt is the first write, the task the second."""
    tasks.create(receipt=RECEIPT_OF_MILK)


def test_receipt_held_by_another_request_is_in_flight(tasks: Tasks, answer_with: Answers) -> None:
    answer_with(cancelled("TransactionConflict", "None"))
    with pytest.raises(RequestInFlight):
        _create(tasks)


def test_item_held_by_another_request_asks_to_come_back(tasks: Tasks, answer_with: Answers) -> None:
    answer_with(cancelled("None", "TransactionConflict"))
    with pytest.raises(StorageUnavailable):
        _create(tasks)


def test_request_in_flight_that_ends_is_replayed(tasks: Tasks, answer_with: Answers) -> None:
    kept = {
        "pk": {"S": RECEIPT_OF_MILK.key(ADA).pk},
        "sk": {"S": RECEIPT_OF_MILK.key(ADA).sk},
        "fp": {"S": RECEIPT_OF_MILK.fingerprint},
        "b": {"S": "first"},
        "expires_at": {"N": str(NOW)},
    }
    done = {"Code": "ConditionalCheckFailed", "Item": kept}
    answer_with(
        cancelled("TransactionConflict", "TransactionConflict"),
        error("TransactionCanceledException", CancellationReasons=[done, {"Code": "None"}]),
    )
    with pytest.raises(AnsweredBefore) as caught:
        _create(tasks)
    assert caught.value.answer == "first"


def _write_title(tasks: Tasks, versions: set[int] | None = None) -> Task:
    return tasks.change(WRITTEN, versions, now=NOW, title="Buy milk")


@pytest.mark.parametrize("versions", [{1}, None], ids=["of a version", "of any version"])
@pytest.mark.parametrize("mark", [{}, {"m": {"S": "AAAAAAAA"}}], ids=["no mark", "another's"])
def test_update_of_somebody_else_with_the_same_time_and_content_is_not_ours(
    tasks: Tasks, answer_with: Answers, mark: dict[str, Any], versions: set[int] | None
) -> None:
    answer_with(ReadTimeoutError(endpoint_url=URL), condition_failed(ITEM | mark))
    with pytest.raises(PreconditionFailed if versions else Overtaken):
        _write_title(tasks, versions)


def test_update_that_was_sent_once_is_not_mistaken_for_a_repetition(
    tasks: Tasks, answer_with: Answers
) -> None:
    answer_with(condition_failed(ITEM))
    with pytest.raises(PreconditionFailed):
        _write_title(tasks, {1})


def test_another_update_in_the_same_millisecond_is_no_reason_to_refuse(
    tasks: Tasks, answer_with: Answers
) -> None:
    answer_with(condition_failed(ITEM))
    with pytest.raises(Overtaken):
        _write_title(tasks, {2})


def test_task_deleted_between_two_attempts_is_not_found(tasks: Tasks, answer_with: Answers) -> None:
    answer_with(ReadTimeoutError(endpoint_url=URL), condition_failed())
    with pytest.raises(NotFound):
        _write_title(tasks)
