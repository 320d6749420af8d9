"""What tasks ask of projects."""

from typing import Protocol

from errand.cursors import Position
from errand.pages import Slice
from errand.projects.model import Project


class ProjectsOfTasks(Protocol):
    def read(self, *, user_id: str, project_id: str) -> Project | None:
        """None if there is none of that id."""
        ...

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Project]:
        """The oldest first."""
        ...
