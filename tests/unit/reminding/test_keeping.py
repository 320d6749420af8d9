"""Schedules are what a task asks for, however its changes are heard of."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import pytest

from errand.errors import Contended
from errand.ids import new_id
from errand.reminding.keeping import Keeper, Tasks
from errand.reminding.requests import TimeToRemind, ZoneChanged
from errand.tasks.due import Due
from errand.tasks.model import Task
from errand.tasks.reminders import Reminder
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA
from errand_testkit.reminding import FakeSchedules
from errand_testkit.storage import Tasks as Made
from errand_testkit.stored import change_account, remove_account

HOUR = 3_600_000


def test_created_moved_and_cleared(
    keeper: Keeper, schedules: FakeSchedules, made: Made, clock: ManualClock
) -> None:
    now = clock()
    task = made.create(
        user_id=ADA.id, reminders=(Reminder(at=now + HOUR), Reminder(at=now + 2 * HOUR))
    )
    keeper.follow(ADA.id, task.id)
    assert schedules.times() == [now + HOUR, now + 2 * HOUR]
    task = made.update(task, user_id=ADA.id, reminders=(Reminder(at=now + 3 * HOUR),))
    keeper.follow(ADA.id, task.id)
    assert schedules.times() == [now + 3 * HOUR]
    made.update(task, user_id=ADA.id, reminders=())
    keeper.follow(ADA.id, task.id)
    assert schedules.times() == []


def test_moves_with_what_it_is_before(keeper: Keeper, schedules: FakeSchedules, made: Made) -> None:
    due = Due.of("2026-12-24T18:00@UTC")
    task = made.create(user_id=ADA.id, due=due, reminders=(Reminder(before="due", minutes=60),))
    keeper.follow(ADA.id, task.id)
    [before] = schedules.times()
    made.update(task, user_id=ADA.id, due=Due.of("2026-12-25T18:00@UTC"))
    keeper.follow(ADA.id, task.id)
    assert schedules.times() == [before + 24 * HOUR]


def test_completed_reopened_and_gone(
    keeper: Keeper, schedules: FakeSchedules, made: Made, clock: ManualClock
) -> None:
    task = made.create(user_id=ADA.id, reminders=(Reminder(at=clock() + HOUR),))
    keeper.follow(ADA.id, task.id)
    task = made.update(task, user_id=ADA.id, completed=True)
    keeper.follow(ADA.id, task.id)
    assert schedules.times() == []
    task = made.update(task, user_id=ADA.id, completed=False)
    keeper.follow(ADA.id, task.id)
    assert schedules.times() == [clock() + HOUR]
    remove_account(ADA)
    keeper.follow(ADA.id, task.id)
    assert schedules.times() == []


def test_heard_of_twice_makes_nothing_twice(
    keeper: Keeper, schedules: FakeSchedules, made: Made, clock: ManualClock
) -> None:
    task = made.create(user_id=ADA.id, reminders=(Reminder(at=clock() + HOUR),))
    for _ in range(3):
        keeper.follow(ADA.id, task.id)
    assert schedules.made == 1


def test_one_that_is_due_is_not_taken_back(
    keeper: Keeper, schedules: FakeSchedules, made: Made, clock: ManualClock
) -> None:
    """Scheduler may be a minute late; another title must not lose what it has not done yet."""
    task = made.create(user_id=ADA.id, reminders=(Reminder(at=clock() + 1000),))
    keeper.follow(ADA.id, task.id)
    clock.advance(seconds=2)
    made.update(task, user_id=ADA.id, title="Buy oat milk")
    keeper.follow(ADA.id, task.id)
    assert len(schedules.times()) == 1


def test_what_was_set_in_time_is_sent_however_late_that_is_heard_of(
    keeper: Keeper, schedules: FakeSchedules, made: Made, clock: ManualClock
) -> None:
    """A worker that is killed gets its messages back after six minutes."""
    set_at, soon = clock(), 3 * 60_000
    reminders = tuple(Reminder(at=set_at + at) for at in (-HOUR, soon, HOUR))
    task = made.create(user_id=ADA.id, reminders=reminders)
    clock.advance(seconds=6 * 60)
    keeper.follow(ADA.id, task.id, changed_at=set_at)
    assert schedules.times() == [set_at + soon, set_at + HOUR]


def test_what_waits_for_its_call_is_not_lost_by_a_later_change(
    keeper: Keeper, schedules: FakeSchedules, made: Made, clock: ManualClock
) -> None:
    set_at = clock()
    task = made.create(user_id=ADA.id, reminders=(Reminder(at=set_at + 60_000),))
    clock.advance(seconds=3600)
    made.update(task, user_id=ADA.id, title="Buy oat milk")
    keeper.follow(ADA.id, task.id, changed_at=set_at)
    keeper.follow(ADA.id, task.id, changed_at=clock())
    assert schedules.times() == [set_at + 60_000]


def test_nobody_knows_such_a_task(keeper: Keeper, schedules: FakeSchedules, made: Made) -> None:
    assert made
    keeper.follow(ADA.id, new_id())
    keeper.follow(new_id(), new_id())
    assert schedules.times() == []


class Meddling(FakeSchedules):
    """Something happens between a look at the task and the schedules that are made of it."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Callable[[], None]] = []

    def names(self, task_id: str) -> set[str]:
        if self.meanwhile:
            self.meanwhile.pop()()
        return super().names(task_id)


