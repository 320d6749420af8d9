"""What sync asks of the log of changes, and of tasks."""

from collections.abc import Sequence
from typing import Protocol

from errand.cursors import Position
from errand.history.changes import Change
from errand.pages import Slice
from errand.tasks.lists import TaskRange
from errand.tasks.model import Task


class LogOfSync(Protocol):
    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Change]:
        """The latest first."""
        ...

    def since(self, *, user_id: str, number: int, limit: int) -> Sequence[Change]:
        """In order, from that number on."""
        ...


class TasksOfSync(Protocol):
    def slice(
        self, *, user_id: str, of: TaskRange, after: Position | None, limit: int
    ) -> Slice[Task]: ...

    def named[T: Task](self, tasks: Sequence[T], *, user_id: str) -> Sequence[T]:
        """With the names of their labels."""
        ...
