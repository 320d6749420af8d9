"""What happened to one's tasks, and in one's account."""

from functools import partial

from errand import ids
from errand.cursors import Position
from errand.errors import NotFound
from errand.history.changes import Change
from errand.history.ports import TasksOfHistory
from errand.history.repository import LogRepository
from errand.identity.caller import Caller
from errand.pages import Page, Pager, Slice
from errand.storage.kinds import ACCOUNT


class HistoryService:
    def __init__(self, *, log: LogRepository, tasks: TasksOfHistory, pager: Pager) -> None:
        self._log = log
        self._tasks = tasks
        self._pager = pager

    def of_task(
        self, *, caller: Caller, task_id: str, limit: int, cursor: str | None
    ) -> Page[Change]:
        """Also of one that is deleted, the latest first. Raises NotFound, InvalidCursor."""
        if not ids.is_id(task_id):
            raise NotFound("Task not found")
        page = self._pager.page(
            partial(self._log.of_record, user_id=caller.user_id, record_id=task_id),
            view=f"history|{caller.user_id}|{task_id}",
            limit=limit,
            cursor=cursor,
        )
        if not page.items and cursor is None:
            # It is new, or older than the log; or it is nobody's.
            self._tasks.read(user_id=caller.user_id, task_id=task_id)
        return page

    def of_account(self, *, caller: Caller, limit: int, cursor: str | None) -> Page[Change]:
        """The latest first. Raises InvalidCursor."""
        return self._pager.page(
            partial(self._slice, user_id=caller.user_id),
            view=f"activity|{caller.user_id}",
            limit=limit,
            cursor=cursor,
        )

    def _slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Change]:
        """What concerns the account itself is in its security log."""
        found = self._log.slice(user_id=user_id, after=after, limit=limit)
        own = [change for change in found.items if change.place != ACCOUNT.sort]
        return Slice(own, found.reached)
