"""Changing a task that others may have changed meanwhile: of neither is anything lost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from errand.identity.caller import Caller
from errand.preconditions import ANY, Precondition
from errand.records import show
from errand.schemas import Draft, typed
from errand.storage.unit import Unit
from errand.tasks.merging import Conflict, conflicts
from errand.tasks.model import Task
from errand.tasks.ports import CommentsOfTasks
from errand.tasks.service import TaskService


@dataclass(frozen=True, slots=True)
class Told:
    """`replaced`: as JSON has it; `comment_id`: of the comment that keeps it, if it is a text."""

    field: str
    replaced: Any
    comment_id: str | None


class MergeService:
    """`comments`: made when there is a conflict."""

    def __init__(self, *, tasks: TaskService, comments: Callable[[], CommentsOfTasks]) -> None:
        self._tasks = tasks
        self._comments = comments

    def update(
        self,
        *,
        caller: Caller,
        task_id: str,
        update: Draft,
        was: Mapping[str, Any],
        expected: Precondition = ANY,
    ) -> tuple[Task, list[Told]]:
        """The task as it is then, and what was replaced that nobody had seen.

        `was`: as JSON has it, what the client's changes began with. Raises as TaskService.update.
        """
        changes, before = update.changes(), typed(type(update), was)
        told: list[Told] = []

        def keep(unit: Unit, task: Task) -> None:
            shown = show(task)
            told[:] = [
                Told(one.field, shown[one.field], self._keep(unit, caller, task, one))
                for one in conflicts(task, changes, before)
            ]

        task = self._tasks.update(
            caller=caller, task_id=task_id, update=update, expected=expected, beside=keep
        )
        return task, told

    def _keep(self, unit: Unit, caller: Caller, task: Task, conflict: Conflict) -> str | None:
        """As a comment on the task, in the same transaction."""
        if conflict.text is None:
            return None
        return self._comments().keep(
            unit, caller=caller, task_id=task.id, field=conflict.field, text=conflict.text
        )
