"""A section: a part of a project, in which tasks stand together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from errand.codecs import FIRST_ID, LAST_ID, Instant
from errand.fields import NOWHERE, By, Derived, kept

# Of a project: they are deleted with it in one transaction.
SECTIONS_MAX = 50
NAME_MAX = 100

type Changes = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """The table of a section's fields. `version` counts changes from 1."""

    id: str = kept("sk", codec=LAST_ID, meaning="Ids sort by age")
    project_id: str = kept("sk", codec=FIRST_ID, meaning="The project that it is a part of")
    name: str = kept("nm", by=By.CLIENT, meaning="What it is called, on one line")
    created_at: Instant = kept("ca", meaning="When it was created")
    updated_at: Instant = kept("ua", meaning="When it last changed")
    version: int = kept("v", meaning="How often it was written; its ETag is the same in quotes")

    DERIVED: ClassVar = (Derived(name="mark", type=str, stored="m", shown=NOWHERE, default=""),)

    @classmethod
    def new(cls, section_id: str, project_id: str, fields: Changes, *, now: Instant) -> Self:
        return cls(
            id=section_id,
            project_id=project_id,
            **fields,
            created_at=now,
            updated_at=now,
            version=1,
        )

    @property
    def mark(self) -> str:
        """None yet: each change leaves one (storage.marks), and nothing here reads it."""
        return ""

    def changed(self, changes: Changes, *, now: Instant) -> Self:
        """The next version."""
        later = max(now, self.updated_at + 1)
        return replace(self, **changes, updated_at=later, version=self.version + 1)
