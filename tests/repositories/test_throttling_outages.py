"""Counters that DynamoDB does not write: who tries waits, who was let through does not."""

from collections.abc import Callable

import pytest

from errand.errors import StorageUnavailable, TooManyAttempts
from errand.identity.throttling.model import Policy
from errand.identity.throttling.repository import DynamoCounters
from errand.identity.throttling.service import Throttle
from errand.storage.unit import DynamoStore
from errand_testkit.fakes import ManualClock
from errand_testkit.wire import Answer, Wire, cancelled, error

KNOCK = Policy(name="knock", free=2, first_pause=1, longest_pause=4, memory=60)
ADA, BOB = KNOCK.by("ada"), KNOCK.by("bob")

type Answers = Callable[..., Wire]


@pytest.fixture
def throttle(clock: ManualClock) -> Throttle:
    return Throttle(counters=DynamoCounters(), store=DynamoStore(), clock=clock)


def test_counters_held_by_others_ask_to_come_back(throttle: Throttle, answer_with: Answers) -> None:
    answer_with(cancelled("None", "TransactionConflict"))
    with pytest.raises(TooManyAttempts) as caught:
        throttle.count(ADA, BOB)
    assert caught.value.retry_after == 1


def test_counters_that_are_let_go_are_counted(throttle: Throttle, answer_with: Answers) -> None:
    wire = answer_with(cancelled("None", "TransactionConflict"), Answer())
    throttle.count(ADA, BOB)
    assert len(wire.requests) == 2


def test_counter_that_cannot_be_reached_is_an_outage(
    throttle: Throttle, answer_with: Answers
) -> None:
    answer_with(error("ThrottlingException"))
    with pytest.raises(StorageUnavailable):
        throttle.count(ADA)


@pytest.mark.parametrize(
    "answer",
    [cancelled("TransactionConflict", "None"), error("ThrottlingException")],
    ids=["conflict", "outage"],
)
def test_settling_that_cannot_be_done_fails_nobody(
    throttle: Throttle, answer_with: Answers, answer: Answer
) -> None:
    wire = answer_with(answer)
    throttle.settle(forgotten=(ADA,), refunded=(BOB,))
    assert wire.requests
