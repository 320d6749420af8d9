"""Undoing the last change of a task."""

from dataclasses import replace
from typing import Any, Protocol

from errand import ids
from errand.clock import Clock
from errand.cursors import Position
from errand.errors import NotFound, NotRecordedYet, NotTheLatest, PreconditionFailed
from errand.fields import table_of
from errand.history.changes import Action, Change, taken
from errand.identity.caller import Caller
from errand.pages import Slice
from errand.preconditions import ANY, Precondition
from errand.projects.model import INBOX
from errand.storage.kinds import COMPLETION, TASK
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit, repeated
from errand.tasks.model import Completion, Task
from errand.tasks.ports import ProjectsOfTasks
from errand.tasks.repository import TaskRepository
from errand.tasks.schemas import TASK_JSON

# Changes read at once: those of what belongs to a task are between its own.
_LOOKED_AT = 10


class LogOfTasks(Protocol):
    def of_record(
        self, *, user_id: str, record_id: str, after: Position | None, limit: int
    ) -> Slice[Change]: ...


class UndoService:
    """The log tells what the last change was, and the task itself whether it is the last."""

    def __init__(
        self,
        *,
        tasks: TaskRepository,
        projects: ProjectsOfTasks,
        log: LogOfTasks,
        store: Store,
        clock: Clock,
    ) -> None:
        self._tasks = tasks
        self._projects = projects
        self._log = log
        self._store = store
        self._clock = clock

    def undo(
        self,
        *,
        caller: Caller,
        task_id: str,
        expected: Precondition = ANY,
        receipt: Receipt | None = None,
    ) -> Task:
        """Raises NotFound, PreconditionFailed, NotTheLatest, NotRecordedYet; AnsweredBefore."""
        if not ids.is_id(task_id):
            raise NotFound("Task not found")

        def change(old: Task) -> Task:
            if not expected.holds(old.version):
                raise PreconditionFailed
            unit, now = Unit(), self._clock()
            values = self._before(caller, old)
            new = replace(old.changed({}, now=now), **values)
            self._tasks.rewrite(unit, old, new, user_id=caller.user_id)
            completion = self._completion(caller, old)
            if completion:
                self._tasks.remove_completion(unit, completion, user_id=caller.user_id)
            answer = TASK_JSON.one(new)
            commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=now)
            self._store.commit(unit)
            return new

        try:
            return repeated(
                lambda: self._tasks.read(user_id=caller.user_id, task_id=task_id), change
            )
        except (NotRecordedYet, NotTheLatest, PreconditionFailed):
            # It may be the first attempt of this very request that has changed it.
            check_unanswered(receipt, owner=caller.user_id, now=self._clock())
            raise

    def _before(self, caller: Caller, task: Task) -> dict[str, Any]:
        """The fields that the last change of the task changed, as they were."""
        found = self._latest(caller, task)
        last = next((one for one in found if one.kind == TASK.logged_as), None)
        if last is None and task.version > 1:
            raise NotRecordedYet
        if last is None or last.before is None or last.after is None:
            raise NotTheLatest("The task has not changed since it was made or restored")
        if last.version != task.version:
            raise NotRecordedYet
        if any(
            one.kind == COMPLETION.logged_as
            and one.action is Action.DELETED
            and abs(one.number - last.number) == 1
            for one in found
        ):
            raise NotTheLatest("A completion was undone: to do it again, complete the task")
        touched = {*last.before, *last.after}
        columns = [column for column in table_of(Task).kept() if column.stored in touched]
        values = {column.name: taken(column, last.before) for column in columns}
        self._check_project(caller, values.get("project_id", task.project_id), task)
        return values

    def _latest(self, caller: Caller, task: Task) -> list[Change]:
        """Down to the last change of the task itself."""
        found: list[Change] = []
        after: Position | None = None
        while True:
            page = self._log.of_record(
                user_id=caller.user_id, record_id=task.id, after=after, limit=_LOOKED_AT
            )
            found += page.items
            after = page.reached
            if after is None or any(one.kind == TASK.logged_as for one in page.items):
                return found

    def _check_project(self, caller: Caller, project_id: str, task: Task) -> None:
        if project_id in {INBOX, task.project_id}:
            return
        if not self._projects.read(user_id=caller.user_id, project_id=project_id):
            raise NotFound("The project that the task was in is there no more")

    def _completion(self, caller: Caller, task: Task) -> Completion | None:
        """Of the occurrence whose completion was the last change: it is as the task was then."""
        found = self._tasks.completions(
            user_id=caller.user_id, task_id=task.id, after=None, limit=1
        ).items
        return next((one for one in found if one.version == task.version - 1), None)
