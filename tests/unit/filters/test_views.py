"""Plans against a model of the ordered views' keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.filters.samples import (
    NOW,
    ZONES,
    SampleNames,
    SampleTask,
    milliseconds,
    sample_context,
    sample_due,
    some_tasks,
)
from tests.unit.filters.shapes import conjunctions, tries

from errand.filters.grammar import Filter
from errand.filters.matching import matcher, matches
from errand.filters.names import resolve
from errand.filters.parser import parse
from errand.filters.plan import (
    ByCompletion,
    ByDue,
    ByPosition,
    ByPriority,
    ByStatus,
    Candidates,
    Everything,
    plan,
)

TASKS = some_tasks(1000)


def keys(task: SampleTask) -> dict[str, str]:
    if task.completed_at is not None:
        return {
            "by_status": f"c{task.id}",
            "by_due": f"c{task.completed_at:015}{task.id}",
        }
    found = {"by_status": f"o{task.id}"}
    if task.due:
        found["by_due"] = f"d{task.due.text}{task.id}"
    if task.priority < 4:
        found["by_priority"] = f"{task.priority}{task.id}"
    if task.parent_id is None:
        found["by_position"] = f"{task.project_id}#{task.section_id or ''}#{task.id}"
    return found


def is_read(candidates: Candidates, task: SampleTask) -> bool:
    if isinstance(candidates, Everything):
        return True
    view, ranges = key_ranges(candidates)
    key = keys(task).get(view)
    return key is not None and any(first <= key < last for first, last in ranges)


def key_ranges(candidates: Candidates) -> tuple[str, list[tuple[str, str]]]:
    """Of a view: from one key and before another."""
    match candidates:
        case ByDue(since, until):
            return "by_due", [(f"d{since or ''}", f"d{until or '~'}")]
        case ByCompletion(since, until):
            last = "~" if until is None else f"{max(until, 0):015}"
            return "by_due", [(f"c{max(since or 0, 0):015}", f"c{last}")]
        case ByPriority(priorities):
            return "by_priority", [begun(str(one)) for one in priorities]
        case ByPosition(project_id, section_ids):
            sections = [f"{one}#" for one in section_ids] or [""]
            return "by_position", [begun(f"{project_id}#{one}") for one in sections]
        case ByStatus():
            return "by_status", [begun("o")]
    return "", []


def begun(prefix: str) -> tuple[str, str]:
    return prefix, f"{prefix}~"


@pytest.mark.parametrize(
    ("text", "zone", "task"),
    [
        pytest.param(
            "open & due = 2010-11-06",
            "Pacific/Pago_Pago",
            SampleTask(due=sample_due("2010-11-08T00:30", "Pacific/Kiritimati")),
            id="due two days later on a clock 25 hours ahead",
        ),
        pytest.param(
            "open & due = 2010-11-08",
            "Pacific/Kiritimati",
            SampleTask(due=sample_due("2010-11-06T23:30", "Pacific/Pago_Pago")),
            id="due two days before on a clock 25 hours behind",
        ),
        pytest.param(
            "completed_at = 2010-11-06",
            "America/St_Johns",
            SampleTask(completed_at=milliseconds("2010-11-07T03:00")),
            id="completed when the next day had begun once already",
        ),
        pytest.param(
            "completed_at < now",
            "Europe/Berlin",
            SampleTask(completed_at=milliseconds("2010-11-07T02:30")),
            id="completed today",
        ),
        pytest.param(
            "open & #home & (!subtask | links)",
            "Europe/Berlin",
            SampleTask(project_id="p1", parent_id="1", links=("https://example.com",)),
            id="a subtask where they are meant, too",
        ),
    ],
)
def test_what_lies_at_the_edge_is_read(text: str, zone: str, task: SampleTask) -> None:
    context, found = sample_context(NOW, zone), resolve(parse(text), SampleNames())
    assert matches(found, task, context)
    assert is_read(plan(found, context).candidates, task)


@given(conjunctions, st.sampled_from(ZONES), st.integers(0, 900))
@tries
def test_a_plan_loses_no_task_and_adds_none(found: Filter, zone: str, first: int) -> None:
    context, resolved = sample_context(NOW, zone), resolve(found, SampleNames())
    planned = plan(resolved, context)
    is_meant = matcher(resolved, context)
    is_left = matcher(planned.residual, context) if planned.residual else lambda _: True
    for task in TASKS[first : first + 100]:
        assert (is_read(planned.candidates, task) and is_left(task)) == is_meant(task)
