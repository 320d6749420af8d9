"""Which tasks a filter means, at noon of Thursday, 2026-11-26, in Berlin."""

from datetime import date
from typing import Any

import pytest
from tests.unit.filters.samples import (
    SampleNames,
    SampleTask,
    milliseconds,
    sample_context,
    sample_due,
)

from errand.filters.matching import matches
from errand.filters.names import resolve
from errand.filters.parser import parse


def means(text: str, *, zone: str | None = None, here: str = "Europe/Berlin", **has: Any) -> bool:
    """Of a filter and what a task has; `due` and `start` as text, of a zone or of none."""
    timed: dict[str, Any] = {
        name: sample_due(has.pop(name), zone) for name in ("due", "start") if name in has
    }
    task = SampleTask(**timed, **has)
    return matches(resolve(parse(text), SampleNames()), task, sample_context(zone=here))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("due = today", "26"),
        ("today", "26"),
        ("due != today", "25 27"),
        ("due < today", "25"),
        ("due <= today", "25 26"),
        ("due > today", "27"),
        ("due >= today", "26 27"),
        ("due < tomorrow", "25 26"),
        ("due = 2026-11-27", "27"),
        ("due = yesterday", "25"),
        ("due = 1 day", "27"),
        ("due = friday", "27"),
        ("due = thursday - 6 days", "27"),
        ("due = thursday - 1 week", "26"),
        ("due < now", "25"),
        ("due <= now", "25 26"),
        ("due > now", "27"),
        ("overdue", "25"),
        ("due != none", "25 26 27"),
    ],
)
def test_days_compare_as_on_the_calendar(text: str, days: str) -> None:
    assert [day for day in ("25", "26", "27") if means(text, due=f"2026-11-{day}")] == days.split()


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("due = today", "26T00:00 26T11:59 26T12:01 26T23:59"),
        ("due < tomorrow", "25T23:59 26T00:00 26T11:59 26T12:01 26T23:59"),
        ("due < today", "25T23:59"),
        ("due > today", "27T00:00"),
        ("overdue", "25T23:59 26T00:00 26T11:59"),
        ("due < now", "25T23:59 26T00:00 26T11:59"),
        ("due > now", "26T12:01 26T23:59 27T00:00"),
    ],
)
def test_times_are_within_their_day(text: str, times: str) -> None:
    all_times = ["25T23:59", "26T00:00", "26T11:59", "26T12:01", "26T23:59", "27T00:00"]
    assert [at for at in all_times if means(text, due=f"2026-11-{at}")] == times.split()


def test_times_of_other_zones_are_of_the_accounts_day() -> None:
    assert means("due = 2026-11-26", due="2026-11-27T07:59", zone="Asia/Tokyo")
    assert means("due = 2026-11-27", due="2026-11-27T08:00", zone="Asia/Tokyo")
    assert means("overdue", due="2026-11-26T19:59", zone="Asia/Tokyo")
    assert not means("overdue", due="2026-11-26T20:01", zone="Asia/Tokyo")


def test_the_accounts_zone_says_what_today_is() -> None:
    assert not means("today", due="2026-11-27", here="Europe/Berlin")
    assert means("today", due="2026-11-26", here="Pacific/Pago_Pago")
    assert means("due = yesterday", due="2026-11-25", here="Pacific/Kiritimati")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("due = this week", "2026-11-23", "2026-11-29"),
        ("due = next week", "2026-11-30", "2026-12-06"),
        ("due = last week", "2026-11-16", "2026-11-22"),
        ("due = this month", "2026-11-01", "2026-11-30"),
        ("due = next month", "2026-12-01", "2026-12-31"),
        ("due = last month", "2026-10-01", "2026-10-31"),
    ],
)
def test_weeks_and_months_are_all_their_days(text: str, first: str, last: str) -> None:
    def day(text: str, days: int) -> str:
        return date.fromordinal(date.fromisoformat(text).toordinal() + days).isoformat()

    assert means(text, due=first)
    assert means(text, due=last)
    assert not means(text, due=day(first, -1))
    assert not means(text, due=day(last, 1))
    assert means(text.replace("=", "<"), due=day(first, -1))
    assert not means(text.replace("=", "<"), due=first)
    assert means(text.replace("=", "<="), due=last)
    assert means(text.replace("=", ">"), due=day(last, 1))
    assert not means(text.replace("=", ">"), due=last)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-31 ", "2026-01-31"),
        ("today + 3 months", "2027-02-26"),
        ("monday", "2026-11-30"),
        ("wednesday", "2026-12-02"),
        ("thursday", "2026-12-03"),
        ("monday + 3 months", "2027-02-28"),
        ("tomorrow - 1 year", "2025-11-27"),
        ("100 years", "2126-11-26"),
    ],
)
def test_days_are_counted_on_the_calendar(text: str, day: str) -> None:
    assert means(f"due = {text}", due=day)


