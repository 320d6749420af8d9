"""The tree of a filter; `str` of it is its canonical text, which parses to the same tree."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

# Code points, as typed.
LENGTH_MAX = 1024
# The same, of what `str` makes of that: it has spaces, quotes and whole words.
CANONICAL_MAX = 4 * LENGTH_MAX
# Of parentheses and negations within each other.
DEPTH_MAX = 32

type Operator = Literal["=", "!=", "<", "<=", ">", ">="]
type Kind = Literal["project", "section", "label"]
type Unit = Literal["day", "week", "month", "year"]
type Filter = And | Or | Not | Comparison | Priority | Contains | Flag | Named
type When = date | Relative | Period | Literal["now"]

# Which operators hold when a value is before (-1), at (0) or behind (1) what it is compared with,
# or is absent (None): what is absent is neither before nor behind anything.
HOLDS: dict[Operator, frozenset[int | None]] = {
    "=": frozenset({0}),
    "!=": frozenset({-1, 1, None}),
    "<": frozenset({-1}),
    "<=": frozenset({-1, 0}),
    ">": frozenset({1}),
    ">=": frozenset({0, 1}),
}
# Whether such a field can be absent.
DATES = {
    "due": True,
    "deadline": True,
    "start": True,
    "created": False,
    "updated": False,
    "completed_at": True,
}
TEXTS = ("text", "title", "description")
FLAGS = (
    "open",
    "completed",
    "overdue",
    "today",
    "recurring",
    "subtask",
    "links",
    "duration",
    "description",
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PRIORITIES = (1, 2, 3, 4)
MARKS: dict[Kind, str] = {"project": "#", "section": "/", "label": "@"}
# What is no name unless it is quoted: the project that always exists; no section, no label.
SPECIAL: dict[Kind, str] = {"project": "inbox", "section": "none", "label": "none"}


class InvalidFilter(ValueError):
    """`position`: of what is wrong, in code points from 0; `detail`: what would be right there."""

    def __init__(self, position: int, detail: str) -> None:
        super().__init__(f"at {position}: {detail}")
        self.position = position
        self.detail = detail


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more."""

    parts: tuple[Filter, ...]

    def __str__(self) -> str:
        return " & ".join(_grouped(part, And, Or) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more."""

    parts: tuple[Filter, ...]

    def __str__(self) -> str:
        return " | ".join(_grouped(part, Or) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """All but that."""

    part: Filter

    def __str__(self) -> str:
        return f"!{_grouped(self.part, And, Or)}"


def _grouped(part: Filter, *kinds: type) -> str:
    return f"({part})" if isinstance(part, kinds) else str(part)


@dataclass(frozen=True, slots=True)
class Relative:
    """A day counted from one that a word names: today, tomorrow, yesterday, or a weekday.

    A weekday is the next one after today.
    """

    word: str
    amount: int = 0
    unit: Unit = "day"

    def __str__(self) -> str:
        if not self.amount:
            return self.word
        plural = "" if abs(self.amount) == 1 else "s"
        if self.word == "today":
            return f"{self.amount} {self.unit}{plural}"
        return (
            f"{self.word} {'-' if self.amount < 0 else '+'} {abs(self.amount)} {self.unit}{plural}"
        )


@dataclass(frozen=True, slots=True)
class Period:
    """All days of a week (from Monday) or a month."""

    which: Literal["last", "this", "next"]
    unit: Literal["week", "month"]

    def __str__(self) -> str:
        return f"{self.which} {self.unit}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of a field of DATES; `value` is None for its absence."""

    field: str
    operator: Operator
    value: When | None

    def __str__(self) -> str:
        return f"{self.field} {self.operator} {'none' if self.value is None else self.value}"


@dataclass(frozen=True, slots=True)
class Priority:
    """1 is the highest, and the least number; 4 what a task has unless told otherwise."""

    operator: Operator
    value: int

    def __str__(self) -> str:
        return f"priority {self.operator} {self.value}"


@dataclass(frozen=True, slots=True)
class Contains:
    """Of a field of TEXTS, `text` being title or description."""

    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.field} ~ {quoted(self.text)}"


@dataclass(frozen=True, slots=True)
class Flag:
    """One of FLAGS: what a task is or has."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Named:
    """In a project or section, or with a label; `name` is None for what SPECIAL says.

    `ids`: of those with that name, once names.py has found them; of all sections or labels, if it
    is none of them that is meant. `position`: where it was typed.
    """

    kind: Kind
    name: str | None
    ids: tuple[str, ...] | None = None
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        mark, special = MARKS[self.kind], SPECIAL[self.kind]
        if self.name is None:
            return mark + special
        is_plain = all(one.isalnum() or one in "-_" for one in self.name)
        is_bare = is_plain and self.name and self.name.lower() != special
        return mark + (self.name if is_bare else quoted(self.name))


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
