"""A task made under a receipt is made once."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from errand.errors import AnsweredBefore, IdempotencyKeyReused
from errand.storage.receipts import LIFETIME_SECONDS, Receipt
from errand.tasks.views import TASK_JSON
from errand_testkit.fakes import ManualClock
from errand_testkit.storage import Tasks

pytestmark = pytest.mark.usefixtures("tables")

MILK = Receipt(path="/tasks", name="1", fingerprint="milk")


def _answer(tasks: Tasks, *, receipt: Receipt = MILK) -> str:
    """To a request that was carried out before."""
    with pytest.raises(AnsweredBefore) as caught:
        tasks.create(receipt=receipt, title="Buy milk")
    return caught.value.answer


def test_same_receipt_creates_once(tasks: Tasks, clock: ManualClock) -> None:
    first = tasks.create(receipt=MILK, title="Buy milk")
    clock.advance(seconds=60)
    assert _answer(tasks) == TASK_JSON.one(first)
    assert tasks.ids() == [first.id]


def test_replay_is_the_first_answer_whatever_became_of_the_task(tasks: Tasks) -> None:
    first = tasks.create(receipt=MILK)
    tasks.update(first, title="Buy bread")
    assert _answer(tasks) == TASK_JSON.one(first)
    tasks.delete(first)
    assert _answer(tasks) == TASK_JSON.one(first)


def test_receipt_of_another_request_creates_nothing(tasks: Tasks) -> None:
    first = tasks.create(receipt=MILK)
    other = replace(MILK, fingerprint="bread")
    with pytest.raises(IdempotencyKeyReused):
        tasks.create(receipt=other)
    assert tasks.ids() == [first.id]


def test_expired_receipt_is_as_good_as_none(tasks: Tasks, clock: ManualClock) -> None:
    first = tasks.create(receipt=MILK)
    clock.advance(seconds=LIFETIME_SECONDS)
    second = tasks.create(receipt=MILK)
    assert tasks.ids() == [second.id, first.id]


def test_creation_with_a_receipt_whose_answer_was_lost_is_not_repeated(
    tasks: Tasks, lose_answer: Callable[[], None], sent: list[str]
) -> None:
    lose_answer()
    # moto does not know the transaction again by its token: the task is what it would answer.
    answer = _answer(tasks)
    (task,) = tasks.slice().items
    assert answer == TASK_JSON.one(task)
    assert sent[:2] == ["TransactWriteItems"] * 2
