"""Tasks that come again: what completing, skipping and moving an occurrence makes of them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from errand.errors import InvalidInput, NotFound
from errand.ids import new_id
from errand.tasks.due import Due
from errand.tasks.model import Completion, Task
from errand.tasks.recurrence import COMPLETION, DUE, Recurrence

at = datetime.fromisoformat


def _ms(text: str) -> int:
    return int(at(text).replace(tzinfo=UTC).timestamp() * 1000)


def _task(rule: str, due: str | None, *, after: str = DUE, **fields: Any) -> Task:
    """Made on Wednesday, 2026-07-15."""
    content = {"title": "Water plants", "recurrence": Recurrence(rule, after), **fields}
    if due:
        content["due"] = Due.of(due)
    return Task.new(new_id(), content, now=_ms("2026-07-15T08:00"))


def _due(task: Task) -> str | None:
    return task.due.text if task.due else None


@pytest.mark.parametrize(
    ("rule", "due", "done", "following"),
    [
        ("FREQ=DAILY", "2026-07-15", "2026-07-15T20:00", "2026-07-16"),
        # What was missed is not made up for.
        ("FREQ=DAILY", "2026-07-12", "2026-07-15T20:00", "2026-07-16"),
        ("FREQ=DAILY", "2026-07-15T09:00", "2026-07-16T08:00", "2026-07-16T09:00"),
        # Done before it is due.
        ("FREQ=WEEKLY", "2026-07-20", "2026-07-15T20:00", "2026-07-27"),
        ("FREQ=MONTHLY", "2026-07-31", "2026-07-31T20:00", "2026-08-31"),
        ("FREQ=MONTHLY", "2026-08-31", "2026-08-31T20:00", "2026-09-30"),
        (
            "FREQ=DAILY",
            "2026-10-24T02:30@Europe/Berlin",
            "2026-10-24T12:00",
            "2026-10-25T02:30@Europe/Berlin",
        ),
    ],
)
def test_completed_it_is_due_when_its_rule_says(
    rule: str, due: str, done: str, following: str
) -> None:
    task = _task(rule, due).completed(now=_ms(done))
    assert (_due(task), task.is_completed) == (following, False)
    assert task.occurrence == task.due


@pytest.mark.parametrize(
    ("rule", "due", "done", "following"),
    [
        ("FREQ=DAILY;INTERVAL=3", "2026-07-10", "2026-07-15T20:00", "2026-07-18"),
        ("FREQ=WEEKLY", "2026-07-10", "2026-07-15T20:00", "2026-07-22"),
        ("FREQ=DAILY;INTERVAL=2", "2026-07-15T09:00", "2026-07-15T20:00", "2026-07-17T09:00"),
    ],
)
def test_it_may_be_counted_from_its_completion(
    rule: str, due: str, done: str, following: str
) -> None:
    task = _task(rule, due, after=COMPLETION).completed(now=_ms(done))
    assert _due(task) == following


@pytest.mark.parametrize("after", [DUE, COMPLETION])
def test_last_occurrence_completes_it_for_good(after: str) -> None:
    task = _task("FREQ=DAILY;COUNT=2", "2026-07-15", after=after)
    second = task.completed(now=_ms("2026-07-15T20:00"))
    assert (_due(second), second.is_completed) == ("2026-07-16", False)
    last = second.completed(now=_ms("2026-07-16T20:00"))
    assert last.is_completed
    assert last.reopened(now=_ms("2026-07-17T20:00")).due == second.due


def test_it_may_end_for_ever() -> None:
    task = _task("FREQ=DAILY", "2026-07-15").completed(now=_ms("2026-07-15T20:00"), for_ever=True)
    assert task.is_completed


def test_day_is_that_of_its_owner() -> None:
    task = _task("FREQ=DAILY", "2026-07-15")
    late = _ms("2026-07-15T23:00")
    assert _due(task.completed(now=late, here="UTC")) == "2026-07-16"
    assert _due(task.completed(now=late, here="Europe/Berlin")) == "2026-07-17"


def test_without_a_day_the_first_is_that_of_the_rule() -> None:
    assert _due(_task("FREQ=WEEKLY;BYDAY=MO", None)) == "2026-07-20"
    assert _due(_task("FREQ=DAILY", None)) == "2026-07-15"


def test_rule_is_shown_with_what_it_takes_from_the_day() -> None:
    recurrence = _task("FREQ=MONTHLY", "2026-07-31").recurrence
    assert recurrence == Recurrence("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1")


@pytest.mark.parametrize(
    "rule", ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;UNTIL=20200101"]
)
def test_rule_that_never_occurs_is_refused(rule: str) -> None:
    with pytest.raises(InvalidInput, match="no occurrence in the 10 years"):
        _task(rule, "2026-07-15")


def test_end_that_is_an_instant_is_told_by_the_clock_of_the_task() -> None:
    task = _task("FREQ=DAILY;UNTIL=20260715T233000Z", "2026-07-15T09:00@Europe/Berlin")
    assert task.recurrence
    assert task.recurrence.rule == "FREQ=DAILY;UNTIL=20260716T013000"


def test_present_occurrence_is_moved_by_its_due_and_the_rule_stays() -> None:
    task = _task("FREQ=WEEKLY", "2026-07-15")
    moved = task.changed({"due": Due.of("2026-07-17")}, now=_ms("2026-07-15T09:00"))
    assert moved.occurrence == Due.of("2026-07-15")
    assert _due(moved.completed(now=_ms("2026-07-17T09:00"))) == "2026-07-22"


def test_occurrence_to_come_is_moved_or_left_out() -> None:
    task = _task("FREQ=DAILY", "2026-07-15")
    now = _ms("2026-07-15T09:00")
    task = task.with_moved(Due.of("2026-07-16"), None, now=now)
    task = task.with_moved(Due.of("2026-07-17"), Due.of("2026-07-18T10:00"), now=now)
    series = task.series
    assert series
    assert [(one.text, due.text) for one, due in series.to_come(3)] == [
        ("2026-07-15", "2026-07-15"),
        ("2026-07-17", "2026-07-18T10:00"),
        ("2026-07-18", "2026-07-18"),
    ]
    second = task.completed(now=now)
    assert (_due(second), second.occurrence) == ("2026-07-18T10:00", Due.of("2026-07-17"))
    third = second.completed(now=_ms("2026-07-17T20:00"))
    assert (_due(third), third.moved_occurrences) == ("2026-07-18", ())


def test_present_occurrence_may_be_named_too() -> None:
    task, now = _task("FREQ=WEEKLY", "2026-07-15"), _ms("2026-07-15T09:00")
    present = Due.of("2026-07-15")
    moved = task.with_moved(present, Due.of("2026-07-17"), now=now)
    assert (_due(moved), moved.occurrence) == ("2026-07-17", present)
    assert _due(task.with_moved(present, None, now=now)) == "2026-07-22"


def test_occurrence_that_is_moved_back_is_as_any_other() -> None:
    task = _task("FREQ=DAILY", "2026-07-15")
    day, now = Due.of("2026-07-16"), _ms("2026-07-15T09:00")
    moved = task.with_moved(day, None, now=now).with_moved(day, day, now=now)
    assert moved.moved_occurrences == ()


@pytest.mark.parametrize("day", ["2026-07-08", "2026-07-14", "2026-07-21", "2026-07-22T09:00"])
def test_what_is_no_occurrence_to_come_cannot_be_moved(day: str) -> None:
    task = _task("FREQ=WEEKLY", "2026-07-15")
    with pytest.raises(NotFound, match="no such occurrence, or it is over"):
        task.with_moved(Due.of(day), None, now=_ms("2026-07-15T09:00"))


def test_50_occurrences_can_be_moved() -> None:
    task = _task("FREQ=DAILY", "2026-07-15")
    days = [date.fromordinal(date(2026, 7, 16).toordinal() + n) for n in range(51)]
    for day in days[:50]:
        task = task.with_moved(Due(day), None, now=_ms("2026-07-15T09:00"))
    with pytest.raises(InvalidInput, match="At most 50"):
        task.with_moved(Due(days[50]), None, now=_ms("2026-07-15T09:00"))


def test_skipping_is_no_completion() -> None:
    task = _task("FREQ=DAILY", "2026-07-15").skipped(now=_ms("2026-07-15T09:00"))
    assert (_due(task), task.is_completed) == ("2026-07-16", False)


def test_nothing_follows_what_does_not_recur_or_is_over() -> None:
    plain = Task.new(new_id(), {"title": "Water plants"}, now=1000)
    last = _task("FREQ=DAILY;COUNT=1", "2026-07-15")
    for task in (plain, last):
        with pytest.raises(NotFound, match="No other occurrence"):
            task.skipped(now=_ms("2026-07-15T09:00"))


@pytest.mark.parametrize(
    "changes", [{"recurrence": None}, {"due": None}, {"due_date": None}], ids=str
)
def test_recurrence_ends_with_its_rule_or_its_day(changes: dict[str, Any]) -> None:
    task = _task("FREQ=DAILY", "2026-07-15").changed(changes, now=_ms("2026-07-15T09:00"))
    assert (task.recurrence, task.occurrence, task.series) == (None, None, None)


def test_sent_as_it_was_read_it_stays_where_it_is() -> None:
    task = _task("FREQ=MONTHLY", "2026-07-31").completed(now=_ms("2026-07-31T09:00"))
    changes = {"recurrence": task.recurrence, "due": task.due, "due_date": task.due_date}
    again = task.changed(changes, now=_ms("2026-07-31T10:00"))
    assert (again.series, again.version) == (task.series, task.version + 1)


def test_undoing_a_completion_restores_exactly_what_was() -> None:
    task = _task("FREQ=DAILY;COUNT=5", "2026-07-15", after=COMPLETION, priority=1)
    moved = task.changed({"due": Due.of("2026-07-16")}, now=_ms("2026-07-15T09:00"))
    done = moved.completed(now=_ms("2026-07-17T09:00"))
    completion = Completion.of(moved, new_id(), at=_ms("2026-07-17T09:00"))
    renamed = done.changed({"title": "Water all plants"}, now=_ms("2026-07-17T10:00"))
    undone = renamed.as_before(completion, now=_ms("2026-07-17T11:00"))
    assert undone.series == moved.series
    assert (undone.title, undone.version) == ("Water all plants", renamed.version + 1)
