"""Moving a task into the trash, with all that is below it."""

from collections.abc import Sequence
from itertools import batched

from errand.clock import Clock
from errand.storage.unit import Store, Unit
from errand.tasks.model import Task, Trashed
from errand.tasks.repository import TaskRepository
from errand.tasks.subtasks import Subtasks
from errand.tasks.trash_repository import TrashRepository
from errand.tasks.tree import TWICE_AT_ONCE


class Deletion:
    def __init__(
        self,
        *,
        tasks: TaskRepository,
        trash: TrashRepository,
        subtasks: Subtasks,
        store: Store,
        clock: Clock,
    ) -> None:
        self._tasks = tasks
        self._trash = trash
        self._subtasks = subtasks
        self._store = store
        self._clock = clock

    def carry_out(self, task: Task, *, user_id: str) -> None:
        """Raises Overtaken if it, or what is below it, has changed."""
        family = self._subtasks.family(task, user_id=user_id)
        deepest = [*reversed(family.below)]
        # More than a transaction takes: the task itself is the last to go.
        for some in batched(deepest[:-TWICE_AT_ONCE], TWICE_AT_ONCE, strict=False):
            unit = self._thrown_away(some, task, user_id)
            if task.root_id is None:
                left = task.with_subtasks()
                self._tasks.rewrite(unit, task, left, user_id=user_id)
                task = left
            self._store.commit(unit)
        last = (*deepest[-TWICE_AT_ONCE:], task)
        self._store.commit(self._thrown_away(last, task, user_id))

    def _thrown_away(self, some: Sequence[Task], task: Task, user_id: str) -> Unit:
        unit, now = Unit(), self._clock()
        for one in some:
            self._tasks.remove(unit, one, user_id=user_id)
            with_it = None if one is task else task.id
            trashed = Trashed.of(one, now=now, deleted_with=with_it)
            self._trash.add(unit, trashed, user_id=user_id)
        self._subtasks.touch_root(unit, task, user_id=user_id)
        return unit