def test_what_has_no_date_is_neither_before_nor_behind() -> None:
    for operator in ("=", "<", "<=", ">", ">="):
        assert not means(f"due {operator} today")
    assert means("due != today")
    assert means("!(due < today)")
    assert means("due = none & deadline = none & start = none & completed_at = none")
    assert not means("overdue | today")


def test_other_dates_of_a_task() -> None:
    assert means("deadline <= friday", deadline=date(2026, 11, 27))
    assert means("start > now", start="2026-11-26T12:30")
    assert means("created = today", created_at=milliseconds("2026-11-25T23:00"))
    assert not means("created = today", created_at=milliseconds("2026-11-25T22:59"))
    assert means("updated < today", updated_at=milliseconds("2026-11-25T22:59"))
    assert means("completed_at = yesterday", completed_at=milliseconds("2026-11-25T22:59"))
    assert not means("overdue", due="2026-11-01", completed_at=milliseconds("2026-11-25T22:59"))


def test_the_ends_of_all_dates_can_be_asked_for() -> None:
    for here in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        assert means("due > today", due="9999-12-31T23:59", zone="Pacific/Pago_Pago", here=here)
        assert means("overdue", due="0001-01-01T00:00", zone="Pacific/Kiritimati", here=here)
        assert not means("due < 0001-01-01 | due > 9999-12-31", due="2026-11-26", here=here)


@pytest.mark.parametrize(
    ("text", "priorities"),
    [
        ("priority = 1", [1]),
        ("priority != 1", [2, 3, 4]),
        ("priority <= 2", [1, 2]),
        ("priority < 2", [1]),
        ("priority > 3", [4]),
        ("priority >= 3", [3, 4]),
    ],
)
def test_priorities_are_numbers(text: str, priorities: list[int]) -> None:
    assert [one for one in (1, 2, 3, 4) if means(text, priority=one)] == priorities


def test_where_a_task_is() -> None:
    assert means("#inbox")
    assert means("#home & !#work", project_id="p1")
    assert means("/todo", section_id="s1")
    assert means("/todo", section_id="s2")
    assert not means("/todo", section_id="s3")
    assert means("/none & @none")
    assert not means("/none", section_id="s1")
    assert means("@bank & @errands", label_ids=("l2", "l1"))
    assert not means("@bank | @none", label_ids=("l2",))


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("completed", {"completed_at": 1}),
        ("recurring", {"recurrence": "FREQ=DAILY"}),
        ("subtask", {"parent_id": "1"}),
        ("links", {"links": ("https://example.com",)}),
        ("duration", {"duration": 30}),
        ("description", {"description": "Two litres"}),
    ],
)
def test_flags_are_what_a_task_has(text: str, has: dict[str, Any]) -> None:
    assert means(text, **has)
    assert not means(text)
    assert means(f"!{text}")
    assert means("open", **has) == (text != "completed")


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("RENT", "Pay rent"),
        ("'", "Ada's tasks"),
        ("cafe", "Café"),
        ("Café", "cafe\u0301"),
        ("café", "cafe"),
        ("strasse", "Straße"),
        ("lodz", "Łódź"),
        ("smorrebrod", "Smørrebrød"),
        ("aebleskiver", "Æbleskiver"),
        ("dong", "Đồng"),
        ("oeuvre", "œuvre"),
        ("thorir", "Þórir"),
        ("שלום", "שָׁלוֹם"),
        ("كتاب", "كِتَابٌ"),
        ("pay  rent", "pay\u00a0rent"),
        ("елка", "Ёлка"),
        ("买菜", "去买菜吧"),
        ("ﬁle", "a file"),
        ("１２", "route 12"),  # noqa: RUF001 - full width
        ('"', 'a "b"'),
    ],
)
def test_case_and_accents_make_no_difference(typed: str, title: str) -> None:
    escaped = typed.replace('"', '\\"')
    assert means(f'text ~ "{escaped}"', title=title)


@pytest.mark.parametrize(("typed", "title"), [("가", "각"), ("か", "がく"), ("rents", "rent")])
def test_other_letters_are_others(typed: str, title: str) -> None:
    assert not means(f'text ~ "{typed}"', title=title)


def test_text_is_title_or_description() -> None:
    has = {"title": "Pay", "description": "the\nrent"}
    assert means('text ~ pay & text ~ "the rent" & title ~ pay & description ~ rent', **has)
    assert not means("title ~ rent | description ~ pay", **has)
    assert not means("description ~ rent", title="rent")


def test_names_without_ids_are_a_mistake_of_the_program() -> None:
    with pytest.raises(LookupError, match="#home"):
        matches(parse("#home"), SampleTask(), sample_context())
