"""Which view is read for a filter, at noon of Thursday, 2026-11-26, in Berlin."""

from datetime import UTC, date, datetime

import pytest
from tests.unit.filters.samples import SampleNames, sample_context

from errand.filters.dates import begin
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
    Nothing,
    Plan,
    plan,
)

OPEN, COMPLETED = ByStatus(), ByCompletion(None, None)


def planned(text: str) -> Plan:
    return plan(resolve(parse(text), SampleNames()), sample_context())


def november(first: int | None, until: int | None) -> ByDue:
    days = [date(2026, 11, day) if day else None for day in (first, until)]
    return ByDue(days[0], days[1])


@pytest.mark.parametrize(
    ("text", "candidates", "residual"),
    [
        ("open", OPEN, None),
        ("!completed", OPEN, None),
        ("completed", COMPLETED, None),
        ("!open", COMPLETED, None),
        ("links", Everything(), "links"),
        ("due = today", Everything(), "due = today"),
        ("open & text ~ rent", OPEN, 'text ~ "rent"'),
        ("open | due = today", Everything(), "open | due = today"),
        ("open & due = today", november(24, 29), "due = today"),
        ("open & due < tomorrow", november(None, 29), "due < tomorrow"),
        ("open & due <= now", november(None, 29), "due <= now"),
        ("open & due > today", november(25, None), "due > today"),
        ("open & due != none", november(None, None), None),
        ("overdue", november(None, 29), "overdue"),
        ("(today | overdue) & open", november(None, 29), "today | overdue"),
        (
            "(due = yesterday | due = tomorrow) & open",
            november(23, 30),
            "due = yesterday | due = tomorrow",
        ),
        ("open & priority = 1", ByPriority((1,)), None),
        ("open & priority <= 3", ByPriority((1, 2, 3)), None),
        ("open & !(priority >= 3)", ByPriority((1, 2)), "!priority >= 3"),
        ("open & (priority = 1 | priority = 3)", ByPriority((1, 3)), "priority = 1 | priority = 3"),
        ("open & priority >= 3", OPEN, "priority >= 3"),
        ("open & priority = 4", OPEN, "priority = 4"),
        ("open & #home", OPEN, "#home"),
        ("open & !subtask & #home", ByPosition("p1"), None),
        ("open & !subtask & #inbox", ByPosition("inbox"), None),
        ("open & !subtask & #home & /done", ByPosition("p1", ("s3",)), None),
        ("open & !subtask & #home & /todo & links", ByPosition("p1", ("s1", "s2")), "links"),
        ("open & !subtask & (#home | #work)", OPEN, "!subtask & (#home | #work)"),
        ("open & !subtask & !#home", OPEN, "!subtask & !#home"),
        ("completed_at = none", OPEN, None),
        ("completed_at != none", COMPLETED, None),
        ("open & completed", Nothing(), None),
        ("#home & #work", Nothing(), None),
        ("/todo & /done", Nothing(), None),
        ("priority = 1 & priority > 1", Nothing(), None),
        ("today & due > today", Nothing(), None),
        ("open & due < 0001-01-01", Nothing(), None),
        ("open & completed | overdue", november(None, 29), "open & completed | overdue"),
    ],
)
def test_the_view_with_least_to_read(
    text: str, candidates: Candidates, residual: str | None
) -> None:
    found = planned(text)
    assert found.candidates == candidates
    assert (found.residual and str(found.residual)) == residual


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("open & due = today & priority = 1", ByDue),
        ("open & due <= 90 days & priority = 1", ByPriority),
        ("open & due < 9999-01-01 & priority <= 2", ByPriority),
        ("open & due = this month & priority <= 3", ByDue),
        ("open & priority = 1 & !subtask & #home", ByPosition),
        ("open & today & !subtask & #home", ByDue),
    ],
)
def test_of_several_views_the_smallest_is_read(text: str, view: type) -> None:
    assert isinstance(planned(text).candidates, view)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("completed_at = yesterday", "2026-11-24T23:00", "2026-11-25T23:00"),
        ("completed_at >= 2026-07-01", "2026-06-30T22:00", None),
        ("completed_at < today & completed", None, "2026-11-25T23:00"),
        ("completed_at > now", "2026-11-25T23:00", None),
    ],
)
def test_completed_tasks_of_a_time_are_a_range(
    text: str, since: str | None, until: str | None
) -> None:
    moments = [
        at and int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() * 1000)
        for at in (since, until)
    ]
    candidates = planned(text).candidates
    assert isinstance(candidates, ByCompletion)
    assert [candidates.since, candidates.until] == moments


def test_a_day_that_begins_twice_is_read_whole() -> None:
    # One minute after midnight, clocks were set back by an hour.
    zone = sample_context(zone="America/St_Johns").zone
    first, last = begin(date(2010, 11, 7), zone)
    assert last - first == 3_600_000


def test_a_day_without_a_midnight_begins_behind_it() -> None:
    zone = sample_context(zone="America/Sao_Paulo").zone
    moment = datetime(2018, 11, 4, 3, tzinfo=UTC).timestamp() * 1000
    assert max(begin(date(2018, 11, 4), zone)) == moment


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "open & due = today & links",
            (
                "by_due, open tasks due from 2026-11-24 before 2026-11-29: it asks when they are"
                " due (two days more for other zones); each is looked at for due = today & links"
            ),
        ),
        (
            "open & priority <= 2",
            "by_priority, open tasks of priority 1 or 2: it asks for priorities",
        ),
        (
            "open & !subtask & #home & /todo",
            "by_position, open tasks of project p1, section s1 or s2: it asks for one project",
        ),
        (
            "completed",
            "by_due, tasks and occurrences completed: it asks for completed tasks",
        ),
        (
            "completed_at < 1970-01-02",
            (
                "by_due, tasks and occurrences completed before 82800000: it asks for completed"
                " tasks; each is looked at for completed_at < 1970-01-02"
            ),
        ),
        (
            "links",
            (
                "all tasks: no view but this has both open and completed tasks;"
                " each is looked at for links"
            ),
        ),
        ("open & completed", "nothing: no task can be all of this at once"),
    ],
)
def test_the_reason_is_told_in_words(text: str, reason: str) -> None:
    assert planned(text).reason == reason
