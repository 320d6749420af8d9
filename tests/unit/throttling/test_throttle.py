"""Attempts are counted before what they try, all of them or none."""

from collections.abc import Callable, Sequence

import pytest

from errand.errors import StorageUnavailable, TooManyAttempts
from errand.throttling.model import Policy, Step
from errand.throttling.service import Throttle
from errand_testkit.fakes import ManualClock
from errand_testkit.throttling import InMemoryCounters

KNOCK = Policy(name="knock", free=2, first_pause=1, longest_pause=4, memory=60)
RING = Policy(name="ring", free=4, first_pause=10, longest_pause=10, memory=60)
ADA, BOB, DOOR = KNOCK.by("ada"), KNOCK.by("bob"), RING.by("door")


class ContendedCounters(InMemoryCounters):
    """`meanwhile` happens just before each of the next `times` writes."""

    times = 0
    meanwhile: Callable[[InMemoryCounters], object]

    def count(self, steps: Sequence[Step], *, now: int) -> list[Step]:
        if self.times:
            self.times -= 1
            self.meanwhile(self)
        return super().count(steps, now=now)


class FailingCounters(InMemoryCounters):
    def settle(self, **_: object) -> None:
        raise StorageUnavailable


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def counters() -> ContendedCounters:
    return ContendedCounters()


@pytest.fixture
def throttle(counters: ContendedCounters, clock: ManualClock) -> Throttle:
    return Throttle(counters=counters, clock=clock)


def test_free_attempts_and_one_more_go_at_once_in_one_call_each(
    throttle: Throttle, counters: ContendedCounters
) -> None:
    for _ in range(3):
        throttle.count(ADA)
    assert counters.calls == 3
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


def test_attempt_refused_by_one_counter_is_not_counted_on_the_other(
    throttle: Throttle, counters: ContendedCounters
) -> None:
    for _ in range(3):
        throttle.count(ADA, DOOR)
    with pytest.raises(TooManyAttempts):
        throttle.count(ADA, DOOR)
    assert [counters.stored[attempt].attempts for attempt in (ADA, DOOR)] == [3, 3]


def test_refusal_names_the_longest_wait(throttle: Throttle) -> None:
    for attempts in ([ADA], [ADA, DOOR], [ADA, DOOR], [DOOR], [DOOR], [DOOR]):
        throttle.count(*attempts)
    with pytest.raises(TooManyAttempts) as caught:
        throttle.count(ADA, DOOR)
    assert caught.value.retry_after == 10


def test_nothing_to_count_is_let_through(throttle: Throttle, counters: ContendedCounters) -> None:
    throttle.count()
    assert counters.calls == 0


def test_of_two_at_once_beyond_the_free_ones_one_is_let_through(
    throttle: Throttle, counters: ContendedCounters, clock: ManualClock
) -> None:
    for _ in range(3):
        throttle.count(ADA)
    clock.advance(seconds=1)
    counters.meanwhile = lambda _: counters.stored.update(
        {ADA: KNOCK.counted(counters.stored[ADA], now=clock())}
    )
    counters.times = 1
    with pytest.raises(TooManyAttempts) as caught:
        throttle.count(ADA)
    assert caught.value.retry_after == 2
    assert counters.stored[ADA].attempts == 4


def test_free_attempts_at_once_are_all_let_through_and_counted(
    throttle: Throttle, counters: ContendedCounters, clock: ManualClock
) -> None:
    counters.meanwhile = lambda _: InMemoryCounters.count(
        counters, [Step(attempt=ADA)], now=clock()
    )
    counters.times = 1
    throttle.count(ADA)
    assert counters.stored[ADA].attempts == 2


def test_run_forgotten_between_seeing_and_counting_begins_anew(
    throttle: Throttle, counters: ContendedCounters, clock: ManualClock
) -> None:
    for _ in range(3):
        throttle.count(ADA)
    clock.advance(seconds=1)
    forgotten = iter([[], [ADA]])
    counters.meanwhile = lambda _: throttle.forget(*next(forgotten))
    counters.times = 2
    throttle.count(ADA)
    assert counters.stored[ADA].attempts == 1


def test_counter_that_never_stands_still_asks_to_come_back(
    throttle: Throttle, counters: ContendedCounters, clock: ManualClock
) -> None:
    for _ in range(3):
        throttle.count(ADA)
    clock.advance(seconds=1)

    def touch(_: InMemoryCounters) -> None:
        run = counters.stored[ADA]
        counters.stored[ADA] = KNOCK.counted(run, now=run.latest - 60_000)

    counters.meanwhile, counters.times = touch, 100
    with pytest.raises(TooManyAttempts) as caught:
        throttle.count(ADA)
    assert caught.value.retry_after == 1
    assert counters.times > 90


def test_forgotten_run_begins_anew(throttle: Throttle) -> None:
    for _ in range(3):
        throttle.count(ADA)
    throttle.forget(ADA)
    for _ in range(3):
        throttle.count(ADA)


def test_work_that_was_admitted_does_not_fail_for_not_being_forgiven(clock: ManualClock) -> None:
    Throttle(counters=FailingCounters(), clock=clock).forget(ADA)
