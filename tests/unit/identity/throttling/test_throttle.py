"""Attempts are counted before what they try, all of them or none."""

import pytest

from errand.errors import StorageUnavailable, TooManyAttempts
from errand.identity.throttling.model import Policy
from errand.identity.throttling.repository import DynamoCounters
from errand.identity.throttling.service import Throttle
from errand.records import Item
from errand.storage.unit import Unit
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.stored import attempts, counted

KNOCK = Policy(name="knock", free=2, first_pause=1, longest_pause=4, memory=60)
RING = Policy(name="ring", free=4, first_pause=10, longest_pause=10, memory=60)
ADA, BOB, DOOR = KNOCK.by("ada"), KNOCK.by("bob"), RING.by("door")


def test_free_attempts_and_one_more_go_at_once_in_one_call_each(
    throttle: Throttle, fake: FakeDynamo
) -> None:
    for _ in range(3):
        throttle.count(ADA)
    assert fake.operations == ["UpdateItem"] * 3
    with pytest.raises(TooManyAttempts):
        throttle.count(ADA)


def test_each_further_attempt_doubles_the_pause_up_to_the_longest(
    throttle: Throttle, clock: ManualClock
) -> None:
    for _ in range(3):
        throttle.count(ADA)
    for pause in (1, 2, 4, 4):
        with pytest.raises(TooManyAttempts) as caught:
            throttle.count(ADA)
        assert caught.value.retry_after == pause
        clock.advance(seconds=pause - 0.001)
        with pytest.raises(TooManyAttempts):
            throttle.count(ADA)
        clock.advance(seconds=0.001)
        throttle.count(ADA)


def test_refused_attempt_does_not_lengthen_the_pause(
    throttle: Throttle, clock: ManualClock
) -> None:
    for _ in range(3):
        throttle.count(ADA)
    for _ in range(5):
        with pytest.raises(TooManyAttempts):
            throttle.count(ADA)
    clock.advance(seconds=1)
    throttle.count(ADA)


def test_run_is_forgotten_after_its_time_however_late_its_last_attempt(
    throttle: Throttle, clock: ManualClock
) -> None:
    throttle.count(ADA)
    clock.advance(seconds=59)
    throttle.count(ADA)
    throttle.count(ADA)
    clock.advance(seconds=1)
    for _ in range(3):
        throttle.count(ADA)


def test_attempts_of_others_do_not_count(throttle: Throttle) -> None:
    for _ in range(3):
        throttle.count(ADA)
    throttle.count(BOB)


def test_attempt_refused_by_one_counter_is_not_counted_on_the_other(throttle: Throttle) -> None:
    for _ in range(3):
        throttle.count(ADA, DOOR)
    with pytest.raises(TooManyAttempts):
        throttle.count(ADA, DOOR)
    assert [attempts(ADA), attempts(DOOR)] == [3, 3]


def test_refusal_names_the_longest_wait(throttle: Throttle) -> None:
    for each in ([ADA], [ADA, DOOR], [ADA, DOOR], [DOOR], [DOOR], [DOOR]):
        throttle.count(*each)
    with pytest.raises(TooManyAttempts) as caught:
        throttle.count(ADA, DOOR)
    assert caught.value.retry_after == 10


def test_nothing_to_count_is_let_through(throttle: Throttle, fake: FakeDynamo) -> None:
    throttle.count()
    assert fake.operations == []


def test_of_two_at_once_beyond_the_free_ones_one_is_let_through(
    throttle: Throttle, fake: FakeDynamo, clock: ManualClock
) -> None:
    for _ in range(3):
        throttle.count(ADA)
    clock.advance(seconds=1)
    # Twice: seeing the counter, and counting on what was seen.
    fake.interferences = [lambda: None, lambda: throttle.count(ADA)]
    with pytest.raises(TooManyAttempts) as caught:
        throttle.count(ADA)
    assert caught.value.retry_after == 2
    assert attempts(ADA) == 4


def test_free_attempts_at_once_are_all_let_through_and_counted(
    throttle: Throttle, fake: FakeDynamo
) -> None:
    fake.interferences = [lambda: throttle.count(ADA)]
    throttle.count(ADA)
    assert attempts(ADA) == 2


def test_run_forgotten_between_seeing_and_counting_begins_anew(
    throttle: Throttle, fake: FakeDynamo, clock: ManualClock
) -> None:
    for _ in range(3):
        throttle.count(ADA)
    clock.advance(seconds=1)
    fake.interferences = [lambda: None, lambda: throttle.forget(ADA)]
    throttle.count(ADA)
    assert attempts(ADA) == 1


def test_counter_that_never_stands_still_asks_to_come_back(
    throttle: Throttle, fake: FakeDynamo, clock: ManualClock
) -> None:
    for _ in range(3):
        throttle.count(ADA)
    clock.advance(seconds=1)
    touched: list[int] = []

    def touch() -> None:
        run = counted(ADA)
        assert run
        touched.append(run.attempts)
        [item] = fake.all("EphemeralTable")
        item["n"], item["at"] = {"N": str(run.attempts + 1)}, {"N": str(run.latest - 60_000)}

    fake.interferences = [touch] * 100
    with pytest.raises(TooManyAttempts) as caught:
        throttle.count(ADA)
    assert caught.value.retry_after == 1
    assert 1 < len(touched) < 10


def test_forgotten_run_begins_anew(throttle: Throttle) -> None:
    for _ in range(3):
        throttle.count(ADA)
    throttle.forget(ADA)
    for _ in range(3):
        throttle.count(ADA)


def test_work_that_was_admitted_does_not_fail_for_not_being_forgiven(clock: ManualClock) -> None:
    class Unavailable:
        def commit(self, unit: Unit) -> Item:  # noqa: ARG002 - nothing is written
            raise StorageUnavailable

    Throttle(counters=DynamoCounters(), store=Unavailable(), clock=clock).forget(ADA)
