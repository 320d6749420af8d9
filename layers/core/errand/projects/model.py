"""A project: what tasks belong to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from errand.codecs import ID, Instant
from errand.errors import InvalidInput, NotFound
from errand.fields import NOWHERE, By, Derived, kept

# Where a task is unless told otherwise: it always exists, and cannot be changed.
INBOX = "inbox"
# Of the id of one.
PROJECT_PATTERN = f"^({INBOX}|[0-9a-v]{{26}})$"
PROJECTS_MAX = 500
NAME_MAX = 100
# Levels of projects within projects.
DEPTH_MAX = 5
ORDER_MAX = 1_000_000

type Changes = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """The table of a project's fields. `version` counts changes from 1."""

    id: str = kept("sk", codec=ID, meaning="Ids sort by age")
    name: str = kept("nm", by=By.CLIENT, meaning="What it is called, on one line")
    colour: str | None = kept(
        "co", by=By.CLIENT, default=None, meaning="What clients show it in, as #rrggbb"
    )
    parent_id: str | None = kept(
        "pr", by=By.CLIENT, default=None, meaning="The project that it is a part of"
    )
    order: int = kept(
        "od", by=By.CLIENT, default=0, meaning="Where clients show it among others: lower is first"
    )
    archived: bool = kept(
        "ar", by=By.CLIENT, default=False, meaning="Whether clients leave it out of their lists"
    )
    created_at: Instant = kept("ca", meaning="When it was created")
    updated_at: Instant = kept("ua", meaning="When it last changed")
    version: int = kept("v", meaning="How often it was written; its ETag is the same in quotes")

    DERIVED: ClassVar = (Derived(name="mark", type=str, stored="m", shown=NOWHERE, default=""),)

    @classmethod
    def new(cls, project_id: str, fields: Changes, *, now: Instant) -> Self:
        return cls(id=project_id, **fields, created_at=now, updated_at=now, version=1)

    @property
    def mark(self) -> str:
        """None yet: each change leaves one (storage.marks), and nothing here reads it."""
        return ""

    def changed(self, changes: Changes, *, now: Instant) -> Self:
        """The next version."""
        later = max(now, self.updated_at + 1)
        return replace(self, **changes, updated_at=later, version=self.version + 1)


def ancestors(projects: Mapping[str, Project], parent_id: str) -> list[Project]:
    """The project and those that it is a part of. Raises NotFound for one that is not there."""
    found: list[Project] = []
    above: str | None = parent_id
    while above is not None and len(found) <= DEPTH_MAX:
        if above not in projects:
            raise NotFound("Parent project not found")
        found.append(projects[above])
        above = projects[above].parent_id
    return found


def height(projects: Mapping[str, Project], project_id: str) -> int:
    """Levels below the project."""
    level, levels = {project_id}, 0
    while level and levels <= DEPTH_MAX:
        level = {one.id for one in projects.values() if one.parent_id in level}
        levels += bool(level)
    return levels


def check_parent(
    projects: Mapping[str, Project], project_id: str | None, parent_id: str
) -> list[Project]:
    """Those that it would be a part of. Raises NotFound, InvalidInput; None: it is a new one."""
    above = ancestors(projects, parent_id)
    if any(one.id == project_id for one in above):
        raise InvalidInput("A project cannot be a part of itself")
    if len(above) + (height(projects, project_id) if project_id else 0) >= DEPTH_MAX:
        raise InvalidInput(f"Projects are at most {DEPTH_MAX} levels deep")
    return above
