"""What tasks ask of projects."""

from typing import Protocol

from errand.projects.model import Project


class ProjectsOfTasks(Protocol):
    def read(self, *, user_id: str, project_id: str) -> Project | None:
        """None if there is none of that id."""
        ...
