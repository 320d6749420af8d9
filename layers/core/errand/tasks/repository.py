"""Tasks in DynamoDB: one item each, in the collection of the account that owns them."""

from collections.abc import Sequence
from itertools import batched
from typing import Any, Protocol

from pynamodb.expressions.condition import Condition

from errand.cursors import Position
from errand.errors import NotFound, Overtaken, PreconditionFailed
from errand.pages import Slice
from errand.preconditions import Precondition
from errand.records import Item
from errand.storage.attempts import ConditionFailed
from errand.storage.kinds import COMPLETION, TASK, TRASHED, Key, collection
from errand.storage.mapper import Mapper, mapper
from errand.storage.marks import add_marked
from errand.storage.operations import Delete, Put, get, get_together
from errand.storage.ranges import BY_DUE, BY_POSITION, KeyRange, position_of, read
from errand.storage.unit import Refusal, Unit, already_done, made_before, overtaken
from errand.tasks.decisions import Changes
from errand.tasks.lists import TaskRange, everything
from errand.tasks.model import DELETED_AT, Completion, Task, Trashed

_NO_VERSION = 0
# Of one BatchGetItem.
_BATCH_MAX = 100
_COMPLETIONS = mapper(COMPLETION, Completion)
_TRASH = mapper(TRASHED, Trashed)


class TaskRepository(Protocol):
    """What writes is added to a unit; `expected`: what the client says of the version."""

    def add(self, unit: Unit, task: Task, *, user_id: str) -> None: ...

    def read(self, *, user_id: str, task_id: str) -> Task: ...

    def slice(
        self,
        *,
        user_id: str,
        of: TaskRange,
        after: Position | None,
        limit: int,
    ) -> Slice[Task]: ...

    def update(
        self,
        unit: Unit,
        *,
        user_id: str,
        task_id: str,
        changes: Changes,
        now: int,
        expected: Precondition,
    ) -> None: ...

    def rewrite(self, unit: Unit, old: Task, new: Task, *, user_id: str) -> None: ...

    def remove(self, unit: Unit, *, user_id: str, task_id: str, expected: Precondition) -> None: ...

    def of(self, item: Item) -> Task: ...

    def add_completion(self, unit: Unit, completion: Completion, *, user_id: str) -> None: ...

    def completions(
        self, *, user_id: str, task_id: str, after: Position | None, limit: int
    ) -> Slice[Completion]: ...

    def remove_completion(self, unit: Unit, completion: Completion, *, user_id: str) -> None: ...


class TrashRepository(Protocol):
    def add(self, unit: Unit, task: Trashed, *, user_id: str) -> None: ...

    def read(self, *, user_id: str, task_id: str) -> Trashed: ...

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Trashed]: ...

    def remove(self, unit: Unit, task: Trashed, *, user_id: str) -> None: ...


