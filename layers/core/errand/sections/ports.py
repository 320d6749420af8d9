"""What sections ask of projects and tasks."""

from typing import Protocol

from errand.projects.model import Project


class ProjectsOfSections(Protocol):
    def read(self, *, user_id: str, project_id: str) -> Project | None:
        """None if there is none of that id."""
        ...


class TasksOfSections(Protocol):
    def has_open(self, *, user_id: str, project_id: str, section_id: str) -> bool:
        """Whether a task in it is open."""
        ...
