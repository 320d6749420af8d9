"""Tasks in DynamoDB: one item each, in the collection of the account that owns them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from pynamodb.expressions.condition import Condition

from errand.cursors import Position
from errand.errors import NotFound, Overtaken, PreconditionFailed
from errand.pages import Slice
from errand.preconditions import Precondition
from errand.records import Item
from errand.storage.attempts import ConditionFailed
from errand.storage.kinds import COMPLETION, TASK, collection
from errand.storage.mapper import Mapper, mapper
from errand.storage.marks import add_marked
from errand.storage.operations import Delete, Put, get, get_together
from errand.storage.ranges import BY_POSITION, BY_TREE, KeyRange, position_of, read
from errand.storage.unit import Refusal, Unit, already_done, made_before, overtaken
from errand.tasks.decisions import Changes
from errand.tasks.heads import id_of, named, whole
from errand.tasks.lists import TaskRange, everything
from errand.tasks.model import Completion, Task, neighbours
from errand.tasks.tree import SUBTASKS_MAX, Tree

if TYPE_CHECKING:
    from errand.tasks.whole_lists import WholeList

_NO_VERSION = 0
_COMPLETIONS = mapper(COMPLETION, Completion)


class TaskRepository(Protocol):
    """What writes is added to a unit; `expected`: what the client says of the version.

    A unit grows by the tasks that it makes, or opens again.
    """

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

    def count(self, *, user_id: str, of: TaskRange) -> int | None: ...

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

    def remove(self, unit: Unit, task: Task, *, user_id: str) -> None: ...

    def tree(self, *, user_id: str, root_id: str) -> Tree: ...

    def several(self, *, user_id: str, task_ids: Sequence[str]) -> Sequence[Task]: ...

    def beside(self, task: Task, *, user_id: str, behind: bool, limit: int) -> Sequence[Task]: ...

    def of(self, item: Item, *, user_id: str) -> Task: ...

    def named(self, tasks: Sequence[Task], *, user_id: str) -> Sequence[Task]: ...

    def add_completion(self, unit: Unit, completion: Completion, *, user_id: str) -> None: ...

    def completions(
        self, *, user_id: str, task_id: str, after: Position | None, limit: int
    ) -> Slice[Completion]: ...

    def remove_completion(self, unit: Unit, completion: Completion, *, user_id: str) -> None: ...


class DynamoTasks:
    """TaskRepository on DataTable; one round trip for each call or unit of one write."""

    def __init__(self, record: type[Task] = Task) -> None:
        self._items = Mapper(TASK, record)

    def of(self, item: Item, *, user_id: str) -> Task:
        """What a unit with an update of a task answers."""
        [task] = named(self._items.all([item]), user_id)
        return task

    def named[T: Task](self, tasks: Sequence[T], *, user_id: str) -> Sequence[T]:
        """With the names of their labels; no round trip if none has any."""
        return named(tasks, user_id)

    def add(self, unit: Unit, task: Task, *, user_id: str) -> None:
        item = self._items.item(TASK.key(user_id, task.id), task)
        unit.growth += not task.is_completed
        unit.add(Put(item, self._items.is_free), made_before)

    def add_once(self, unit: Unit, task: Task, *, user_id: str) -> None:
        """It is left out if its id is there, by an attempt before."""
        item = self._items.item(TASK.key(user_id, task.id), task)
        unit.add(Put(item, self._items.is_free), already_done)

    def read(self, *, user_id: str, task_id: str) -> Task:
        item = get(self._items.model, TASK.key(user_id, task_id))
        if item is None:
            raise NotFound("Task not found")
        return self.of(item, user_id=user_id)

    def slice(
        self,
        *,
        user_id: str,
        of: TaskRange,
        after: Position | None,
        limit: int,
    ) -> Slice[Task]:
        """In the order of the range, behind the position `after`."""
        keys = self._keys(user_id, of)
        if of.sort is not None:
            tasks, reached = self._whole(user_id, of).sorted(after, limit)
            return Slice(named(tasks, user_id), reached)
        found = read(keys, after=after, limit=max(limit, of.looks_at))
        # The table itself tells all of an item.
        is_cut = of.is_whole and of.index.name is not None
        items = whole(self._items, found.items) if is_cut else found.items
        if of.keeps is everything:
            return Slice(named(self._items.all(items), user_id), found.reached)
        kept = [
            (item, task)
            for item, task in zip(items, self._items.all(items), strict=True)
            if of.keeps(task)
        ]
        if len(kept) <= limit:
            return Slice(named([task for _, task in kept], user_id), found.reached)
        last, _ = kept[limit - 1]
        tasks = named([task for _, task in kept[:limit]], user_id)
        return Slice(tasks, position_of(last, of.index))

    def count(self, *, user_id: str, of: TaskRange) -> int | None:
        """Of all that it has, by one read of at most 1 MB; None if there is more."""
        return self._whole(user_id, of).count()

    def _keys(self, user_id: str, of: TaskRange) -> KeyRange:
        return KeyRange(
            model=self._items.model,
            partition=collection(user_id),
            prefix=of.prefix,
            between=of.between,
            index=of.index,
            ascending=of.ascending,
        )

    def _whole(self, user_id: str, of: TaskRange) -> "WholeList":
        # Hardly anybody sorts or counts.
        from errand.tasks.whole_lists import WholeList  # noqa: PLC0415

        return WholeList(self._items, self._keys(user_id, of), of)

    def has_open(self, *, user_id: str, project_id: str, section_id: str | None = None) -> bool:
        """Whether a task in the project, or in that section of it, is open."""
        from errand.tasks.holding import has_open  # noqa: PLC0415 - for who deletes one

        return has_open(self._items, user_id=user_id, project_id=project_id, section_id=section_id)

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
        unit.growth += old.is_completed - new.is_completed
        actions = items.difference(old, new)
        item = items.at(TASK.key(user_id, old.id))
        add_marked(unit, items, item, actions, self._is_still(old), _gone_or_overtaken)

    def remove(self, unit: Unit, task: Task, *, user_id: str) -> None:
        """Refused as Overtaken unless it still is `task`."""
        item = self._items.at(TASK.key(user_id, task.id))
        unit.add(Delete(item, self._is_still(task)), _not_removed)

    def tree(self, *, user_id: str, root_id: str) -> Tree:
        """Of the tasks below a root, read as they are now."""
        keys = KeyRange(
            model=self._items.model,
            partition=collection(user_id),
            prefix=f"{root_id}#",
            index=BY_TREE,
        )
        found = read(keys, after=None, limit=SUBTASKS_MAX).items
        sort = BY_TREE.sort
        return Tree(root_id, {id_of(item): item[sort]["S"].rpartition("#")[2] for item in found})

    def several(self, *, user_id: str, task_ids: Sequence[str]) -> Sequence[Task]:
        """Those of them that there are, in their order, without the names of their labels."""
        keys = [(self._items.model, TASK.key(user_id, task_id)) for task_id in task_ids]
        found = get_together(*keys)
        return self._items.all([item for item in found if item])

    def beside(self, task: Task, *, user_id: str, behind: bool, limit: int) -> Sequence[Task]:
        """Its nearest neighbours on one side, the nearest first; of an open task."""
        keys = KeyRange(
            model=self._items.model,
            partition=collection(user_id),
            prefix=neighbours(task.project_id, task.section_id, task.parent_id),
            index=BY_POSITION,
            ascending=behind,
        )
        key = TASK.key(user_id, task.id)
        at = {"sk": key.sk, BY_POSITION.sort: task.position_key or ""}
        found = read(keys, after=at, limit=limit).items
        return [
            one
            for one in self._items.all(found)
            if one.section_id == task.section_id and one.parent_id == task.parent_id
        ]

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
        return Slice(named(_COMPLETIONS.all(found.items), user_id), found.reached)

    def remove_completion(self, unit: Unit, completion: Completion, *, user_id: str) -> None:
        key = COMPLETION.key(user_id, completion.id, completion.completion_id)
        unit.add(Delete(_COMPLETIONS.at(key), _COMPLETIONS.exists), overtaken)

    def _is_still(self, task: Task) -> Condition:
        """Neither it nor the tree below it has changed."""
        tree = self._items["tree"]
        same = tree == task.tree if task.tree else tree.does_not_exist()
        condition: Condition = (self._items["version"] == task.version) & same
        return condition

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


def _not_removed(failed: ConditionFailed) -> Exception | None:
    if failed.item is not None:
        return Overtaken()
    return None if failed.retried else NotFound("Task not found")


def _gone_or_overtaken(failed: ConditionFailed) -> Exception:
    return NotFound("Task not found") if failed.item is None else Overtaken()
