"""Deleted tasks in DynamoDB, in the collection of the account that owns them."""

from collections.abc import Sequence
from typing import Protocol

from errand.cursors import Position
from errand.errors import NotFound
from errand.pages import Slice
from errand.storage.attempts import ConditionFailed
from errand.storage.kinds import TRASHED, collection
from errand.storage.mapper import mapper
from errand.storage.operations import Delete, Put, get, get_together
from errand.storage.ranges import BY_DUE, BY_TREE, KeyRange, read
from errand.storage.unit import Unit, made_before
from errand.tasks.heads import id_of, named, whole
from errand.tasks.model import DELETED_AT, Trashed
from errand.tasks.tree import SUBTASKS_MAX

_TRASH = mapper(TRASHED, Trashed)


class TrashRepository(Protocol):
    def add(self, unit: Unit, task: Trashed, *, user_id: str) -> None: ...

    def read(self, *, user_id: str, task_id: str) -> Trashed: ...

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Trashed]: ...

    def deleted_with(self, *, user_id: str, task_id: str) -> Sequence[Trashed]: ...

    def remove(self, unit: Unit, task: Trashed, *, user_id: str) -> None: ...


class DynamoTrash:
    """TrashRepository on DataTable, which removes what has expired."""

    def add(self, unit: Unit, task: Trashed, *, user_id: str) -> None:
        item = _TRASH.item(TRASHED.key(user_id, task.id), task)
        unit.add(Put(item, _TRASH.is_free), made_before)

    def read(self, *, user_id: str, task_id: str) -> Trashed:
        item = get(_TRASH.model, TRASHED.key(user_id, task_id))
        if item is None:
            raise NotFound("Task not found in the trash")
        found: Trashed
        [found] = named(_TRASH.all([item]), user_id)
        return found

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Trashed]:
        """The latest deleted first."""
        keys = KeyRange(
            model=_TRASH.model,
            partition=collection(user_id),
            prefix=DELETED_AT,
            index=BY_DUE,
        )
        found = read(keys, after=after, limit=limit)
        tasks = named(_TRASH.all(whole(_TRASH, found.items)), user_id)
        return Slice(tasks, found.reached)

    def deleted_with(self, *, user_id: str, task_id: str) -> Sequence[Trashed]:
        """Those below the task that were deleted with it."""
        keys = KeyRange(
            model=_TRASH.model,
            partition=collection(user_id),
            prefix=f"{DELETED_AT}{task_id}",
            index=BY_TREE,
        )
        found = read(keys, after=None, limit=SUBTASKS_MAX).items
        keys_of = [(_TRASH.model, TRASHED.key(user_id, id_of(item))) for item in found]
        items = get_together(*keys_of) if keys_of else []
        return _TRASH.all([item for item in items if item])

    def remove(self, unit: Unit, task: Trashed, *, user_id: str) -> None:
        unit.add(Delete(_TRASH.at(TRASHED.key(user_id, task.id)), _TRASH.exists), _gone)


def _gone(failed: ConditionFailed) -> Exception | None:
    return None if failed.retried else NotFound("Task not found in the trash")
