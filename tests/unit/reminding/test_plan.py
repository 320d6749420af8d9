"""When somebody is reminded of a task."""

from datetime import UTC, datetime
from typing import Any

import pytest

from errand.ids import new_id
from errand.reminding.plan import BEHIND_MS, LATE_MS, is_local, moments, since
from errand.tasks.due import Due
from errand.tasks.model import Task
from errand.tasks.reminders import Reminder

NOW = 1_795_336_200_000
HOUR = 3_600_000


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def task(*reminders: Reminder, **fields: Any) -> Task:
    return Task.new(new_id(), {"title": "Buy milk", **fields, "reminders": reminders}, now=NOW)


def before(minutes: int, name: str = "due") -> Reminder:
    return Reminder(before=name, minutes=minutes)


@pytest.mark.parametrize(
    ("due", "here", "at"),
    [
        ("2026-12-24T18:00@Europe/Berlin", "Asia/Tokyo", "2026-12-24T16:30"),
        ("2026-12-24T18:00", "Asia/Tokyo", "2026-12-24T08:30"),
        ("2026-12-24T18:00", "UTC", "2026-12-24T17:30"),
        # A day begins on the clock of its owner.
        ("2026-12-24", "Europe/Berlin", "2026-12-23T22:30"),
        # The clock is put forward from two to three, and back from three to two.
        ("2027-03-28T02:30@Europe/Berlin", "UTC", "2027-03-28T01:00"),
        ("2026-10-25T02:30@Europe/Berlin", "UTC", "2026-10-25T00:00"),
    ],
)
def test_so_long_before_it_is_due(due: str, here: str, at: str) -> None:
    assert moments(task(before(30), due=Due.of(due)), here) == {instant(at)}


def test_before_it_starts() -> None:
    one = task(before(0, "start"), start=Due.of("2026-12-24T18:00"))
    assert moments(one, "UTC") == {instant("2026-12-24T18:00")}


def test_at_an_instant_whatever_the_zone() -> None:
    assert moments(task(Reminder(at=NOW)), "Asia/Tokyo") == {NOW}


def test_without_what_it_is_before_there_is_none() -> None:
    assert moments(task(before(30), before(5, "start")), "UTC") == set()


def test_two_at_one_moment_are_one() -> None:
    due = Due.of("2026-12-24T18:00@UTC")
    both = task(before(0), Reminder(at=instant("2026-12-24T18:00")), due=due)
    assert len(moments(both, "UTC")) == 1


def test_nobody_is_reminded_of_what_is_done() -> None:
    done = task(Reminder(at=NOW + 1)).changed({"completed": True}, now=NOW + 1)
    assert moments(done, "UTC") == set()


@pytest.mark.parametrize("due", ["0001-01-01", "0001-01-01T00:00", "9999-12-31T23:59"])
def test_ends_of_time_are_no_failure(due: str) -> None:
    for here in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        moments(task(before(30), due=Due.of(due)), here)


@pytest.mark.parametrize(
    ("changed_at", "begin"),
    [
        (NOW, NOW - LATE_MS),
        (NOW - HOUR, NOW - HOUR - LATE_MS),
        (NOW - 48 * HOUR, NOW - BEHIND_MS),
        (NOW + HOUR, NOW - LATE_MS),
    ],
    ids=["now", "heard of late", "heard of days later", "by another clock"],
)
def test_what_was_long_past_when_it_was_set_is_left_out(changed_at: int, begin: int) -> None:
    assert since(changed_at, now=NOW) == begin


@pytest.mark.parametrize(
    ("reminder", "due", "expected"),
    [
        (before(1), "2026-12-24", True),
        (before(1), "2026-12-24T18:00", True),
        (before(1), "2026-12-24T18:00@Europe/Berlin", False),
        (Reminder(at=NOW), "2026-12-24", False),
        (before(1, "start"), "2026-12-24", False),
    ],
)
def test_whether_the_owners_clock_says_when(
    reminder: Reminder, due: str, *, expected: bool
) -> None:
    assert is_local(task(reminder, due=Due.of(due))) is expected
