"""What a filter reads has all that it means, and no more than it has to."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errand.errors import InvalidInput
from errand.ids import new_id
from errand.labels.model import Label, LabelSet
from errand.projects.model import Project
from errand.sections.model import Section
from errand.storage.kinds import TASK
from errand.tasks.due import Due
from errand.tasks.filtering import Known, by_filter, kinds_named, parsed
from errand.tasks.lists import TaskRange
from errand.tasks.model import Task
from errand_testkit.depth import times

HERE = "Europe/Berlin"
NOW = datetime(2026, 7, 15, 8, 0, tzinfo=UTC)
MS = int(NOW.timestamp() * 1000)
HOME = Project.new("0" * 26, {"name": "Home"}, now=1)

KNOWN = Known(
    projects=[HOME],
    sections=[Section.new("1" * 26, HOME.id, {"name": "Later"}, now=1)],
    labels=LabelSet.empty().with_new(Label.new("2" * 26, {"name": "Bank"}, now=1)),
)


def _keys(text: str) -> TaskRange:
    return by_filter(parsed(text), KNOWN, now=MS, here=HERE, ascending=False)


def _key(task: Task, index: str | None) -> str | None:
    """In that view, if it is in it."""
    return {
        None: TASK.prefix + task.id,
        "by_status": task.status_key,
        "by_due": task.due_key,
        "by_position": task.position_key,
        "by_priority": task.priority_key,
    }[index]


def _is_read(task: Task, keys: TaskRange) -> bool:
    key = _key(task, keys.index.name)
    if key is None:
        return False
    if keys.between:
        return keys.between[0] <= key <= keys.between[1]
    return key.startswith(keys.prefix)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("today", "by_due"),
        ("due < tomorrow & priority <= 2", "by_due"),
        ("priority = 4", "by_status"),
        ("#home", None),
        ("#home & open", "by_position"),
        ("#home & !completed & due < tomorrow", "by_position"),
        ("completed_at >= -1 week", "by_due"),
        ("completed", "by_due"),
        ("open | completed", None),
        ('text ~ "rent"', None),
        ('text ~ "rent" & open', "by_status"),
    ],
)
def test_view_that_is_read(text: str, index: str | None) -> None:
    if text in {"today", "due < tomorrow & priority <= 2", "priority = 4"}:
        # Completed ones are meant, too, unless it says otherwise.
        text = f"({text}) & open"
    assert _keys(text).index.name == index


def test_projects_are_asked_for_only_where_they_are_named() -> None:
    assert [kinds_named(parsed(text)) for text in ("#home | today", "#inbox", "today")] == [
        {"project"},
        set(),
        set(),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#hoem", r"filter: at 0: there is no project #hoem; did you mean #Home\?"),
        ("@bnak", r"filter: at 0: there is no label @bnak; did you mean @Bank\?"),
        ("open & /latre", r"filter: at 7: there is no section /latre; did you mean /Later\?"),
        ("due <", "filter: at 5: expected"),
    ],
)
def test_what_is_not_known_is_told(text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        _keys(text)


# ------------------------------------------------------------------------------------- the oracle

_DUES = st.none() | st.builds(
    Due,
    st.dates(date(2026, 7, 1), date(2026, 8, 1))
    | st.datetimes(datetime(2026, 7, 13), datetime(2026, 7, 18)),  # noqa: DTZ001 - local times
)
_ZONED = st.builds(
    Due,
    st.datetimes(datetime(2026, 7, 13), datetime(2026, 7, 18)),  # noqa: DTZ001
    st.sampled_from(["Pacific/Kiritimati", "Pacific/Pago_Pago", HERE]),
)
_TASKS = st.builds(
    lambda due, priority, project, done, title: replace(
        Task.new(
            new_id(),
            {"title": title, "priority": priority, "project_id": project}
            | ({"due": due} if due else {}),
            now=MS - 1000,
        ),
        completed_at=done,
    ),
    _DUES | _ZONED,
    st.integers(1, 4),
    st.sampled_from(["inbox", HOME.id]),
    st.none() | st.integers(MS - 10 * 86_400_000, MS),
    st.sampled_from(["Pay rent", "Büy milk"]),
)


@dataclass(frozen=True)
class Leaf:
    """A condition, and what it says in another way."""

    text: str
    holds: Any


def _day(task: Task) -> date | None:
    if task.due is None:
        return None
    moment = task.due.moment(HERE)
    return moment.astimezone(ZoneInfo(HERE)).date() if moment else task.due.day


_TODAY = date(2026, 7, 15)
_LEAVES = [
    Leaf("today", lambda task: _day(task) == _TODAY),
    Leaf("due < tomorrow", lambda task: (day := _day(task)) is not None and day <= _TODAY),
    Leaf("due = none", lambda task: task.due is None),
    Leaf(
        "due >= 3 days",
        lambda task: (day := _day(task)) is not None and day >= _TODAY + timedelta(days=3),
    ),
    Leaf("priority <= 2", lambda task: task.priority <= 2),
    Leaf("priority != 3", lambda task: task.priority != 3),
    Leaf("#home", lambda task: task.project_id == HOME.id),
    Leaf("#inbox", lambda task: task.project_id == "inbox"),
    Leaf("completed", lambda task: task.completed_at is not None),
    Leaf("open", lambda task: task.completed_at is None),
    Leaf('text ~ "BUY"', lambda task: task.title == "Büy milk"),
]
_FILTERS = st.recursive(
    st.sampled_from(_LEAVES),
    lambda inner: (
        inner.map(lambda one: Leaf(f"!({one.text})", lambda task: not one.holds(task)))
        | st.tuples(inner, inner).map(
            lambda two: Leaf(
                f"({two[0].text}) & ({two[1].text})",
                lambda task: two[0].holds(task) and two[1].holds(task),
            )
        )
        | st.tuples(inner, inner).map(
            lambda two: Leaf(
                f"({two[0].text}) | ({two[1].text})",
                lambda task: two[0].holds(task) or two[1].holds(task),
            )
        )
    ),
    max_leaves=5,
)


@settings(max_examples=times(15, deep=300), deadline=None)
@given(condition=_FILTERS, tasks=st.lists(_TASKS, min_size=1, max_size=6))
def test_list_has_what_is_meant_and_nothing_else(condition: Leaf, tasks: list[Task]) -> None:
    keys = _keys(condition.text)
    for task in tasks:
        is_on_it = _is_read(task, keys) and keys.keeps(task)
        assert is_on_it == condition.holds(task), (condition.text, keys, task)