class DynamoTasks:
    """TaskRepository on DataTable; one round trip for each call or unit of one write."""

    def __init__(self, record: type[Task] = Task) -> None:
        self._items = Mapper(TASK, record)

    def of(self, item: Item) -> Task:
        """What a unit with an update of a task answers."""
        return self._items.of(item)

    def add(self, unit: Unit, task: Task, *, user_id: str) -> None:
        item = self._items.item(TASK.key(user_id, task.id), task)
        unit.add(Put(item, self._items.is_free), made_before)

    def add_once(self, unit: Unit, task: Task, *, user_id: str) -> None:
        """It is left out if its id is there, by an attempt before."""
        item = self._items.item(TASK.key(user_id, task.id), task)
        unit.add(Put(item, self._items.is_free), already_done)

    def read(self, *, user_id: str, task_id: str) -> Task:
        item = get(self._items.model, TASK.key(user_id, task_id))
        if item is None:
            raise NotFound("Task not found")
        return self._items.of(item)

    def slice(
        self,
        *,
        user_id: str,
        of: TaskRange,
        after: Position | None,
        limit: int,
    ) -> Slice[Task]:
        """In the order of the range, behind the position `after`."""
        keys = KeyRange(
            model=self._items.model,
            partition=collection(user_id),
            prefix=of.prefix,
            between=of.between,
            index=of.index,
            ascending=of.ascending,
        )
        found = read(keys, after=after, limit=max(limit, of.looks_at))
        items = whole(self._items, found.items)
        if of.keeps is everything:
            return Slice(self._items.all(items), found.reached)
        kept = [
            (item, task)
            for item, task in zip(items, self._items.all(items), strict=True)
            if of.keeps(task)
        ]
        if len(kept) <= limit:
            return Slice([task for _, task in kept], found.reached)
        last, _ = kept[limit - 1]
        return Slice([task for _, task in kept[:limit]], position_of(last, of.index))

    def has_open(self, *, user_id: str, project_id: str) -> bool:
        """Whether a task in the project is open."""
        keys = KeyRange(
            model=self._items.model,
            partition=collection(user_id),
            prefix=f"{project_id}#",
            index=BY_POSITION,
        )
        return bool(read(keys, after=None, limit=1).items)

    def update(
        self,
        unit: Unit,
        *,
        user_id: str,
        task_id: str,
        changes: Changes,
        now: int,
        expected: Precondition,
    ) -> None:
        """Of changes that are blind (model.is_blind). Refused: see `_misdirected`.

        But not if it has been changed at `now` or since: an attempt that arrives late, when another
        one or somebody else's change was answered long ago, must undo neither.
        """
        items = self._items
        actions = [
            *items.actions(changes),
            items["updated_at"].set(now),
            items["version"].set(items["version"] + 1),
        ]
        condition = self._exists_in(expected) & (items["updated_at"] < now)
        item = items.at(TASK.key(user_id, task_id))
        add_marked(unit, items, item, actions, condition, self._misdirected(expected))

    def rewrite(self, unit: Unit, old: Task, new: Task, *, user_id: str) -> None:
        """For rules that need the whole task: refused as Overtaken unless it still is `old`."""
        items = self._items
        actions = items.difference(old, new)
        still = items["version"] == old.version
        item = items.at(TASK.key(user_id, old.id))
        add_marked(unit, items, item, actions, still, _gone_or_overtaken)

    def remove(self, unit: Unit, *, user_id: str, task_id: str, expected: Precondition) -> None:
        item = self._items.at(TASK.key(user_id, task_id))
        unit.add(Delete(item, self._exists_in(expected)), _not_removed)

    def add_completion(self, unit: Unit, completion: Completion, *, user_id: str) -> None:
        key = COMPLETION.key(user_id, completion.id, completion.completion_id)
        unit.add(Put(_COMPLETIONS.item(key, completion), _COMPLETIONS.is_free), made_before)

    def completions(
        self, *, user_id: str, task_id: str, after: Position | None, limit: int
    ) -> Slice[Completion]:
        """Of one task, the latest first."""
        keys = KeyRange(
            model=_COMPLETIONS.model,
            partition=collection(user_id),
            prefix=f"{COMPLETION.prefix}{task_id}#",
        )
        found = read(keys, after=after, limit=limit)
        return Slice(_COMPLETIONS.all(found.items), found.reached)

    def remove_completion(self, unit: Unit, completion: Completion, *, user_id: str) -> None:
        key = COMPLETION.key(user_id, completion.id, completion.completion_id)
        unit.add(Delete(_COMPLETIONS.at(key), _COMPLETIONS.exists), overtaken)

    def _exists_in(self, expected: Precondition) -> Condition:
        version = self._items["version"]
        condition = self._items.exists
        if expected.among is not None:
            among = expected.among - expected.not_among
            condition = version.is_in(*among) if among else version == _NO_VERSION
        elif expected.not_among:
            condition &= ~version.is_in(*expected.not_among)
        return condition

    def _misdirected(self, expected: Precondition) -> Refusal:
        """NotFound, PreconditionFailed; Overtaken by a change at the same instant or a later."""

        def refused(failed: ConditionFailed) -> Exception:
            if failed.item is None:
                return NotFound("Task not found")
            if expected.holds(self._items.of(failed.item).version):
                return Overtaken()
            return PreconditionFailed()

        return refused


class DynamoTrash:
    """TrashRepository on DataTable, which removes what has expired."""

    def add(self, unit: Unit, task: Trashed, *, user_id: str) -> None:
        item = _TRASH.item(TRASHED.key(user_id, task.id), task)
        unit.add(Put(item, _TRASH.is_free), made_before)

    def read(self, *, user_id: str, task_id: str) -> Trashed:
        item = get(_TRASH.model, TRASHED.key(user_id, task_id))
        if item is None:
            raise NotFound("Task not found in the trash")
        found: Trashed = _TRASH.of(item)
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
        return Slice(_TRASH.all(whole(_TRASH, found.items)), found.reached)

    def remove(self, unit: Unit, task: Trashed, *, user_id: str) -> None:
        unit.add(Delete(_TRASH.at(TRASHED.key(user_id, task.id)), _TRASH.exists), gone)


def whole(items: Mapper[Any], found: Sequence[Item]) -> Sequence[Item]:
    """Indexes tell no long texts: those that are there are fetched, at once."""
    cut = [item for item in found if items.is_cut(item)]
    if not cut:
        return found
    keys = [Key(item["pk"]["S"], item["sk"]["S"]) for item in cut]
    fetched: list[Item | None] = []
    for some in batched(keys, _BATCH_MAX, strict=False):
        fetched += get_together(*((items.model, key) for key in some))
    known = dict(zip((key.sk for key in keys), fetched, strict=True))
    told = (known.get(item["sk"]["S"], item) for item in found)
    # None for what has gone meanwhile.
    return [item for item in told if item]


def gone(failed: ConditionFailed) -> Exception | None:
    return None if failed.retried else NotFound("Task not found in the trash")


def _not_removed(failed: ConditionFailed) -> Exception | None:
    if failed.item is not None:
        return PreconditionFailed()
    return None if failed.retried else NotFound("Task not found")


def _gone_or_overtaken(failed: ConditionFailed) -> Exception:
    return NotFound("Task not found") if failed.item is None else Overtaken()
