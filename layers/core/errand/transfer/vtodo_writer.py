"""Tasks as VTODO of iCalendar, as errand.transfer.vtodo reads them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from icalendar import Alarm, Calendar, Timezone, Todo
from icalendar.prop import vDDDLists, vRecur

from errand import zones
from errand.calendar.lines import written
from errand.calendar.repetition import recur
from errand.calendar.timezones import timezone
from errand.epoch import utc
from errand.recurrence.occurrences import YEARS
from errand.recurrence.rule import Rule
from errand.tasks.due import Due
from errand.tasks.reminders import Reminder
from errand.transfer.model import Foreign, ForeignProject, ForeignTask
from errand.transfer.vtodo import ESTIMATE

_WRITTEN_PRIORITIES = {1: 1, 2: 5, 3: 9}
_PRODUCT = "-//Errand//Tasks//EN"


def write(things: Iterable[Foreign]) -> str:
    """A calendar for each project: a file may have several (RFC 5545, section 3.4)."""
    names: dict[str, str] = {}
    calendars: dict[str | None, Any] = {}
    years: dict[str | None, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for thing in things:
        if isinstance(thing, ForeignProject):
            names[thing.ref] = thing.name
            continue
        calendar = calendars.get(thing.project)
        if calendar is None:
            calendar = calendars[thing.project] = Calendar()
            calendar.add("PRODID", _PRODUCT)
            calendar.add("VERSION", "2.0")
            if name := names.get(thing.project or ""):
                calendar.add("X-WR-CALNAME", name)
        calendar.add_component(_todo(thing))
        for zone, year in _zones(thing):
            years[thing.project][zone].update((year - 1, year, year + 1))
    for project, calendar in calendars.items():
        for zone, known in years[project].items():
            if lines := timezone(zone, known):
                calendar.subcomponents.insert(0, Timezone.from_ical(written(lines)))
    return "".join(one.to_ical().decode() for one in calendars.values())


def _zones(task: ForeignTask) -> Iterator[tuple[str, int]]:
    """Those that it names, which are to be written out (section 3.6.5), each with a year."""
    for due in (task.due, _start(task)):
        if due and due.zone and due.zone != zones.DEFAULT:
            coming = YEARS if task.recurrence else 0
            yield from ((due.zone, due.day.year + more) for more in range(coming + 1))


def _todo(task: ForeignTask) -> Any:
    todo = Todo()
    for name, value in _properties(task):
        # Nothing of what a task has not: 0 is no priority (RFC 5545, section 3.8.1.9) either.
        if value:
            todo.add(name, value)
    for reminder in task.reminders:
        todo.add_component(_alarm(reminder, task.title))
    return todo


def _properties(task: ForeignTask) -> Iterator[tuple[str, Any]]:
    start = _start(task)
    left_out = [_dt(one.occurrence) for one in task.moved if one.due is None]
    yield "UID", task.ref or f"{task.line}"
    yield "DTSTAMP", _instant(task.created_at or 0)
    yield "CREATED", None if task.created_at is None else _instant(task.created_at)
    yield "SUMMARY", task.title
    yield "DESCRIPTION", task.description
    yield "RELATED-TO", task.parent
    yield "DTSTART", start and _dt(start)
    yield "DUE", task.due and _dt(task.due)
    yield "PRIORITY", _WRITTEN_PRIORITIES.get(task.priority)
    yield "CATEGORIES", list(task.labels)
    yield from (("ATTACH", link) for link in task.links)
    yield from (("COMMENT", comment) for comment in task.comments)
    yield ESTIMATE, task.duration and f"PT{task.duration}M"
    yield "RRULE", vRecur.from_ical(_rule(task)) if task.recurrence else None
    yield "EXDATE", vDDDLists(left_out) if left_out and task.recurrence else None
    yield "STATUS", "COMPLETED" if task.is_completed else "NEEDS-ACTION"
    yield "COMPLETED", None if task.completed_at is None else _instant(task.completed_at)


def _start(task: ForeignTask) -> Due | None:
    """A rule begins with DTSTART, which it needs; without a rule that is the task's start.

    It is of the type of DUE, and before it (section 3.8.2.4).
    """
    start, due = task.start, task.due
    if task.recurrence:
        return due
    if start is None or due is None:
        return start
    if not due.is_timed:
        start = Due(start.day)
    else:
        at = start.at if start.is_timed else datetime.combine(start.day, time())
        start = Due(at, due.zone and (start.zone or due.zone))
    return start if start.at < due.at else None


def _rule(task: ForeignTask) -> str:
    rule = Rule.parse(task.recurrence.rule) if task.recurrence else None
    return recur(rule, task.due) if rule and task.due else str(rule or "")


def _alarm(reminder: Reminder, title: str) -> Any:
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", title)
    if reminder.at is not None:
        alarm.add("TRIGGER", _instant(reminder.at))
        return alarm
    alarm.add("TRIGGER", -timedelta(minutes=reminder.minutes))
    if reminder.before == "due":
        alarm["TRIGGER"].params["RELATED"] = "END"
    return alarm


def _dt(due: Due) -> date:
    return due.moment(due.zone) or due.at if due.zone else due.at


def _instant(milliseconds: int) -> datetime:
    return utc(milliseconds).replace(microsecond=0)
