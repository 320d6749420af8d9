"""What is known of every task that a filter can mean, of what the ordered views are ordered by.

Never too little, often too much: a view that has all of it has all tasks that match.
"""

from dataclasses import dataclass, replace
from datetime import date

from errand.filters.dates import Context, Span, span
from errand.filters.grammar import (
    HOLDS,
    PRIORITIES,
    And,
    Comparison,
    Filter,
    Flag,
    Named,
    Not,
    Operator,
    Or,
    Priority,
    When,
)

ALWAYS: Span = (date.min, date.max)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """`due`, `completed_at`: first and last local day; None if it may be absent.

    `completed`: what is_completed may be; `projects`, `sections`: ids, None for all.
    """

    completed: frozenset[bool] = frozenset({False, True})
    priorities: frozenset[int] = frozenset(PRIORITIES)
    due: Span | None = None
    completed_at: Span | None = None
    projects: frozenset[str] | None = None
    sections: frozenset[str] | None = None
    is_top_level: bool = False

    @property
    def is_empty(self) -> bool:
        """No task can be like that."""
        spans = [one for one in (self.due, self.completed_at) if one is not None]
        return (
            not self.completed
            or not self.priorities
            or any(first > last for first, last in spans)
            or self.projects == frozenset()
            or self.sections == frozenset()
        )


_ALL = Reach()
_OPEN = Reach(completed=frozenset({False}))
_COMPLETED = Reach(completed=frozenset({True}))


def reach(found: Filter, context: Context) -> Reach:
    return _reach(found, context, negated=False)


def _reach(found: Filter, context: Context, *, negated: bool) -> Reach:
    match found:
        case Not(part):
            return _reach(part, context, negated=not negated)
        case And(parts) | Or(parts):
            joined = _either if isinstance(found, Or) != negated else _both
            first, *others = (_reach(part, context, negated=negated) for part in parts)
            for other in others:
                first = joined(first, other)
            return first
    return _of_leaf(found, context, negated=negated)


def _of_leaf(found: Filter, context: Context, *, negated: bool) -> Reach:
    match found:
        case Comparison(field, operator, value):
            return _of_dates(field, operator, value, context, negated=negated)
        case Priority(operator, value):
            kept = {one for one in PRIORITIES if (_sign(one, value) in HOLDS[operator]) != negated}
            return replace(_ALL, priorities=frozenset(kept))
        case Flag(name):
            return _of_flag(name, context, negated=negated)
        case Named():
            return _ALL if negated else _of_name(found)
    return _ALL


def _sign(one: int, other: int) -> int:
    return (one > other) - (one < other)


def _both(one: Reach, other: Reach) -> Reach:
    return Reach(
        completed=one.completed & other.completed,
        priorities=one.priorities & other.priorities,
        due=_span_of_both(one.due, other.due),
        completed_at=_span_of_both(one.completed_at, other.completed_at),
        projects=_ids_of_both(one.projects, other.projects),
        sections=_ids_of_both(one.sections, other.sections),
        is_top_level=one.is_top_level or other.is_top_level,
    )


def _either(one: Reach, other: Reach) -> Reach:
    if one.is_empty or other.is_empty:
        return other if one.is_empty else one
    return Reach(
        completed=one.completed | other.completed,
        priorities=one.priorities | other.priorities,
        due=_span_of_either(one.due, other.due),
        completed_at=_span_of_either(one.completed_at, other.completed_at),
        projects=_ids_of_either(one.projects, other.projects),
        sections=_ids_of_either(one.sections, other.sections),
        is_top_level=one.is_top_level and other.is_top_level,
    )


def _span_of_both(one: Span | None, other: Span | None) -> Span | None:
    if one is None or other is None:
        return one or other
    return max(one[0], other[0]), min(one[1], other[1])


def _span_of_either(one: Span | None, other: Span | None) -> Span | None:
    """With the days between them: two ranges are not read."""
    if one is None or other is None:
        return None
    return min(one[0], other[0]), max(one[1], other[1])


type _Ids = frozenset[str] | None


def _ids_of_both(one: _Ids, other: _Ids) -> _Ids:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _ids_of_either(one: _Ids, other: _Ids) -> _Ids:
    return None if one is None or other is None else one | other


def _of_dates(
    field: str, operator: Operator, value: When | None, context: Context, *, negated: bool
) -> Reach:
    if field not in {"due", "completed_at"}:
        return _ALL
    if value is None:
        is_absent = (operator == "=") != negated
        if field == "completed_at":
            return _OPEN if is_absent else replace(_COMPLETED, completed_at=ALWAYS)
        return _ALL if is_absent else replace(_ALL, due=ALWAYS)
    if (operator == "!=") != negated:
        # What is absent is among it.
        return _ALL
    days = _days("=" if negated else operator, value, context)
    if field == "due":
        return replace(_ALL, due=days)
    return replace(_COMPLETED, completed_at=days)


def _days(operator: Operator, value: When, context: Context) -> Span:
    """Days of which some moment at least compares so."""
    first, last = span(value, context.today)
    is_whole = value != "now"
    if operator == "=":
        return first, last
    if operator in {"<", "<="}:
        until = last if operator == "<=" or not is_whole else _beside(first, -1)
        return (date.min, until) if until else _NEVER
    since = first if operator == ">=" or not is_whole else _beside(last, 1)
    return (since, date.max) if since else _NEVER


_NEVER: Span = (date.max, date.min)


def _beside(day: date, step: int) -> date | None:
    """None if there is no such day."""
    number = day.toordinal() + step
    return date.fromordinal(number) if 1 <= number <= date.max.toordinal() else None


def _of_flag(name: str, context: Context, *, negated: bool) -> Reach:
    if name in {"open", "completed"}:
        return _OPEN if (name == "open") != negated else _COMPLETED
    if name == "subtask" and negated:
        return replace(_ALL, is_top_level=True)
    if negated:
        return _ALL
    if name == "today":
        return replace(_ALL, due=(context.today, context.today))
    if name == "overdue":
        return replace(_OPEN, due=(date.min, context.today))
    return _ALL


def _of_name(found: Named) -> Reach:
    if found.kind == "project" and found.ids is not None:
        return replace(_ALL, projects=frozenset(found.ids))
    if found.kind == "section" and found.ids and found.name is not None:
        return replace(_ALL, sections=frozenset(found.ids))
    return _ALL
