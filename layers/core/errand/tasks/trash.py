"""What was deleted: kept for 30 days, to be restored or to go at once."""

from collections.abc import Sequence
from functools import partial
from itertools import batched

from errand import ids
from errand.clock import Clock
from errand.errors import NotFound
from errand.identity.caller import Caller
from errand.pages import Page, Pager
from errand.storage.unit import Store, Unit, repeated
from errand.tasks.model import Task, Trashed
from errand.tasks.placing import Placing
from errand.tasks.repository import TaskRepository
from errand.tasks.room import Room
from errand.tasks.subtasks import Family
from errand.tasks.trash_repository import TrashRepository
from errand.tasks.tree import TWICE_AT_ONCE, Tree, may_have_subtasks


class TrashService:
    def __init__(
        self,
        *,
        tasks: TaskRepository,
        trash: TrashRepository,
        placing: Placing,
        room: Room,
        store: Store,
        pager: Pager,
        clock: Clock,
    ) -> None:
        self._tasks = tasks
        self._trash = trash
        self._placing = placing
        self._room = room
        self._store = store
        self._pager = pager
        self._clock = clock

    def list(self, *, caller: Caller, limit: int, cursor: str | None) -> Page[Trashed]:
        """The latest deleted first. Raises InvalidCursor."""
        read = partial(self._trash.slice, user_id=caller.user_id)
        view = f"trash|{caller.user_id}"
        return self._pager.page(read, view=view, limit=limit, cursor=cursor)

    def restore(self, *, caller: Caller, task_id: str) -> Task:
        """It is where it was, under its id, with all below it that was deleted with it.

        In the Inbox, or part of no task, if its project or the task above it is gone or full. What
        was a part of a task that is not among them is one of this task. Raises NotFound,
        InvalidInput.
        """

        def change(trashed: Trashed) -> Task:
            now = self._clock()
            below = self._below(trashed, caller)
            self._room.check(caller, sum(not one.is_completed for one in (trashed, *below)))
            together = {trashed.id, *(one.id for one in below)}
            parents = {
                one.id: one.parent_id if one.parent_id and one.parent_id in together else trashed.id
                for one in below
            }
            tree = Tree(trashed.id, parents)
            unit = Unit()
            known = self._placing.standing(unit, trashed, Family(tree, ()), caller=caller)
            task = trashed.restored(now=now).moved(
                known.project_id, known.section_id, known.root_id, parent_id=known.parent_id
            )
            order = {task_id: place for place, task_id in enumerate(tree.below(task.id))}
            deepest = sorted(below, key=lambda one: -order[one.id])
            # The one that was asked for is the last: until it is there it can be asked for again.
            for some in batched(deepest[:-TWICE_AT_ONCE], TWICE_AT_ONCE, strict=False):
                self._restore(Unit(), caller, some, task, tree, now=now)
            if below and known.parent is None:
                task = task.with_subtasks()
            self._trash.remove(unit, trashed, user_id=caller.user_id)
            self._tasks.add(unit, task, user_id=caller.user_id)
            self._restore(unit, caller, deepest[-TWICE_AT_ONCE:], task, tree, now=now)
            return task

        return repeated(lambda: self._read(caller, task_id), change)

    def _restore(
        self,
        unit: Unit,
        caller: Caller,
        some: Sequence[Trashed],
        above: Task,
        tree: Tree,
        *,
        now: int,
    ) -> None:
        for one in some:
            task = one.restored(now=now).moved(
                above.project_id,
                above.section_id,
                above.root_id or above.id,
                parent_id=tree.parents[one.id],
            )
            self._trash.remove(unit, one, user_id=caller.user_id)
            self._tasks.add(unit, task, user_id=caller.user_id)
        self._store.commit(unit)

    def delete(self, *, caller: Caller, task_id: str) -> None:
        """For good, with all that was deleted with it. Raises NotFound."""
        trashed = self._read(caller, task_id)
        below = self._below(trashed, caller)
        for some in batched([*below, trashed], TWICE_AT_ONCE, strict=False):
            unit = Unit()
            for one in some:
                self._trash.remove(unit, one, user_id=caller.user_id)
            self._store.commit(unit)

    def holds(self, *, caller: Caller, task_id: str) -> bool:
        """Whether a task is in there, to be restored."""
        try:
            self._read(caller, task_id)
        except NotFound:
            return False
        return True

    def _below(self, trashed: Trashed, caller: Caller) -> Sequence[Trashed]:
        if not may_have_subtasks(trashed):
            return ()
        return self._trash.deleted_with(user_id=caller.user_id, task_id=trashed.id)

    def _read(self, caller: Caller, task_id: str) -> Trashed:
        if not ids.is_id(task_id):
            raise NotFound("Task not found in the trash")
        return self._trash.read(user_id=caller.user_id, task_id=task_id)
