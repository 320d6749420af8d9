"""Reminders as alarms (RFC 5545, section 3.6.6)."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from errand import zones
from errand.calendar.lines import component, text
from errand.calendar.values import basic, instant, minutes
from errand.tasks.model import Task
from errand.tasks.reminders import Reminder

# What a trigger counts from: DTSTART or DUE; nothing where the component has neither.
START, END = "START", "END"
NO_TIMES: dict[str, str] = {}


def alarms(task: Task, related: dict[str, str], here: str) -> Iterator[str]:
    """`related`: which property has what a reminder is before of ("due", "start")."""
    for reminder in task.reminders:
        trigger = _trigger(reminder, task, related, here)
        if trigger:
            lines = ("ACTION:DISPLAY", text("DESCRIPTION", task.title), trigger)
            yield from component("VALARM", lines)


def _trigger(reminder: Reminder, task: Task, related: dict[str, str], here: str) -> str | None:
    if reminder.at is not None:
        return f"TRIGGER;VALUE=DATE-TIME:{instant(reminder.at)}"
    if reminder.before in related:
        return f"TRIGGER;RELATED={related[reminder.before]}:-{minutes(reminder.minutes)}"
    return _at_an_instant(reminder, task, here) if reminder.before == "start" else None


def _at_an_instant(reminder: Reminder, task: Task, here: str) -> str | None:
    """Where the component has another start, or none."""
    if task.start is None:
        return None
    at = task.start.at
    local = at if isinstance(at, datetime) else datetime.combine(at, time())
    try:
        start = zones.moment(local, task.start.zone or here).astimezone(UTC)
        return f"TRIGGER;VALUE=DATE-TIME:{basic(start - timedelta(minutes=reminder.minutes))}"
    except OverflowError:
        return None
