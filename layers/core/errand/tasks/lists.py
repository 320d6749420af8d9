"""Lists of tasks: each is a range of keys in one order, and what is left out of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from errand import zones
from errand.codecs import Instant
from errand.epoch import utc
from errand.folding import folded
from errand.projects.model import INBOX
from errand.storage.kinds import TASK
from errand.storage.ranges import BY_DUE, BY_POSITION, BY_PRIORITY, BY_STATUS, PRIMARY, Index
from errand.tasks.model import COMPLETED_AT, DELETED_AT, DUE_AT, Status, Task, neighbours

_DAY = timedelta(days=1)
# Behind every key of what is due, and of what was completed.
_END = "~"
_LAST_DAY = date.max - 3 * _DAY


class View(StrEnum):
    """What people look for most."""

    TODAY = "today"
    UPCOMING = "upcoming"
    OVERDUE = "overdue"
    INBOX = "inbox"
    COMPLETED = "completed"
    TRASH = "trash"


class Sort(StrEnum):
    """What a list is put in the order of, whatever the order of its keys."""

    DUE = "due"
    PRIORITY = "priority"
    CREATED = "created"
    UPDATED = "updated"
    TITLE = "title"
    POSITION = "position"


# Whoever has much to do has much due two days before and after, too.
_LOOKS_AT = {View.TODAY: 300, View.UPCOMING: 100, View.OVERDUE: 0}


def everything(_: Task) -> bool:
    return True


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskRange:
    """Keys of `index` that begin with `prefix` or are `between` two.

    `keeps`: which of the tasks there are on the list; `looks_at`: of how many at once, if more are
    left out than are on it; `sort`: the order, if it is not that of the keys. `is_whole`: long
    texts, which indexes do not have, are read, too; `looks_into_texts`: `keeps` depends on them.
    `words`: what is read and why, for who asks.
    """

    index: Index = PRIMARY
    prefix: str = TASK.prefix
    between: tuple[str, str] | None = None
    ascending: bool = False
    keeps: Callable[[Task], bool] = everything
    is_whole: bool = True
    looks_into_texts: bool = False
    looks_at: int = 0
    sort: Sort | None = None
    words: Callable[[], str] | None = None

    def explained(self) -> str:
        """Of which index which range of keys is read, in words."""
        keys = (
            f"keys from {self.between[0]} to {self.between[1]}"
            if self.between
            else f"keys that begin with {self.prefix}"
        )
        told = self.words() if self.words else f"{self.index.name or 'tasks'}, {keys}"
        each = "" if self.keeps is everything or self.words else "; each is looked at"
        if self.sort:
            return f"{told}, all of it, sorted by {self.sort}{each}"
        return f"{told}, {'upwards' if self.ascending else 'downwards'}{each}"


def by_status(completed: bool | None, *, ascending: bool) -> TaskRange:  # noqa: FBT001 - of a query
    if completed is None:
        return TaskRange(ascending=ascending)
    status = Status.of(completed=completed)
    return TaskRange(index=BY_STATUS, prefix=status, ascending=ascending)


def by_priority(priority: int, *, ascending: bool) -> TaskRange:
    """Open ones of a priority that is not what a task has unless told otherwise."""
    return TaskRange(index=BY_PRIORITY, prefix=str(priority), ascending=ascending)


def by_project(project_id: str, *, ascending: bool) -> TaskRange:
    """Open ones: those of no section, of sections, and subtasks, each in their order."""
    return TaskRange(index=BY_POSITION, prefix=f"{project_id}#", ascending=ascending)


def by_section(project_id: str, section_id: str, *, ascending: bool) -> TaskRange:
    """Open ones, without those below them."""
    prefix = neighbours(project_id, section_id, None)
    return TaskRange(index=BY_POSITION, prefix=prefix, ascending=ascending)


def by_parent(project_id: str, parent_id: str, *, ascending: bool) -> TaskRange:
    """Open ones that are parts of a task of that project, without those below them."""
    prefix = neighbours(project_id, None, parent_id)
    return TaskRange(index=BY_POSITION, prefix=prefix, ascending=ascending)


def due_since(day: date, *, ascending: bool) -> TaskRange:
    """Open ones that clocks show to be due then or later."""
    keys = (f"{DUE_AT}{day.isoformat()}", f"{DUE_AT}{_END}")
    return TaskRange(index=BY_DUE, between=keys, ascending=ascending)


def completed_between(
    since: Instant | None, until: Instant | None, *, ascending: bool
) -> TaskRange:
    """Completed at `since` or later, and before `until`."""
    first = f"{COMPLETED_AT}{max(since or 0, 0):015}"
    last = COMPLETED_AT + (_END if until is None else f"{max(until, 0):015}")
    last = max(last, first)
    return TaskRange(index=BY_DUE, between=(first, last), ascending=ascending)


def deleted(*, ascending: bool) -> TaskRange:
    """Those in the trash, by when they were deleted."""
    return TaskRange(index=BY_DUE, prefix=DELETED_AT, ascending=ascending)


def sort_key(task: Task, sort: Sort, *, ascending: bool) -> str:
    """To be compared with those of other tasks: what is not due comes last in either order."""
    match sort:
        case Sort.DUE:
            key = task.due.key if task.due else _END * ascending
        case Sort.PRIORITY:
            key = str(task.priority)
        case Sort.CREATED:
            key = ""
        case Sort.UPDATED:
            key = f"{task.updated_at:015}"
        case Sort.TITLE:
            key = folded(task.title)
        case Sort.POSITION:
            key = task.position
    return key


def of_view(view: View, *, now: Instant, here: str, ascending: bool) -> TaskRange:
    """But of those that are completed."""
    if view is View.INBOX:
        return by_project(INBOX, ascending=ascending)
    if view is View.TRASH:
        return deleted(ascending=ascending)
    return due(view, now=now, here=here, ascending=ascending)


def due(view: View, *, now: Instant, here: str, ascending: bool) -> TaskRange:
    """Open tasks by when they are due, on the calendar of the zone `here`.

    The order is that of the clocks that show it. Two clocks of the world show days up to two apart:
    the range is wider by that, and each task is looked at.
    """
    zone = zones.zone(here)
    at = utc(now)
    today = at.astimezone(zone).date()

    def day(task: Task) -> date:
        return task.due.day_in(zone) if task.due else date.max

    def is_overdue(task: Task) -> bool:
        return task.due is not None and task.due.is_before(at, zone)

    def between(first: date | None, last: date | None) -> tuple[str, str]:
        begin = "" if first is None else (first - 2 * _DAY).isoformat()
        end = _END if last is None else (min(last, _LAST_DAY) + 3 * _DAY).isoformat()
        return DUE_AT + begin, DUE_AT + end

    ranges = {
        View.TODAY: (between(today, today), lambda task: day(task) == today),
        View.UPCOMING: (between(today, None), lambda task: day(task) > today),
        View.OVERDUE: (between(None, today), is_overdue),
    }
    keys, keeps = ranges[view]
    return TaskRange(
        index=BY_DUE, between=keys, ascending=ascending, keeps=keeps, looks_at=_LOOKS_AT[view]
    )
