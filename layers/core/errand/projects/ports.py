"""What projects ask of tasks and sections."""

from typing import Protocol

from errand.storage.unit import Unit


class TasksOfProjects(Protocol):
    def has_open(self, *, user_id: str, project_id: str) -> bool:
        """Whether a task in it is open."""
        ...


class SectionsOfProjects(Protocol):
    def remove_all(self, unit: Unit, *, user_id: str, project_id: str) -> None:
        """Those of the project."""
        ...
