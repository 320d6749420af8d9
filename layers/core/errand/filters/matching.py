"""Whether a filter means a task."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from functools import cached_property
from typing import Protocol

from errand.epoch import utc
from errand.filters.dates import Context, beside
from errand.filters.grammar import (
    HOLDS,
    And,
    Comparison,
    Contains,
    Filter,
    Flag,
    Named,
    Not,
    Or,
    Priority,
    Relative,
)
from errand.filters.plain import plain


class Task(Protocol):
    """What filters know of a task; `*_at` are milliseconds of the epoch."""

    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str | None: ...
    @property
    def due(self) -> object | None:
        """What a context tells day and moment of, as of `start`."""

    @property
    def start(self) -> object | None: ...
    @property
    def deadline(self) -> date | None: ...
    @property
    def created_at(self) -> int: ...
    @property
    def updated_at(self) -> int: ...
    @property
    def completed_at(self) -> int | None: ...
    @property
    def is_completed(self) -> bool: ...
    @property
    def priority(self) -> int: ...
    @property
    def project_id(self) -> str: ...
    @property
    def section_id(self) -> str | None: ...
    @property
    def label_ids(self) -> Collection[str]: ...
    @property
    def parent_id(self) -> str | None: ...
    @property
    def links(self) -> Sequence[str]: ...
    @property
    def duration(self) -> int | None: ...
    @property
    def recurrence(self) -> object | None: ...


def matches(found: Filter, task: Task, context: Context) -> bool:
    """Raises LookupError if names.resolve has not been asked for the names in it."""
    return matcher(found, context)(task)


def matcher(found: Filter, context: Context) -> Callable[[Task], bool]:
    """The same for many tasks: what is no task's is found out once. Raises LookupError."""
    holds = _condition(found, context)
    return lambda task: holds(_Seen(task))


class _Seen:
    """A task, each of whose texts is brought into its form once, however often it is asked for."""

    def __init__(self, task: Task) -> None:
        self.task = task

    @cached_property
    def title(self) -> str:
        return plain(self.task.title)

    @cached_property
    def description(self) -> str:
        return plain(self.task.description or "")


type _Holds = Callable[[_Seen], bool]


def _condition(found: Filter, context: Context) -> _Holds:
    match found:
        case And(parts):
            all_of = [_condition(part, context) for part in parts]
            return lambda seen: all(holds(seen) for holds in all_of)
        case Or(parts):
            any_of = [_condition(part, context) for part in parts]
            return lambda seen: any(holds(seen) for holds in any_of)
        case Not(part):
            inner = _condition(part, context)
            return lambda seen: not inner(seen)
        case Named():
            return _is_named(found)
    return _leaf(found, context)


def _leaf(found: Comparison | Priority | Contains | Flag, context: Context) -> _Holds:
    match found:
        case Comparison():
            return _compares(found, context)
        case Priority(operator, value):
            signs = HOLDS[operator]
            return lambda seen: (seen.task.priority > value) - (seen.task.priority < value) in signs
        case Contains():
            return _contains(found)
        case Flag(name):
            return _flag(name, context)


def _compares(found: Comparison, context: Context) -> _Holds:
    at_of, signs = _DATES[found.field], HOLDS[found.operator]
    # None is 0 if it is what is asked for.
    if found.value is None:
        return lambda seen: (0 if at_of(seen.task, context) is None else 1) in signs
    sign = beside(found.value, context)

    def holds(seen: _Seen) -> bool:
        at = at_of(seen.task, context)
        return (None if at is None else sign(at)) in signs

    return holds


def _contains(found: Contains) -> _Holds:
    form = plain(found.text)
    if found.field == "title":
        return lambda seen: form in seen.title
    if found.field == "description":
        return lambda seen: form in seen.description
    return lambda seen: form in seen.title or form in seen.description


def _is_named(found: Named) -> _Holds:
    if found.ids is None:
        raise LookupError(f"The id of {found} is not known yet")
    ids = frozenset(found.ids)
    if found.kind == "project":
        return lambda seen: seen.task.project_id in ids
    if found.kind == "section":
        is_one = found.name is not None
        return lambda seen: (seen.task.section_id in ids) is is_one
    if found.name is None:
        return lambda seen: ids.isdisjoint(seen.task.label_ids)
    return lambda seen: not ids.isdisjoint(seen.task.label_ids)


def _flag(name: str, context: Context) -> _Holds:
    if name == "today":
        return _compares(Comparison("due", "=", Relative("today")), context)
    if name == "overdue":
        is_before = _compares(Comparison("due", "<", "now"), context)
        return lambda seen: not seen.task.is_completed and is_before(seen)
    has = _FLAGS[name]
    return lambda seen: has(seen.task)


_DATES: dict[str, Callable[[Task, Context], date | None]] = {
    "due": lambda task, context: None if task.due is None else context.of(task.due),
    "start": lambda task, context: None if task.start is None else context.of(task.start),
    "deadline": lambda task, _: task.deadline,
    "created": lambda task, _: utc(task.created_at),
    "updated": lambda task, _: utc(task.updated_at),
    "completed_at": lambda task, _: None if task.completed_at is None else utc(task.completed_at),
}
_FLAGS: dict[str, Callable[[Task], bool]] = {
    "open": lambda task: not task.is_completed,
    "completed": lambda task: task.is_completed,
    "recurring": lambda task: task.recurrence is not None,
    "subtask": lambda task: task.parent_id is not None,
    "links": lambda task: bool(task.links),
    "duration": lambda task: task.duration is not None,
    "description": lambda task: bool(task.description),
}
