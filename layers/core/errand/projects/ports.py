"""What projects ask of tasks."""

from typing import Protocol


class TasksOfProjects(Protocol):
    def has_open(self, *, user_id: str, project_id: str) -> bool:
        """Whether a task in it is open."""
        ...