def test_of_two_at_once_the_last_has_seen_the_latest(
    tasks: Tasks, made: Made, clock: ManualClock
) -> None:
    schedules = Meddling()
    keeper = Keeper(tasks=tasks, schedules=schedules, clock=clock)
    task = made.create(user_id=ADA.id, reminders=(Reminder(at=clock() + HOUR),))

    def change() -> None:
        made.update(task, user_id=ADA.id, reminders=(Reminder(at=clock() + 2 * HOUR),))
        keeper.follow(ADA.id, task.id)

    schedules.meanwhile = [change]
    keeper.follow(ADA.id, task.id)
    assert schedules.times() == [clock() + 2 * HOUR]


def test_a_task_that_never_rests_comes_again(tasks: Tasks, made: Made, clock: ManualClock) -> None:
    schedules = Meddling()
    keeper = Keeper(tasks=tasks, schedules=schedules, clock=clock)
    task = made.create(user_id=ADA.id)

    def change(number: int) -> None:
        made.update(task, user_id=ADA.id, title=f"Version {number}")

    schedules.meanwhile = [partial(change, number) for number in range(9)]
    with pytest.raises(Contended):
        keeper.follow(ADA.id, task.id)


def test_in_any_order_and_three_times(
    keeper: Keeper, schedules: FakeSchedules, made: Made, clock: ManualClock
) -> None:
    """Events say which task to look at, and no more."""
    random = Random(7)  # noqa: S311 - to be the same again
    heard: list[str] = []
    known: list[Task] = []
    for _ in range(12):
        task = made.create(user_id=ADA.id, reminders=(Reminder(at=clock() + HOUR),))
        for _ in range(3):
            clock.advance(seconds=1)
            at = clock() + random.randrange(2, 9) * HOUR
            moved: dict[str, Any] = {"reminders": (Reminder(at=at),)}
            changes = random.choice([moved, {"completed": True}, {}])
            task = made.update(task, user_id=ADA.id, title=f"At {at}", **changes)
            heard += [task.id] * 3
        known.append(task)
    random.shuffle(heard)
    for task_id in heard:
        keeper.follow(ADA.id, task_id)
    wanted = [one.at for task in known if not task.is_completed for one in task.reminders]
    assert schedules.times() == sorted(at for at in wanted if at)


# --------------------------------------------------------------------------- another time zone


def test_another_zone_moves_what_is_of_no_zone(
    keeper: Keeper, schedules: FakeSchedules, made: Made, clock: ManualClock
) -> None:
    an_hour_before = (Reminder(before="due", minutes=60),)
    local = made.create(user_id=ADA.id, due=Due.of("2026-12-24T18:00"), reminders=an_hour_before)
    fixed = made.create(
        user_id=ADA.id, due=Due.of("2026-12-24T18:00@UTC"), reminders=an_hour_before
    )
    for task in (local, fixed):
        keeper.follow(ADA.id, task.id)
    [before] = schedules.times([local.id])
    change_account(replace(ADA), now=clock() + 1, timezone="Asia/Tokyo")
    assert keeper.follow_zone(ZoneChanged(user_id=ADA.id), has_time=lambda: True) is None
    assert schedules.times([local.id]) == [before - 9 * HOUR]
    assert schedules.times([fixed.id]) == [before]


def test_goes_on_where_time_was_up(
    keeper: Keeper,
    schedules: FakeSchedules,
    made: Made,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("errand.reminding.keeping._PAGE", 4)
    for _ in range(10):
        made.create(
            user_id=ADA.id,
            due=Due.of("2026-12-24"),
            reminders=(Reminder(before="due", minutes=60),),
        )
    after, rounds = None, 0
    while rounds == 0 or after is not None:
        has_time = partial(next, iter([False]))
        change = ZoneChanged(user_id=ADA.id, after=after)
        after = keeper.follow_zone(change, has_time=has_time)
        rounds += 1
    assert rounds == 3
    assert len(schedules.times()) == 10


def test_name_is_one_that_scheduler_takes() -> None:
    name = TimeToRemind(user_id=ADA.id, task_id=new_id(), at=253_402_300_799_999).name
    assert len(name) <= 64
    assert name.replace("-", "").isalnum()
