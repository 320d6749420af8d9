"""What search asks of tasks."""

from collections.abc import Sequence
from typing import Protocol

from errand.cursors import Position
from errand.pages import Slice
from errand.tasks.lists import TaskRange
from errand.tasks.model import Task


class TasksOfSearch(Protocol):
    def slice(
        self, *, user_id: str, of: TaskRange, after: Position | None, limit: int
    ) -> Slice[Task]: ...

    def several(self, *, user_id: str, task_ids: Sequence[str]) -> Sequence[Task]: ...
