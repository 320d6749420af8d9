"""A filter that a person has saved: a list of tasks with a name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from errand.codecs import ID, Instant
from errand.fields import NOWHERE, By, Derived, kept

FILTERS_MAX = 100
NAME_MAX = 100

type Changes = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedFilter:
    """The table of a saved filter's fields. `version` counts changes from 1."""

    id: str = kept("sk", codec=ID, meaning="Ids sort by age")
    name: str = kept("nm", by=By.CLIENT, meaning="What it is called, on one line")
    query: str = kept(
        "q",
        by=By.CLIENT,
        meaning="What `GET /tasks?filter=` takes, such as `due < tomorrow & priority <= 2`",
    )
    colour: str | None = kept(
        "co", by=By.CLIENT, default=None, meaning="What clients show it in, as #rrggbb"
    )
    created_at: Instant = kept("ca", meaning="When it was created")
    updated_at: Instant = kept("ua", meaning="When it last changed")
    version: int = kept("v", meaning="How often it was written; its ETag is the same in quotes")

    DERIVED: ClassVar = (Derived(name="mark", type=str, stored="m", shown=NOWHERE, default=""),)

    @classmethod
    def new(cls, filter_id: str, fields: Changes, *, now: Instant) -> Self:
        return cls(id=filter_id, **fields, created_at=now, updated_at=now, version=1)

    @property
    def mark(self) -> str:
        """None yet: each change leaves one (storage.marks), and nothing here reads it."""
        return ""

    def changed(self, changes: Changes, *, now: Instant) -> Self:
        """The next version."""
        later = max(now, self.updated_at + 1)
        return replace(self, **changes, updated_at=later, version=self.version + 1)
