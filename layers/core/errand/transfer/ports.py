"""What imports ask of tasks, projects, sections and labels."""

from collections.abc import Sequence
from typing import Protocol

from errand.cursors import Position
from errand.labels.model import LabelSet
from errand.pages import Slice
from errand.projects.model import Project
from errand.sections.model import Section
from errand.storage.unit import Unit
from errand.tasks.lists import TaskRange
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


class SectionsOfImports(Protocol):
    def all(self, *, user_id: str) -> Sequence[Section]:
        """Of all projects."""
        ...

    def add_once(self, unit: Unit, section: Section, *, user_id: str) -> None:
        """It is left out if its id is there."""
        ...


class LabelsOfImports(Protocol):
    def read(self, *, user_id: str) -> LabelSet: ...

    def write(self, unit: Unit, old: LabelSet, new: LabelSet, *, user_id: str) -> None:
        """Refused as Overtaken unless they still are `old`."""
        ...


class TasksOfExports(Protocol):
    def slice(
        self, *, user_id: str, of: TaskRange, after: Position | None, limit: int
    ) -> Slice[Task]: ...
