"""A task made under a receipt is made once."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from errand.errors import IdempotencyKeyReused
from errand.storage.receipts import LIFETIME_SECONDS, Receipt
from errand_testkit.fakes import ManualClock
from errand_testkit.storage import ADA, Tasks

pytestmark = pytest.mark.usefixtures("tables")

RECEIPT = Receipt(pk=f"USER#{ADA}", sk="IDEMPOTENCY#/tasks#1", fingerprint="milk")


def test_same_receipt_creates_once(tasks: Tasks, clock: ManualClock) -> None:
    first = tasks.create(receipt=RECEIPT, title="Buy milk")
    clock.advance(seconds=60)
    assert tasks.create(receipt=RECEIPT, title="Buy milk") == first
    assert tasks.ids() == [first.id]


def test_replay_is_the_first_answer_whatever_became_of_the_task(tasks: Tasks) -> None:
    first = tasks.create(receipt=RECEIPT)
    tasks.update(first, title="Buy bread")
    assert tasks.create(receipt=RECEIPT) == first
    tasks.delete(first)
    assert tasks.create(receipt=RECEIPT) == first


def test_receipt_of_another_request_creates_nothing(tasks: Tasks) -> None:
    first = tasks.create(receipt=RECEIPT)
    other = replace(RECEIPT, fingerprint="bread")
    with pytest.raises(IdempotencyKeyReused):
        tasks.create(receipt=other)
    assert tasks.ids() == [first.id]


def test_expired_receipt_is_as_good_as_none(tasks: Tasks, clock: ManualClock) -> None:
    first = tasks.create(receipt=RECEIPT)
    clock.advance(seconds=LIFETIME_SECONDS)
    second = tasks.create(receipt=RECEIPT)
    assert tasks.ids() == [second.id, first.id]


def test_creation_with_a_receipt_whose_answer_was_lost_is_not_repeated(
    tasks: Tasks, lose_answer: Callable[[], None], sent: list[str]
) -> None:
    lose_answer()
    task = tasks.create(receipt=RECEIPT)
    assert sent == ["TransactWriteItems"] * 2
    assert tasks.ids() == [task.id]
