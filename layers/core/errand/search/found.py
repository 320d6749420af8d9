"""What a search has found."""

from collections.abc import Sequence
from dataclasses import dataclass

from errand.search.highlights import Span
from errand.tasks.model import Task


@dataclass(frozen=True, slots=True)
class Found:
    """`marks`: field and where in it, of what was searched for."""

    task: Task
    score: float
    marks: Sequence[tuple[str, Span]]


@dataclass(frozen=True, slots=True)
class Results:
    """The best first; `count`: how many fit of the `looked_at`; `cursor`: to look at older ones."""

    found: Sequence[Found]
    count: int
    looked_at: int
    cursor: str | None
