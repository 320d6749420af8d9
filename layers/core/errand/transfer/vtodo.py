"""iCalendar's VTODO (RFC 5545, section 3.6.2), by the library icalendar, loaded here alone.

A calendar is a project, by its name. Each VTODO is parsed by itself: a wrong one spoils no other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Todo
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from errand import zones
from errand.tasks.due import Due
from errand.tasks.model import DURATION_MAX
from errand.tasks.recurrence import MovedOccurrence
from errand.tasks.reminders import MINUTES_MAX, Reminder
from errand.transfer.model import Foreign, ForeignProject, ForeignTask
from errand.transfer.report import Report
from errand.transfer.values import a_recurrence, instant_of, known_zone, minutes_of

_COMPONENT_MAX = 64 * 1024
_NAMES = ("NAME", "X-WR-CALNAME")
# RFC 5545 has 1 to 4 for high, 5 for medium, 6 to 9 for low and 0 for none.
_PRIORITIES = {1: 1, 2: 1, 3: 1, 4: 1, 5: 2, 6: 3, 7: 3, 8: 3, 9: 3}
# What a task has that RFC 5545 has no property for (draft-ietf-calext-ical-tasks has this one).
ESTIMATE = "ESTIMATED-DURATION"


@dataclass(slots=True)
class _Block:
    """`first`: the line on which it begins."""

    first: int
    text: str
    is_whole: bool = True


def read(text: str, report: Report, *, now: datetime) -> Iterator[Foreign]:
    """`now`: with the zone of who imports, on whose clock times in UTC are."""
    here = str(now.tzinfo)
    project: str | None = None
    known: set[str] = set()
    found = False
    for part in _parts(text):
        found = True
        if isinstance(part, str):
            project = part or None
            continue
        if project and project not in known:
            known.add(project)
            yield ForeignProject(line=part.first, ref=project, name=project)
        if not part.is_whole:
            report.refused(part.first, "The VTODO has no end, or is longer than 64 KB")
            continue
        try:
            todo = Todo.from_ical(part.text)
            task = _task(todo, part.first, project, report, here)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as bad:
            report.refused(part.first, f"The VTODO cannot be read: {bad}")
            continue
        except OSError:
            # A zone by a name that is a folder's, or too long for a file's, which the error tells.
            report.refused(part.first, "The VTODO names a time zone that there is not")
            continue
        if task:
            yield task
    if not found:
        report.refused(0, "There is no VTODO in the file")


def _parts(text: str) -> Iterator[str | _Block]:
    """Names of calendars (empty where one begins) and what stands from BEGIN to END:VTODO."""
    block: list[str] = []
    first = size = 0
    lines = text.split("\n")
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r")
        upper = line[:40].upper()
        if first:
            size += len(line)
            if size <= _COMPONENT_MAX:
                block.append(line)
            if upper == "END:VTODO":
                yield _Block(first, "\r\n".join([*block, ""]), size <= _COMPONENT_MAX)
                first = 0
        elif upper == "BEGIN:VTODO":
            block, first, size = [line], number, 0
        elif upper == "BEGIN:VCALENDAR":
            yield ""
        elif upper.partition(":")[0].partition(";")[0] in _NAMES:
            yield line.partition(":")[2].replace("\\,", ",").replace("\\;", ";").strip()
    if first:
        yield _Block(first, "", is_whole=False)


def _first(todo: Any, name: str) -> Any:
    value = todo.get(name)
    return value[0] if isinstance(value, list) else value


def _several(todo: Any, name: str) -> list[Any]:
    value = todo.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(todo: Any, name: str) -> str:
    value = _first(todo, name)
    return "" if value is None else str(value)


def _task(
    todo: Any, line: int, project: str | None, report: Report, here: str
) -> ForeignTask | None:
    if "RECURRENCE-ID" in todo:
        report.left_out(line, "One occurrence of a task that differs from the others")
        return None
    due, start = _due(todo, "DUE", here), _due(todo, "DTSTART", here)
    length = _first(todo, "DURATION")
    if due is None and start is not None and length is not None:
        due = start.moved(start.at + length.dt)
    elif due is None and "RRULE" in todo:
        # A rule begins with DTSTART (section 3.8.5.3).
        due = start
    status = _text(todo, "STATUS").upper()
    categories = (str(one) for each in _several(todo, "CATEGORIES") for one in each.cats)
    completed = _first(todo, "COMPLETED")
    for name in ("ATTENDEE", "ORGANIZER", "LOCATION", "GEO", "RDATE"):
        if name in todo:
            report.left_out(line, f"{name}: {_text(todo, name)}")
    priority = _first(todo, "PRIORITY")
    task = ForeignTask(
        line=line,
        ref=_text(todo, "UID") or None,
        parent=_parent(todo),
        project=project,
        title=_text(todo, "SUMMARY"),
        description=_text(todo, "DESCRIPTION"),
        due=due,
        start=start if start != due else None,
        duration=_estimate(todo),
        priority=_PRIORITIES.get(int(priority or 0), 4),
        reminders=_reminders(todo, line, report, has_start=start is not None and start != due),
        labels=tuple(categories),
        links=tuple(str(one) for name in ("URL", "ATTACH") for one in _several(todo, name)),
        comments=tuple(str(one) for one in _several(todo, "COMMENT")),
        is_completed=status in {"COMPLETED", "CANCELLED"} or completed is not None,
        completed_at=instant_of(_timed(completed.dt)) if completed is not None else None,
        created_at=instant_of(_timed(todo["CREATED"].dt)) if "CREATED" in todo else None,
    )
    if status == "CANCELLED":
        report.changed(line, "The task was cancelled: it is completed")
    return _with_rule(task, todo, report)


def _with_rule(task: ForeignTask, todo: Any, report: Report) -> ForeignTask:
    rules = _several(todo, "RRULE")
    if not rules:
        return task
    rule = rules[0].to_ical().decode()
    recurrence = a_recurrence(rule) if len(rules) == 1 else None
    if recurrence is None:
        report.changed(task.line, f"The rule stands in the description: {rule}")
        return task.noting(f"Repeats: {rule}")
    left_out = (one for each in _several(todo, "EXDATE") for one in each.dts)
    moved = tuple(
        MovedOccurrence(_due_of(one, (task.due and task.due.zone) or zones.DEFAULT), None)
        for one in left_out
    )
    return replace(task, recurrence=recurrence, moved=moved)


def _parent(todo: Any) -> str | None:
    for one in _several(todo, "RELATED-TO"):
        if one.params.get("RELTYPE", "PARENT").upper() == "PARENT":
            return str(one)
    return None


def _estimate(todo: Any) -> int | None:
    minutes = minutes_of(_text(todo, ESTIMATE))
    return minutes if minutes and 0 < minutes <= DURATION_MAX else None


def _due(todo: Any, name: str, here: str) -> Due | None:
    value = _first(todo, name)
    return None if value is None else _due_of(value, here)


def _due_of(value: Any, here: str) -> Due:
    """UTC is on the clock of the zone `here`."""
    at: date = value.dt
    if not isinstance(at, datetime):
        return Due(at)
    written = (value.params.get("TZID") if value.params else None) or ""
    zone = known_zone(written) or known_zone(WINDOWS_TO_OLSON.get(written, ""))
    if at.tzinfo is None:
        return Due(at, zone)
    zone = zone or here
    return Due(at.astimezone(zones.zone(zone)).replace(tzinfo=None, fold=0), zone)


def _timed(at: date) -> datetime:
    if isinstance(at, datetime):
        return at
    return datetime(at.year, at.month, at.day, tzinfo=UTC)


def _reminders(todo: Any, line: int, report: Report, *, has_start: bool) -> tuple[Reminder, ...]:
    found = []
    for alarm in todo.subcomponents:
        trigger = _first(alarm, "TRIGGER") if alarm.name == "VALARM" else None
        if trigger is None:
            continue
        at = trigger.dt
        of_end = trigger.params.get("RELATED", "START").upper() == "END"
        if isinstance(at, datetime):
            found.append(Reminder(at=instant_of(at)))
        elif isinstance(at, timedelta) and timedelta() <= -at <= timedelta(minutes=MINUTES_MAX):
            before = "start" if has_start and not of_end else "due"
            found.append(Reminder(before=before, minutes=int(-at / timedelta(minutes=1))))
        else:
            report.left_out(line, "An alarm that is not before the task")
    return tuple(found)
