"""When a task is to be reminded of."""

from collections.abc import Iterator
from datetime import datetime, time

from errand import zones
from errand.codecs import Instant
from errand.epoch import since_epoch
from errand.tasks.due import Due
from errand.tasks.model import Task
from errand.tasks.reminders import Reminder

# What is over for longer when it is set was set for its own sake, and not for "now".
LATE_MS = 5 * 60 * 1000
# For so long it is made up for what was set in time and heard of late: as long as streams go on
# trying, and shorter than it is remembered what was sent.
BEHIND_MS = 24 * 60 * 60 * 1000


def moments(task: Task, here: str) -> set[Instant]:
    """All of an open task; of one that is completed, none. `here`: its owner's time zone.

    Raises UnknownZone.
    """
    if task.is_completed:
        return set()
    return {at for one in task.reminders for at in _moment(one, task, here)}


def since(changed_at: Instant, *, now: Instant) -> Instant:
    """Behind what moment reminders are to be sent, of a task that was changed then."""
    return max(min(changed_at, now) - LATE_MS, now - BEHIND_MS)


def is_local(task: Task) -> bool:
    """Whether the owner's time zone says when it is: to be looked at when that changes."""
    counted = {one.before for one in task.reminders}
    ends = {"due": task.due, "start": task.start}
    return any(end and name in counted and end.zone is None for name, end in ends.items())


def _moment(reminder: Reminder, task: Task, here: str) -> Iterator[Instant]:
    if reminder.at is not None:
        yield reminder.at
        return
    end = task.due if reminder.before == "due" else task.start
    if end is None:
        return
    try:
        yield _instant(end, here) - reminder.minutes * 60_000
    except OverflowError:
        return


def _instant(end: Due, here: str) -> Instant:
    """Of a day its beginning, on the clock there. Raises OverflowError at the ends of time."""
    at = end.at
    local = at if isinstance(at, datetime) else datetime.combine(at, time())
    return since_epoch(zones.moment(local, end.zone or here))
