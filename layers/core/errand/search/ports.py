"""What search asks of tasks."""

from typing import Protocol

from errand.cursors import Position
from errand.pages import Slice
from errand.tasks.lists import TaskRange
from errand.tasks.model import Task


class TasksOfSearch(Protocol):
    def slice(
        self, *, user_id: str, of: TaskRange, after: Position | None, limit: int
    ) -> Slice[Task]: ...
