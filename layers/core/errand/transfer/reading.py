"""A file of any format that is known, read: what is in it, and what became of the rest."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib import import_module

from errand.errors import InvalidInput
from errand.transfer.model import Foreign, ForeignProject, ForeignTask
from errand.transfer.order import ordered
from errand.transfer.report import Report
from errand.transfer.texts import text_of

type Read = Callable[..., Iterator[Foreign]]
type Write = Callable[[Iterable[Foreign]], str]


class Format(StrEnum):
    """Which program wrote a file."""

    # Each is read by the module of its name.

    JSON_LINES = "json_lines"
    PLAIN_CSV = "plain_csv"
    TODOIST = "todoist"
    TICKTICK = "ticktick"
    VIKUNJA = "vikunja"
    GOOGLE = "google"
    MICROSOFT = "microsoft"
    VTODO = "vtodo"


# Those that an account has no room for are reported one by one; so many are no list of tasks.
_PROJECTS_MAX = 5_000

_WRITERS = {
    Format.JSON_LINES: "json_lines",
    Format.PLAIN_CSV: "plain_csv",
    Format.VTODO: "vtodo_writer",
}


@dataclass(frozen=True, slots=True)
class Contents:
    """`tasks`: each behind the one that it is a part of."""

    projects: list[ForeignProject]
    tasks: list[ForeignTask]


def _module(name: str) -> object:
    """Imported when it is needed: most instances never see any."""
    return import_module(f"errand.transfer.{name}")


def in_no_hurry() -> bool:
    return True


def read(
    data: bytes,
    known: Format,
    report: Report,
    *,
    now: datetime,
    tasks_max: int,
    has_time: Callable[[], bool] = in_no_hurry,
) -> Contents:
    """`now`: of who imports, with their zone. Raises InvalidInput for what is none, or too much."""
    reader: Read = getattr(_module(known), "read")  # noqa: B009 - of a module by its name
    projects: list[ForeignProject] = []
    tasks: list[ForeignTask] = []
    for thing in reader(text_of(data, report), report, now=now):
        if isinstance(thing, ForeignTask):
            tasks.append(thing)
        else:
            projects.append(thing)
        if not has_time():
            raise InvalidInput("The file takes too long to read: divide it")
        if len(projects) > _PROJECTS_MAX:
            raise InvalidInput(f"There are more than {_PROJECTS_MAX} projects in the file")
        if len(tasks) > tasks_max:
            raise InvalidInput(f"There are more than {tasks_max} tasks in the file: divide it")
    return Contents(projects, ordered(tasks, report))


def write(things: Iterable[Foreign], known: Format) -> str:
    """Raises KeyError for a format that is read alone."""
    writer: Write = getattr(_module(_WRITERS[known]), "write")  # noqa: B009
    return writer(things)
