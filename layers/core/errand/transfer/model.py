"""What a file of tasks says, whichever program wrote it: neutral records, nothing of it checked."""

from dataclasses import dataclass, replace
from datetime import date

from errand.codecs import Instant
from errand.tasks.due import Due
from errand.tasks.recurrence import MovedOccurrence, Recurrence
from errand.tasks.reminders import Reminder

PRIORITY_DEFAULT = 4
# How deep tasks may be parts of others, the topmost being 1.
DEPTH_MAX = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignProject:
    """`line`: where it stands in the file; `ref`: what tasks of the file name it by."""

    line: int
    ref: str
    name: str
    colour: str | None = None
    archived: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignTask:
    """`line`: of a text, or in JSON which of its tasks, from 1; `ref`: the file's own id of it.

    `priority`: 1 is the highest; `project`: a `ref`; `parent`: that of another task; `occurrence`:
    when it would be due by its rule, had it not been moved.
    """

    line: int
    title: str
    ref: str | None = None
    parent: str | None = None
    project: str | None = None
    section: str | None = None
    description: str = ""
    due: Due | None = None
    deadline: date | None = None
    start: Due | None = None
    duration: int | None = None
    recurrence: Recurrence | None = None
    occurrence: Due | None = None
    moved: tuple[MovedOccurrence, ...] = ()
    priority: int = PRIORITY_DEFAULT
    reminders: tuple[Reminder, ...] = ()
    labels: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    is_completed: bool = False
    completed_at: Instant | None = None
    created_at: Instant | None = None

    def noting(self, words: str) -> "ForeignTask":
        """With a paragraph more in its description."""
        return replace(self, description=f"{self.description}\n\n{words}".strip())


type Foreign = ForeignProject | ForeignTask
