"""What tasks ask of projects, sections, labels, saved filters and the log of changes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from errand.cursors import Position
from errand.pages import Slice
from errand.projects.model import Project
from errand.storage.unit import Unit
from errand.tasks.model import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from errand.history.counts import Counts
    from errand.identity.caller import Caller
    from errand.labels.model import LabelSet
    from errand.saved_filters.model import SavedFilter
    from errand.sections.model import Section

# Decides on the task as it was what else is written in the transaction that changes it.
type Beside = Callable[[Unit, Task], None]


class ProjectsOfTasks(Protocol):
    def read(self, *, user_id: str, project_id: str) -> Project | None:
        """None if there is none of that id."""
        ...

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Project]:
        """The oldest first."""
        ...


class SectionsOfTasks(Protocol):
    def read(self, *, user_id: str, project_id: str, section_id: str) -> "Section | None":
        """None if there is none of that id in the project."""
        ...

    def all(self, *, user_id: str) -> "Sequence[Section]":
        """Of all projects."""
        ...

    def of_project(self, *, user_id: str, project_id: str) -> "Sequence[Section]":
        """All of them."""
        ...


class CountsOfTasks(Protocol):
    def counts(self, *, user_id: str) -> "Counts | None":
        """About a second ago; None if nobody has counted."""
        ...


class FiltersOfTasks(Protocol):
    def read(self, *, user_id: str, filter_id: str) -> "SavedFilter | None":
        """None if there is none of that id."""
        ...


class CommentsOfTasks(Protocol):
    def keep(
        self, unit: Unit, *, caller: "Caller", task_id: str, field: str, text: str
    ) -> str | None:
        """What a field was, as a comment that is added to the unit: its id.

        None if the task has no room for more.
        """
        ...


class LabelsOfTasks(Protocol):
    def read(self, *, user_id: str) -> "LabelSet":
        """Empty if there are none."""
        ...

    def write(self, unit: Unit, old: "LabelSet", new: "LabelSet", *, user_id: str) -> None:
        """Refused as Overtaken unless they still are `old`."""
        ...
