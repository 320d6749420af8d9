"""A task as iCalendar has it: a VTODO, and a VEVENT if it has a time (RFC 5545, section 3.6)."""

from collections.abc import Iterator

from errand.calendar.alarms import END, NO_TIMES, START, alarms
from errand.calendar.lines import component, text
from errand.calendar.repetition import Repetition
from errand.calendar.values import basic, instant, minutes, when
from errand.tasks.due import Due
from errand.tasks.model import Task

# Ours -> theirs, of which 1 is the highest, 5 the middle and 9 the lowest (section 3.8.1.9).
_PRIORITIES = {1: 1, 2: 5, 3: 9}
_BY_START = {"due": START}


def todo(task: Task, repetition: Repetition | None, here: str) -> list[str]:
    """All components of one to-do. `here`: the zone of its owner's clock."""

    def of(lines: list[str], related: dict[str, str], uid: str = task.id) -> list[str]:
        done = ["STATUS:NEEDS-ACTION"]
        if task.completed_at is not None:
            done = ["STATUS:COMPLETED", "PERCENT-COMPLETE:100"]
            done.append(f"COMPLETED:{instant(task.completed_at)}")
        content = [*_head(task, uid), *lines, *_content(task), *done]
        return component("VTODO", [*content, *alarms(task, related, here)])

    def once(due: Due, uid: str) -> list[str]:
        return of([when("DUE", due)], {"due": END}, uid)

    if repetition is None:
        return of(*_times(task))
    # A rule counts from DTSTART, and DUE would have to be later than that (section 3.8.2.3).
    found = of(repetition.lines(), _BY_START)
    for occurrence, due in repetition.moved:
        found += of([when("RECURRENCE-ID", occurrence), when("DUE", due)], {"due": END})
    if repetition.first:
        found += once(repetition.first, f"{task.id}-first")
    return found


def event(task: Task, repetition: Repetition | None, here: str) -> list[str]:
    """All components of what has a time: nothing of one that is due on a day, or completed."""
    if task.is_completed:
        return []
    uid = f"{task.id}-event"

    def of(due: Due, *more: str, uid: str = uid) -> list[str]:
        content = [*_head(task, uid), when("DTSTART", due), *more, *_content(task)]
        if task.duration is None:
            content.append("TRANSP:TRANSPARENT")
        elif due.is_timed:
            content.append(f"DURATION:{minutes(task.duration)}")
        return component("VEVENT", [*content, *alarms(task, _BY_START, here)])

    def once(due: Due | None, uid: str) -> list[str]:
        return of(due, uid=uid) if due and due.is_timed else []

    if repetition is None:
        return once(task.due, uid)
    found: list[str] = []
    if repetition.start.is_timed:
        _, *exceptions = repetition.lines()
        found += of(repetition.start, *exceptions)
    for occurrence, due in repetition.moved:
        if repetition.start.is_timed:
            found += of(due, when("RECURRENCE-ID", occurrence))
        else:
            # There is no series of what is due on days: those that were moved to a time.
            found += once(due, f"{uid}-{basic(occurrence.at)}")
    return found + once(repetition.first, f"{uid}-first")


def _times(task: Task) -> tuple[list[str], dict[str, str]]:
    """Of what does not come again: DTSTART only of the same type as DUE, and earlier."""
    due = task.due or (Due(task.deadline) if task.deadline else None)
    start = task.start
    if due is None:
        return ([when("DTSTART", start)], {"start": START}) if start else ([], NO_TIMES)
    related = {"due": END} if task.due else NO_TIMES
    is_like = start and (start.is_timed, start.zone) == (due.is_timed, due.zone)
    if start is None or not is_like or not start.at < due.at:
        return [when("DUE", due)], related
    return [when("DTSTART", start), when("DUE", due)], {**related, "start": START}


def _head(task: Task, uid: str) -> Iterator[str]:
    changed = instant(task.updated_at)
    yield f"UID:{uid}"
    # When it last changed, not when it is read: the same task is the same text (section 3.8.7.2).
    yield f"DTSTAMP:{changed}"
    yield f"CREATED:{instant(task.created_at)}"
    yield f"LAST-MODIFIED:{changed}"
    yield f"SEQUENCE:{task.version - 1}"


def _content(task: Task) -> Iterator[str]:
    yield text("SUMMARY", task.title)
    if task.description:
        yield text("DESCRIPTION", task.description)
    for number, link in enumerate(task.links):
        yield f"ATTACH:{link}" if number else f"URL:{link}"
    for label in task.labels:
        yield text("CATEGORIES", label)
    if task.parent_id:
        yield f"RELATED-TO:{task.parent_id}"
    if task.priority in _PRIORITIES:
        yield f"PRIORITY:{_PRIORITIES[task.priority]}"
