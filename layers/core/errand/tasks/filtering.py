"""A filter's list: the range of keys that has all it means, and what is left out of that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from errand import zones
from errand.codecs import Instant
from errand.epoch import utc
from errand.errors import InvalidInput
from errand.filters.dates import Context
from errand.filters.grammar import (
    And,
    Contains,
    Filter,
    Flag,
    InvalidFilter,
    Kind,
    Named,
    Not,
    Or,
)
from errand.filters.matching import matcher
from errand.filters.names import resolve
from errand.filters.parser import parse
from errand.filters.plan import (
    ByCompletion,
    ByDue,
    ByPosition,
    ByPriority,
    ByStatus,
    Candidates,
    Nothing,
    plan,
)
from errand.folding import folded
from errand.labels.model import Label, LabelSet
from errand.projects.model import Project
from errand.sections.model import Section
from errand.storage.kinds import TASK
from errand.storage.ranges import BY_DUE, BY_PRIORITY, PRIMARY, Index
from errand.tasks.decisions import TEXTS
from errand.tasks.lists import TaskRange, by_project, by_status, completed_between
from errand.tasks.model import DUE_AT

# About 100 KB of heads.
_LOOKS_AT = 300
_END = "~"


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What names in a filter may mean, as far as it has any of that kind."""

    projects: Sequence[Project] = ()
    sections: Sequence[Section] = ()
    labels: LabelSet = field(default_factory=LabelSet.empty)


class _Names:
    """Of what an account has."""

    def __init__(self, known: Known) -> None:
        projects, labels = known.projects, known.labels
        self._sections = known.sections
        self._projects = {folded(project.name): project for project in reversed([*projects])}
        self._labels = labels

    def project_id(self, name: str) -> str | None:
        """Of several with the same name the oldest is meant."""
        project = self._projects.get(folded(name))
        return project.id if project else None

    def label_id(self, name: str) -> str | None:
        label = self._labels.named(name)
        return label.id if label else None

    def section_ids(self, name: str) -> tuple[str, ...]:
        form = folded(name)
        return tuple(section.id for section in self._sections if folded(section.name) == form)

    def known(self, kind: Kind) -> Iterable[str]:
        return [one.name for one in self._all(kind)]

    def ids(self, kind: Kind) -> Iterable[str]:
        return [one.id for one in self._all(kind)]

    def _all(self, kind: Kind) -> Iterable[Project | Section | Label]:
        known: dict[Kind, Iterable[Project | Section | Label]] = {
            "project": self._projects.values(),
            "section": self._sections,
            "label": self._labels.labels,
        }
        return known.get(kind, ())


def parsed(text: str) -> Filter:
    """Raises InvalidInput, which tells where it is wrong and what would be right there."""
    try:
        found = parse(text)
    except InvalidFilter as wrong:
        raise _refused(wrong) from None
    return found


def kinds_named(found: Filter) -> frozenset[Kind]:
    """Of what it names: it cannot be understood without them. The Inbox is there unasked."""
    named = [part for part in _leaves(found) if isinstance(part, Named)]
    return frozenset(part.kind for part in named if part.name is not None or part.kind != "project")


def by_filter(
    found: Filter,
    known: Known,
    *,
    now: Instant,
    here: str,
    ascending: bool,
) -> TaskRange:
    """In the order of the view that is read. Raises InvalidInput for a name that is not known."""
    zone = zones.zone(here)
    at = utc(now)
    context = Context(
        now=at,
        zone=zone,
        day=lambda due: due.day,
        moment=lambda due: due.moment(here),
    )
    try:
        named = resolve(found, _Names(known))
    except InvalidFilter as wrong:
        raise _refused(wrong) from None
    # Subtasks are in the view of their project, too.
    of_top_level = And((named, Not(Flag("subtask"))))
    candidates = plan(of_top_level, context).candidates
    keys = _range(candidates, ascending=ascending)
    means = matcher(named, context)
    return TaskRange(
        index=keys.index,
        prefix=keys.prefix,
        between=keys.between,
        ascending=ascending,
        keeps=means,
        looks_at=_LOOKS_AT,
        looks_into_texts=any(map(_is_of_long_texts, _leaves(found))),
        words=lambda: f"{candidates}; each is looked at for {found}",
    )


def _range(candidates: Candidates, *, ascending: bool) -> TaskRange:
    match candidates:
        case ByDue(since, until):
            return _keys(BY_DUE, DUE_AT + _text(since, ""), DUE_AT + _text(until, _END))
        case ByPriority(priorities):
            return _keys(BY_PRIORITY, str(priorities[0]), f"{priorities[-1]}{_END}")
        case ByPosition(project_id, _):
            return by_project(project_id, ascending=ascending)
        case ByCompletion(since, until):
            return completed_between(since, until, ascending=ascending)
        case Nothing():
            return _keys(PRIMARY, TASK.prefix, TASK.prefix)
    is_open = isinstance(candidates, ByStatus)
    return by_status(False if is_open else None, ascending=ascending)


def _keys(index: Index, first: str, last: str) -> TaskRange:
    return TaskRange(index=index, between=(first, last))


def _text(day: date | None, end: str) -> str:
    return end if day is None else day.isoformat()


def _is_of_long_texts(part: Filter) -> bool:
    """Of what may stand beside the head of a task."""
    match part:
        case Contains(field=name):
            return name != "title"
        case Flag(name):
            return name in TEXTS
    return False


def _leaves(found: Filter) -> Iterable[Filter]:
    match found:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _leaves(part)
        case Not(part):
            yield from _leaves(part)
        case _:
            yield found


def _refused(wrong: InvalidFilter) -> InvalidInput:
    return InvalidInput(f"filter: {wrong}")
