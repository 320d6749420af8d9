"""Microsoft To Do as Microsoft Graph answers it: todoTask objects, by themselves or in their lists.

https://learn.microsoft.com/en-us/graph/api/resources/todotask
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from errand import zones
from errand.tasks.due import Due
from errand.tasks.reminders import Reminder
from errand.transfer.html import prose_of
from errand.transfer.model import Foreign, ForeignProject, ForeignTask
from errand.transfer.report import Report
from errand.transfer.texts import document
from errand.transfer.values import (
    a_map,
    a_recurrence,
    a_ref,
    a_text,
    a_time,
    an_instant,
    instant_of,
    known_zone,
    maps,
)

# "normal" is what a task has unless told otherwise.
_PRIORITIES = {"high": 1, "low": 4}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_FREQUENCIES = {"daily": "DAILY", "weekly": "WEEKLY"}


def read(text: str, report: Report, *, now: datetime) -> Iterator[Foreign]:
    """`now`: with the time zone of who imports, on whose calendar days are."""
    found = document(text)
    things = maps(found if isinstance(found, list) else a_map(found).get("value"))
    if not things:
        report.refused(0, "There is no list of todoTask objects, nor one in `value`")
        return
    at = 0
    for number, thing in enumerate(things, 1):
        if "displayName" not in thing:
            at += 1
            yield from _tasks(thing, at, None, report, now)
            continue
        ref: str | None = None
        if thing.get("wellknownListName") != "defaultList":
            ref = a_ref(thing.get("id")) or f"list {number}"
            name = a_text(thing.get("displayName"))
            yield ForeignProject(line=at + 1, ref=ref, name=name)
        for task in maps(thing.get("tasks")):
            at += 1
            yield from _tasks(task, at, ref, report, now)


def _tasks(
    task: Mapping[str, Any], at: int, project: str | None, report: Report, now: datetime
) -> Iterator[ForeignTask]:
    """One, and behind it its steps."""
    ref = a_ref(task.get("id")) or f"task {at}"
    body = a_map(task.get("body"))
    content = a_text(body.get("content"))
    links = (a_text(one.get("webUrl")) for one in maps(task.get("linkedResources")))
    categories = task.get("categories")
    labels = categories if isinstance(categories, list) else []
    importance = a_text(task.get("importance"))
    made = ForeignTask(
        line=at,
        ref=ref,
        project=project,
        title=a_text(task.get("title")),
        description=prose_of(content) if body.get("contentType") == "html" else content,
        due=_day(task.get("dueDateTime"), now),
        start=_day(task.get("startDateTime"), now),
        priority=_PRIORITIES.get(importance, 4),
        reminders=_reminders(task, at, report),
        labels=tuple(label for label in labels if isinstance(label, str)),
        links=tuple(filter(None, links)),
        is_completed=task.get("status") == "completed",
        completed_at=_moment(task.get("completedDateTime")),
        created_at=an_instant(a_text(task.get("createdDateTime"))),
    )
    if importance == "low":
        report.changed(at, "Importance low is priority 4, as normal is")
    if task.get("hasAttachments"):
        report.left_out(at, "Attachments")
    yield _with_rule(made, a_map(task.get("recurrence")), report)
    for number, step in enumerate(maps(task.get("checklistItems"))):
        yield ForeignTask(
            line=at,
            ref=a_ref(step.get("id")) or f"{ref} step {number}",
            parent=ref,
            project=project,
            title=a_text(step.get("displayName")),
            is_completed=step.get("isChecked") is True,
            completed_at=an_instant(a_text(step.get("checkedDateTime"))),
        )


def _zone(written: Any) -> str:
    """What it is called by the IANA, also of names of Windows; UTC if nobody knows it."""
    name = a_text(a_map(written).get("timeZone"))
    if known := known_zone(name):
        return known
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415

    return known_zone(WINDOWS_TO_OLSON.get(name, "")) or zones.DEFAULT


def _day(written: Any, now: datetime) -> Due | None:
    """To Do knows days alone: midnight where one is, which UTC may have on the day before."""
    at = a_time(a_text(a_map(written).get("dateTime")))
    if at is None:
        return None
    is_midnight = not (at.hour or at.minute)
    if is_midnight or now.tzinfo is None:
        return Due(at.date())
    try:
        there = at if at.tzinfo else zones.moment(at, _zone(written))
        return Due(there.astimezone(now.tzinfo).date())
    except OverflowError:
        return Due(at.date())


def _moment(written: Any) -> int | None:
    at = a_time(a_text(a_map(written).get("dateTime")))
    return instant_of(at, _zone(written)) if at else None


def _reminders(task: Mapping[str, Any], at: int, report: Report) -> tuple[Reminder, ...]:
    if task.get("isReminderOn") is not True:
        return ()
    moment = _moment(task.get("reminderDateTime"))
    if moment is None:
        report.left_out(at, "A reminder without a time")
        return ()
    return (Reminder(at=moment),)


def _with_rule(task: ForeignTask, written: Mapping[str, Any], report: Report) -> ForeignTask:
    if not written:
        return task
    recurrence = a_recurrence(_rule(a_map(written.get("pattern")), a_map(written.get("range"))))
    if recurrence:
        return replace(task, recurrence=recurrence)
    report.changed(task.line, "The rule stands in the description")
    kind = a_text(a_map(written.get("pattern")).get("type"))[:40]
    return task.noting(f"Repeats: {kind}")


def _rule(pattern: Mapping[str, Any], ends: Mapping[str, Any]) -> str:
    """As https://learn.microsoft.com/en-us/graph/api/resources/recurrencepattern says."""
    kind = a_text(pattern.get("type"))
    days = pattern.get("daysOfWeek")
    weekdays = [a_text(day)[:2].upper() for day in days] if isinstance(days, list) else []
    frequency = "MONTHLY" if kind.endswith("Monthly") else "YEARLY"
    parts = [f"FREQ={_FREQUENCIES.get(kind, frequency)}", f"INTERVAL={pattern.get('interval', 1)}"]
    if kind.endswith("Yearly"):
        parts.append(f"BYMONTH={pattern.get('month')}")
    if kind.startswith("absolute"):
        parts.append(f"BYMONTHDAY={pattern.get('dayOfMonth')}")
    if kind.startswith("relative"):
        ordinal = _ORDINALS.get(a_text(pattern.get("index")) or "first", 0)
        parts += [f"BYDAY={','.join(weekdays)}", f"BYSETPOS={ordinal}"]
    elif kind == "weekly" and weekdays:
        parts.append(f"BYDAY={','.join(weekdays)}")
        parts.append(f"WKST={a_text(pattern.get('firstDayOfWeek'))[:2].upper() or 'SU'}")
    if ends.get("type") == "endDate":
        parts.append(f"UNTIL={a_text(ends.get('endDate')).replace('-', '')}")
    elif ends.get("type") == "numbered":
        parts.append(f"COUNT={ends.get('numberOfOccurrences')}")
    return ";".join(parts)
