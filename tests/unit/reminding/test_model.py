"""When a snoozed reminder comes again, and which reminders its task has then."""

from datetime import UTC, datetime

import pytest

from errand.ids import new_id
from errand.reminding.model import Until, snoozed
from errand.tasks.model import Task
from errand.tasks.reminders import REMINDERS_MAX, Reminder

NOW = 1795336200000


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("until", "now", "zone", "then"),
    [
        (Until.HOUR, "2026-03-29T00:30", "Europe/Berlin", "2026-03-29T01:30"),
        # Clocks go forward in the night.
        (Until.TOMORROW, "2026-03-28T12:00", "Europe/Berlin", "2026-03-29T07:00"),
        (Until.TOMORROW, "2026-10-24T12:00", "Europe/Berlin", "2026-10-25T08:00"),
        # It is tomorrow there already.
        (Until.TOMORROW, "2026-11-27T12:00", "Pacific/Auckland", "2026-11-28T20:00"),
        (Until.MONDAY, "2026-11-27T12:00", "UTC", "2026-11-30T09:00"),
        (Until.MONDAY, "2026-11-29T12:00", "UTC", "2026-11-30T09:00"),
        (Until.MONDAY, "2026-11-30T06:00", "UTC", "2026-12-07T09:00"),
    ],
)
def test_mornings_are_those_of_the_account(until: Until, now: str, zone: str, then: str) -> None:
    assert until.moment(at(now), zone) == at(then)


def task(*reminders: Reminder) -> Task:
    return Task.new(new_id(), {"title": "Buy milk", "reminders": reminders}, now=NOW)


BEFORE = Reminder(before="due", minutes=5)


def test_it_takes_the_place_of_the_instant_that_was_sent() -> None:
    had = task(BEFORE, Reminder(at=NOW - 9))
    assert snoozed(had, sent=NOW - 9, to=NOW + 1, now=NOW) == (BEFORE, Reminder(at=NOW + 1))


def test_an_instant_that_is_there_is_not_there_twice() -> None:
    assert snoozed(task(Reminder(at=NOW + 1)), sent=NOW, to=NOW + 1, now=NOW) == (
        Reminder(at=NOW + 1),
    )


def test_instants_of_the_past_make_room_and_no_others() -> None:
    full = [Reminder(at=NOW + ahead) for ahead in range(2, 1 + REMINDERS_MAX)]
    made = snoozed(task(*full, Reminder(at=NOW - 5)), sent=NOW, to=NOW + 1, now=NOW)
    assert made == (*full, Reminder(at=NOW + 1))
    assert snoozed(task(*full, BEFORE), sent=NOW, to=NOW + 1, now=NOW) is None
