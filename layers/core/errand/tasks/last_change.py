"""What a task was changed by last, as the log tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, repeat
from typing import Any, Protocol

from errand.cursors import Position
from errand.errors import NotRecordedYet, NotTheLatest
from errand.fields import table_of
from errand.history.changes import Action, Change, taken
from errand.pages import Slice
from errand.storage.kinds import COMPLETION, TASK
from errand.tasks.decisions import OF_SERIES
from errand.tasks.model import Task

# Changes read at once, at first and then: those of what belongs to a task are between its own.
_FEW, _MANY = 10, 100
# Between clocks.
_SKEW_MS = 1000


class LogOfTasks(Protocol):
    def of_record(
        self, *, user_id: str, record_id: str, after: Position | None, limit: int
    ) -> Slice[Change]: ...


@dataclass(frozen=True, slots=True)
class LastChange:
    """`before`: the fields that it changed, as they were. From version `since` to `version`.

    These are next to each other, but for changes that were made together, by one batch. `at`: epoch
    milliseconds, not later than it was made, by whatever clock.
    """

    before: Mapping[str, Any]
    since: int
    version: int
    at: int


def last_change(log: LogOfTasks, task: Task, *, user_id: str) -> LastChange:
    """By which it became other than it was: not every write does that.

    Raises NotRecordedYet; NotTheLatest if there is none, or none that can be undone.
    """
    found = _latest(log, task, user_id)
    own = [one for one in found if one.kind == TASK.logged_as]
    if task.version > 1 and (not own or own[0].version != task.version):
        raise NotRecordedYet
    for last, former in pairwise([*own, None]):
        if last is None or last.before is None or last.after is None or last.version is None:
            break
        since = former.version if former and former.version else last.version - 1
        if not _tells(last) and since == last.version - 1:
            continue
        if not _touched(last):
            raise NotTheLatest("What the last change was is not on record")
        at_once = (one for one in found if former is None or one.number > former.number)
        if any(_is_undone(one, last) for one in at_once):
            raise NotTheLatest("A completion was undone: to do it again, complete the task")
        at = task.updated_at if last.version == task.version else last.at
        return LastChange(_before(last), since, last.version, at - _SKEW_MS)
    raise NotTheLatest("The task has not changed since it was made or restored")


def _latest(log: LogOfTasks, task: Task, user_id: str) -> Sequence[Change]:
    """Down to what tells, and the one behind: what is done at once may be told either way."""
    found: list[Change] = []
    after: Position | None = None
    for limit in chain([_FEW], repeat(_MANY)):
        page = log.of_record(user_id=user_id, record_id=task.id, after=after, limit=limit)
        found += page.items
        after = page.reached
        if after is None or any(_tells(one) for one in found[:-1] if one.kind == TASK.logged_as):
            break
    return found


def _before(change: Change) -> dict[str, Any]:
    """The fields that it changed, as they were."""
    touched = _touched(change)
    columns = [column for column in table_of(Task).kept() if column.stored in touched]
    values = {column.name: taken(column, change.before or {}) for column in columns}
    return {**values, "labels": ()} if "label_ids" in values else values


def _touched(change: Change) -> set[str]:
    return {*(change.before or ()), *(change.after or ())}


def _tells(change: Change) -> bool:
    """Not of a write that left all as it was. What nobody is on record for, nobody knows."""
    return bool(_touched(change)) or change.by is None


def _is_undone(change: Change, last: Change) -> bool:
    """Whether a completion was deleted so that the task, by the last change, is as it was then."""
    if change.kind != COMPLETION.logged_as or change.action is not Action.DELETED:
        return False
    touched = {table_of(Task)[name].stored or "" for name in OF_SERIES} & _touched(last)
    before, after = change.before or {}, last.after or {}
    return bool(touched) and all(before.get(name) == after.get(name) for name in touched)
