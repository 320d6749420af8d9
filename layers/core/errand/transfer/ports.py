"""What imports ask of tasks and projects."""

from typing import Protocol

from errand.cursors import Position
from errand.pages import Slice
from errand.projects.model import Project
from errand.storage.unit import Unit
from errand.tasks.model import Task


class TasksOfImports(Protocol):
    def add_once(self, unit: Unit, task: Task, *, user_id: str) -> None:
        """It is left out if its id is there."""
        ...


class ProjectsOfImports(Protocol):
    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Project]:
        """The oldest first."""
        ...

    def add_once(self, unit: Unit, project: Project, *, user_id: str) -> None:
        """It is left out if its id is there."""
        ...
