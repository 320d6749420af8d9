"""What history asks of tasks."""

from typing import Protocol


class TasksOfHistory(Protocol):
    def read(self, *, user_id: str, task_id: str) -> object:
        """Raises NotFound."""
        ...
