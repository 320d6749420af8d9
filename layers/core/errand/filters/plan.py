"""Which ordered view of an account's tasks has all that a filter means, with the least to read."""

from dataclasses import dataclass
from datetime import date

from errand.filters.dates import Context, begin, shifted
from errand.filters.grammar import HOLDS, And, Comparison, Filter, Flag, Named, Not, Priority
from errand.filters.reach import ALWAYS, Reach, reach

# Two clocks of the world are up to 26 hours apart: at one moment they show days up to two apart.
ZONES_DAYS = 2
# What a task has unless told otherwise is not in the view by priority.
_NOT_INDEXED = 4


@dataclass(frozen=True, slots=True)
class ByDue:
    """Open tasks due from `since` and before `until`, on the clock that each has; None: no end."""

    since: date | None
    until: date | None

    def __str__(self) -> str:
        return f"by_due, open tasks due{_range(self.since, self.until)}"


@dataclass(frozen=True, slots=True)
class ByPriority:
    """Open tasks of these priorities, in ascending order."""

    priorities: tuple[int, ...]

    def __str__(self) -> str:
        return f"by_priority, open tasks of priority {_alternatives(self.priorities)}"


@dataclass(frozen=True, slots=True)
class ByPosition:
    """Open tasks of a project that are no subtasks: of all its sections if there are none here."""

    project_id: str
    section_ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        of = f", section {_alternatives(self.section_ids)}" if self.section_ids else ""
        return f"by_position, open tasks of project {self.project_id}{of}"


@dataclass(frozen=True, slots=True)
class ByStatus:
    """All open tasks."""

    def __str__(self) -> str:
        return "by_status, all open tasks"


@dataclass(frozen=True, slots=True)
class ByCompletion:
    """Tasks and occurrences completed from `since` and before `until`; None: no end.

    In milliseconds of the epoch.
    """

    since: int | None
    until: int | None

    def __str__(self) -> str:
        return f"by_due, tasks and occurrences completed{_range(self.since, self.until)}"


@dataclass(frozen=True, slots=True)
class Everything:
    """All tasks."""

    def __str__(self) -> str:
        return "all tasks"


@dataclass(frozen=True, slots=True)
class Nothing:
    """No task can match."""

    def __str__(self) -> str:
        return "nothing"


type Candidates = ByDue | ByPriority | ByPosition | ByStatus | ByCompletion | Everything | Nothing


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be read; `residual` holds for those of it that match, None: for all of them.

    `reason`: for people, why that is read.
    """

    candidates: Candidates
    residual: Filter | None
    reason: str


def plan(found: Filter, context: Context) -> Plan:
    """Of a filter with the ids of names.resolve; others are found by what else there is."""
    known = reach(found, context)
    candidates, why = _candidates(known, context)
    residual = None if isinstance(candidates, Nothing) else _residual(found, candidates)
    looked = f"; each is looked at for {residual}" if residual else ""
    return Plan(candidates, residual, f"{candidates}: {why}{looked}")


def _candidates(known: Reach, context: Context) -> tuple[Candidates, str]:
    if known.is_empty:
        return Nothing(), "no task can be all of this at once"
    if known.completed == {True}:
        return _completed(known, context)
    if known.completed == {False}:
        return _open(known, context)
    return Everything(), "no view but this has both open and completed tasks"


def _completed(known: Reach, context: Context) -> tuple[Candidates, str]:
    first, last = known.completed_at or ALWAYS
    since = None if first == date.min else begin(first, context.zone)[0]
    until = None if last == date.max else begin(shifted(last, 1), context.zone)[1]
    return ByCompletion(since, until), "it asks for completed tasks"


def _open(known: Reach, context: Context) -> tuple[Candidates, str]:
    """The smallest of those that have all, by the part of open tasks that each is taken for.

    Guesses, right in their order for most accounts: nothing is counted for them.
    """
    choices: list[tuple[float, Candidates, str]] = [
        (
            1.0,
            ByStatus(),
            "it asks for open tasks, and no other view has all",
        )
    ]
    if known.due is not None:
        part, days = _due_part(known.due, context), _widened(known.due)
        choices.append((part, days, "it asks when they are due (two days more for other zones)"))
    if _NOT_INDEXED not in known.priorities:
        priorities = tuple(sorted(known.priorities))
        choices.append((0.1 * len(priorities), ByPriority(priorities), "it asks for priorities"))
    if known.is_top_level and known.projects is not None and len(known.projects) == 1:
        [project_id] = known.projects
        sections = tuple(sorted(known.sections or ()))
        part = 0.02 if sections else 0.05
        choices.append((part, ByPosition(project_id, sections), "it asks for one project"))
    _, candidates, why = min(choices, key=lambda choice: choice[0])
    return candidates, why


def _due_part(days: tuple[date, date], context: Context) -> float:
    """As if half of them were due, evenly from a month ago to half a year ahead."""
    first, last = shifted(context.today, -30), shifted(context.today, 180)
    inside = min(days[1], last).toordinal() - max(days[0], first).toordinal() + 1
    return 0.5 * min(max(inside, 0) + 2 * ZONES_DAYS, 210) / 210


def _widened(days: tuple[date, date]) -> ByDue:
    since, until = shifted(days[0], -ZONES_DAYS), shifted(days[1], ZONES_DAYS + 1)
    return ByDue(
        None if since == date.min else since,
        None if until == date.max else until,
    )


def _residual(found: Filter, candidates: Candidates) -> Filter | None:
    """Without what all candidates are."""
    parts = found.parts if isinstance(found, And) else (found,)
    left = tuple(part for part in parts if not _is_answered(part, candidates))
    if len(left) > 1:
        return And(left)
    return left[0] if left else None


def _is_answered(part: Filter, candidates: Candidates) -> bool:
    match part:
        case Flag("open") | Not(Flag("completed")) | Comparison("completed_at", "=", None):
            return _are_completed(candidates) is False
        case Flag("completed") | Not(Flag("open")) | Comparison("completed_at", "!=", None):
            return _are_completed(candidates) is True
        case Comparison("due", "!=", None):
            return isinstance(candidates, ByDue)
        case Priority(operator, value) if isinstance(candidates, ByPriority):
            beside = ((one > value) - (one < value) for one in candidates.priorities)
            return all(sign in HOLDS[operator] for sign in beside)
    return isinstance(candidates, ByPosition) and _is_of_position(part, candidates)


def _are_completed(candidates: Candidates) -> bool | None:
    match candidates:
        case ByCompletion():
            return True
        case ByStatus() | ByDue() | ByPriority() | ByPosition():
            return False
    return None


def _is_of_position(part: Filter, position: ByPosition) -> bool:
    match part:
        case Not(Flag("subtask")):
            return True
        case Named("project", _, ids):
            return ids == (position.project_id,)
        case Named("section", str(), ids):
            return bool(position.section_ids) and {*position.section_ids} <= {*(ids or ())}
    return False


def _range(since: object, until: object) -> str:
    begins = "" if since is None else f" from {since}"
    return begins if until is None else f"{begins} before {until}"


def _alternatives(values: tuple[object, ...]) -> str:
    return " or ".join(str(value) for value in values)
