"""What was deleted: kept for 30 days, to be restored or to go at once."""

from functools import partial

from errand import ids
from errand.clock import Clock
from errand.errors import NotFound
from errand.identity.caller import Caller
from errand.pages import Page, Pager
from errand.storage.unit import Store, Unit
from errand.tasks.model import Task, Trashed
from errand.tasks.repository import TaskRepository, TrashRepository


class TrashService:
    def __init__(
        self,
        *,
        tasks: TaskRepository,
        trash: TrashRepository,
        store: Store,
        pager: Pager,
        clock: Clock,
    ) -> None:
        self._tasks = tasks
        self._trash = trash
        self._store = store
        self._pager = pager
        self._clock = clock

    def list(self, *, caller: Caller, limit: int, cursor: str | None) -> Page[Trashed]:
        """The latest deleted first. Raises InvalidCursor."""
        read = partial(self._trash.slice, user_id=caller.user_id)
        view = f"trash|{caller.user_id}"
        return self._pager.page(read, view=view, limit=limit, cursor=cursor)

    def restore(self, *, caller: Caller, task_id: str) -> Task:
        """It is where it was, under its id. Raises NotFound."""
        trashed = self._read(caller, task_id)
        task = trashed.restored(now=self._clock())
        unit = Unit()
        self._trash.remove(unit, trashed, user_id=caller.user_id)
        self._tasks.add(unit, task, user_id=caller.user_id)
        self._store.commit(unit)
        return task

    def delete(self, *, caller: Caller, task_id: str) -> None:
        """For good. Raises NotFound."""
        unit = Unit()
        self._trash.remove(unit, self._read(caller, task_id), user_id=caller.user_id)
        self._store.commit(unit)

    def _read(self, caller: Caller, task_id: str) -> Trashed:
        if not ids.is_id(task_id):
            raise NotFound("Task not found in the trash")
        return self._trash.read(user_id=caller.user_id, task_id=task_id)
