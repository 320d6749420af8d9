"""When something is due, and what `due_date` has to do with it."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from errand.errors import InvalidInput
from errand.ids import new_id
from errand.tasks.due import Due
from errand.tasks.model import Task

at = datetime.fromisoformat
DAY = Due(date(2026, 12, 24))
FLOATING = Due(at("2026-12-24T09:00"))
ZONED = Due(at("2026-12-24T09:00:30"), "Europe/Berlin")
ID = new_id()


def _task(**fields: Any) -> Task:
    return Task.new(ID, {"title": "Buy milk", **fields}, now=1000)


@pytest.mark.parametrize(
    ("due", "text", "shown"),
    [
        (DAY, "2026-12-24", {"type": "date", "date": "2026-12-24"}),
        (FLOATING, "2026-12-24T09:00", {"type": "floating", "at": "2026-12-24T09:00:00"}),
        (
            ZONED,
            "2026-12-24T09:00:30@Europe/Berlin",
            {"type": "zoned", "at": "2026-12-24T09:00:30", "zone": "Europe/Berlin"},
        ),
    ],
)
def test_due_is_kept_as_a_text_and_shown_as_one_of_three(
    due: Due, text: str, shown: dict[str, str]
) -> None:
    assert due.text == text
    assert Due.of(text) == due
    assert due.shown() == shown


@pytest.mark.parametrize(
    ("due", "now", "is_before"),
    [
        (DAY, "2026-12-24T23:59+01:00", False),
        (DAY, "2026-12-25T00:00+01:00", True),
        (FLOATING, "2026-12-24T09:00+01:00", False),
        (FLOATING, "2026-12-24T09:01+01:00", True),
        (ZONED, "2026-12-24T08:00:30+00:00", False),
        (ZONED, "2026-12-24T08:00:31+00:00", True),
    ],
)
def test_overdue_is_what_is_over_on_the_clock_of_its_owner(
    due: Due, now: str, *, is_before: bool
) -> None:
    assert due.is_before(at(now), ZoneInfo("Europe/Berlin")) is is_before


def test_place_decides_when_a_zoned_time_is() -> None:
    assert ZONED.moment("Asia/Tokyo") == datetime(2026, 12, 24, 8, 0, 30, tzinfo=UTC)
    assert FLOATING.moment("Asia/Tokyo") == datetime(2026, 12, 24, 0, 0, tzinfo=UTC)
    assert DAY.moment("Asia/Tokyo") is None


@pytest.mark.parametrize(
    ("due", "day"),
    [
        ("2026-12-24", "2026-12-24"),
        ("2026-12-24T23:30", "2026-12-24"),
        ("2026-12-24T23:30@America/New_York", "2026-12-25"),
        ("9999-12-31T23:30@America/New_York", "9999-12-31"),
        ("0001-01-01T00:30@Asia/Tokyo", "0001-01-01"),
    ],
)
def test_day_elsewhere_is_that_of_the_calendar_there(due: str, day: str) -> None:
    assert Due.of(due).day_in(ZoneInfo("Europe/Berlin")) == date.fromisoformat(day)
    assert Due.of(due).is_before(at("2026-07-15T09:00+02:00"), ZoneInfo("Europe/Berlin")) is (
        due < "2026-07-15"
    )


def test_day_of_due_is_its_short_form() -> None:
    for due in (DAY, FLOATING, ZONED):
        assert _task(due=due).due_date == date(2026, 12, 24)
    assert _task(due_date=date(2026, 12, 24)).due == DAY
    assert _task().due_date is None


def test_both_may_be_sent_if_they_are_the_same_day() -> None:
    assert _task(due=ZONED, due_date=ZONED.day).due == ZONED
    with pytest.raises(InvalidInput, match="different days"):
        _task(due=ZONED, due_date=date(2027, 1, 1))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"due_date": date(2027, 1, 1)}, Due(date(2027, 1, 1))),
        ({"due_date": date(2026, 12, 24)}, ZONED),
        ({"due_date": None}, None),
        ({"due": DAY}, DAY),
        ({"due": None}, None),
        # As read, but for one of them.
        ({"due": ZONED, "due_date": date(2027, 1, 1)}, Due(date(2027, 1, 1))),
        ({"due": ZONED, "due_date": None}, None),
        ({"due": None, "due_date": date(2026, 12, 24)}, None),
        ({"due": FLOATING, "due_date": date(2026, 12, 24)}, FLOATING),
        ({"due": Due(date(2027, 1, 1)), "due_date": date(2026, 12, 24)}, Due(date(2027, 1, 1))),
    ],
    ids=str,
)
def test_the_one_that_is_new_counts(changes: dict[str, Any], expected: Due | None) -> None:
    assert _task(due=ZONED).changed(changes, now=2000).due == expected


def test_two_new_days_are_refused() -> None:
    changes = {"due": Due(date(2027, 1, 1)), "due_date": date(2027, 1, 2)}
    with pytest.raises(InvalidInput, match="different days"):
        _task(due=ZONED).changed(changes, now=2000)


def test_views_have_open_tasks_by_due_and_completed_ones_by_completion() -> None:
    task = _task(due=FLOATING)
    assert task.due_key == f"d2026-12-24T09:00#{ID}"
    assert task.completed(now=1_795_336_200_000).due_key == f"c001795336200000{ID}"
    assert _task().due_key is None


def test_only_open_tasks_with_a_priority_of_their_own_are_in_its_view() -> None:
    assert _task(priority=1).priority_key == f"1{ID}"
    assert _task(priority=1).completed(now=2000).priority_key is None
    assert _task().priority_key is None
