"""A task and its rules."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Self

from errand.codecs import ID, Instant
from errand.errors import InvalidInput
from errand.fields import NOWHERE, By, Derived, kept, table_of

TITLE_MIN = 3
TITLE_MAX = 200
DESCRIPTION_MAX = 5000
LINKS_MAX = 20
# As browsers have long held it; of the link as it is stored, where all is ASCII.
LINK_MAX = 2083
# All links of a task, and description and links together, so that a task is stored in 16 KB.
LINKS_BYTES_MAX = 8 * 1024
TEXT_BYTES_MAX = 15 * 1024
LIMIT_MAX = 100
SKIP_MAX = 200

# Field name to new value, for the fields that change; None makes one absent.
type Changes = Mapping[str, Any]


class Status(StrEnum):
    """Half of the key of the view by status: `o<task id>`, `c<task id>`."""

    OPEN = "o"
    COMPLETED = "c"

    @classmethod
    def of(cls, *, completed: bool) -> "Status":
        return cls.COMPLETED if completed else cls.OPEN


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """`version` counts changes from 1; the attributes' names are short because pages pay for them.

    This is the table of a task's fields: a new one is a line here and a rule in schemas.py.
    """

    HEAD: ClassVar = "h"

    id: str = kept("sk", codec=ID, meaning="Ids sort by age")
    title: str = kept("t", by=By.CLIENT, meaning="What is to be done, on one line")
    description: str | None = kept(
        "d",
        by=By.CLIENT,
        default=None,
        is_long=True,
        meaning="More about it, on any number of lines",
    )
    due_date: date | None = kept(
        "du", by=By.CLIENT, default=None, meaning="The day on which it is due, in no time zone"
    )
    links: tuple[str, ...] = kept(
        "l",
        by=By.CLIENT,
        default=(),
        is_long=True,
        meaning="What it has to do with: http and https URLs, percent-encoded",
    )
    completed_at: Instant | None = kept(
        "cd", default=None, meaning="When it was completed; null: it is not"
    )
    created_at: Instant = kept("ca", meaning="When it was created")
    updated_at: Instant = kept("ua", meaning="When it last changed")
    version: int = kept("v", meaning="How often it was written; its ETag is the same in quotes")

    DERIVED: ClassVar = (
        Derived(
            name="completed",
            type=bool,
            attribute="is_completed",
            by=By.CLIENT,
            default=False,
            meaning="Whether it is done; completing it twice keeps the first time",
        ),
        Derived(name="status_key", type=str, stored="vs", shown=NOWHERE),
        Derived(name="mark", type=str, stored="m", shown=NOWHERE, default=""),
    )

    @classmethod
    def new(cls, task_id: str, fields: Changes, *, now: Instant) -> Self:
        """Raises UnknownField; InvalidInput for more text than a task may have."""
        content = {**fields}
        _check_text(content)
        completed_at = now if content.pop("completed", False) else None
        return cls(
            id=task_id,
            **_values(cls, content),
            completed_at=completed_at,
            created_at=now,
            updated_at=now,
            version=1,
        )

    @property
    def is_completed(self) -> bool:
        return self.completed_at is not None

    @property
    def status_key(self) -> str:
        return status_key(self.id, completed=self.is_completed)

    @property
    def mark(self) -> str:
        """None yet: each update leaves one (storage.marks), and nothing here reads it."""
        return ""

    def changed(self, changes: Changes, *, now: Instant) -> Self:
        """The next version. Raises UnknownField; InvalidInput as `new` does."""
        content = {**changes}
        if content.keys() & _TEXTS.keys():
            _check_text({name: getattr(self, name) for name in _TEXTS} | content)
        completed_at = self.completed_at
        if "completed" in content:
            # Completing twice keeps the first time.
            completed_at = (completed_at or now) if content.pop("completed") else None
        return replace(
            self,
            **_values(type(self), content),
            completed_at=completed_at,
            updated_at=max(now, self.updated_at + 1),
            version=self.version + 1,
        )

    def completed(self, *, now: Instant) -> Self:
        return self.changed({"completed": True}, now=now)

    def reopened(self, *, now: Instant) -> Self:
        return self.changed({"completed": False}, now=now)


def status_key(task_id: str, *, completed: bool) -> str:
    return f"{Status.of(completed=completed)}{task_id}"


# What may be long, and the most that each takes.
_TEXTS = {"description": TEXT_BYTES_MAX, "links": LINKS_BYTES_MAX}


def fits(changes: Changes) -> bool:
    """Whether a task may have these whatever it has besides; else it has to be looked at."""
    if not changes.keys() & _TEXTS.keys():
        return True
    sizes = (_bytes(changes[name]) if name in changes else most for name, most in _TEXTS.items())
    return sum(sizes) <= TEXT_BYTES_MAX


def _check_text(content: Changes) -> None:
    size = sum(_bytes(content.get(name)) for name in _TEXTS)
    if size > TEXT_BYTES_MAX:
        raise InvalidInput(
            f"Description and links of a task take at most {TEXT_BYTES_MAX} bytes together, "
            f"these take {size}"
        )


def _bytes(value: str | tuple[str, ...] | None) -> int:
    return len("".join(value or ()).encode())


def _values(record: type, changes: Changes) -> dict[str, Any]:
    table = table_of(record)
    return {
        name: table[name].default if value is None else value for name, value in changes.items()
    }
