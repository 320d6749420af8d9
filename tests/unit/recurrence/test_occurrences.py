"""When rules have something occur: RFC 5545's examples, and dateutil as the oracle."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from errand.recurrence import occurrences as module
from errand.recurrence.occurrences import check_occurs, first_after, occurrences, preview
from errand.recurrence.rule import WEEKDAYS, InvalidRule, Rule
from errand_testkit.depth import times

# Local times have no zone.
at = datetime.fromisoformat
START = at("1997-09-02T09:00")
# Section 3.8.5.3, at its start of Tuesday, 2 September 1997, 9:00, unless another is named.
EXAMPLES: list[tuple[str, date, list[str]]] = [
    ("FREQ=DAILY;COUNT=3", START, ["1997-09-02", "1997-09-03", "1997-09-04"]),
    ("FREQ=DAILY;INTERVAL=10;COUNT=3", START, ["1997-09-02", "1997-09-12", "1997-09-22"]),
    (
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,TH;COUNT=5",
        START,
        ["1997-09-02", "1997-09-04", "1997-09-16", "1997-09-18", "1997-09-30"],
    ),
    (
        "FREQ=MONTHLY;COUNT=4;BYDAY=1FR",
        at("1997-09-05T09:00"),
        ["1997-09-05", "1997-10-03", "1997-11-07", "1997-12-05"],
    ),
    (
        "FREQ=MONTHLY;INTERVAL=2;COUNT=4;BYDAY=1SU,-1SU",
        at("1997-09-07T09:00"),
        ["1997-09-07", "1997-09-28", "1997-11-02", "1997-11-30"],
    ),
    ("FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=2", START, ["1997-09-28", "1997-10-29"]),
    (
        "FREQ=YEARLY;COUNT=4;BYMONTH=6,7",
        at("1997-06-10T09:00"),
        ["1997-06-10", "1997-07-10", "1998-06-10", "1998-07-10"],
    ),
    ("FREQ=YEARLY;BYDAY=20MO;COUNT=2", at("1997-05-19T09:00"), ["1997-05-19", "1998-05-18"]),
    (
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=3",
        at("1997-03-13T09:00"),
        ["1997-03-13", "1997-03-20", "1997-03-27"],
    ),
    ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=2", START, ["1998-02-13", "1998-03-13"]),
    (
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3",
        at("1996-11-05T09:00"),
        ["1996-11-05", "2000-11-07", "2004-11-02"],
    ),
    (
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=2",
        at("1997-09-29T09:00"),
        ["1997-09-29", "1997-10-30"],
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        at("1997-08-05T09:00"),
        ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"],
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        at("1997-08-05T09:00"),
        ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"],
    ),
    # Ours: the last day of shorter months.
    (
        "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3",
        date(2026, 1, 31),
        ["2026-01-31", "2026-02-28", "2026-03-31"],
    ),
    ("FREQ=MONTHLY;COUNT=3", date(2026, 1, 30), ["2026-01-30", "2026-02-28", "2026-03-30"]),
    ("FREQ=YEARLY;COUNT=3", date(2024, 2, 29), ["2024-02-29", "2025-02-28", "2026-02-28"]),
]


@pytest.mark.parametrize(("text", "start", "days"), EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_examples_occur_when_they_should(text: str, start: date, days: list[str]) -> None:
    found = [*islice(occurrences(Rule.parse(text), start), len(days) + 1)]
    assert [f"{at:%Y-%m-%d}" for at in found] == days
    if isinstance(start, datetime):
        assert all(one.time() == start.time() for one in found)


@pytest.mark.parametrize("until", ["20260103", "20260103T090000", "20260103T235959"])
def test_end_is_included(until: str) -> None:
    rule = Rule.parse(f"FREQ=DAILY;UNTIL={until}")
    assert len([*occurrences(rule, at("2026-01-01T09:00"))]) == 3
    assert len([*occurrences(rule, date(2026, 1, 1))]) == 3


def test_end_at_a_time_leaves_out_what_is_later_on_that_day() -> None:
    rule = Rule.parse("FREQ=DAILY;UNTIL=20260103T085959")
    assert len([*occurrences(rule, at("2026-01-01T09:00"))]) == 2


def test_start_is_an_occurrence_only_if_the_rule_says_so() -> None:
    monday = Rule.parse("FREQ=WEEKLY;BYDAY=MO")
    assert next(occurrences(monday, date(2026, 7, 15))) == date(2026, 7, 20)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30,31",
        "FREQ=MONTHLY;BYMONTHDAY=1,2;BYSETPOS=3",
        "FREQ=YEARLY;BYMONTH=2;BYDAY=5SU;BYMONTHDAY=28",
        "FREQ=DAILY;UNTIL=20200101",
    ],
)
def test_rule_that_never_occurs_is_refused(text: str) -> None:
    with pytest.raises(InvalidRule, match="no occurrence in the 10 years from 2026-01-01 on"):
        check_occurs(Rule.parse(text), date(2026, 1, 1))


def test_what_is_behind_a_gap_of_ten_years_is_not_waited_for() -> None:
    rule = Rule.parse("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SA")
    assert [*occurrences(rule, date(2020, 2, 29))] == [date(2020, 2, 29)]


@pytest.mark.parametrize(
    ("text", "year"),
    [("YEARLY;INTERVAL=11", 2037), ("MONTHLY;INTERVAL=240", 2046), ("WEEKLY;INTERVAL=999", 2045)],
)
def test_interval_may_be_longer_than_ten_years(text: str, year: int) -> None:
    start = date(2026, 1, 1)
    found = first_after(Rule.parse(f"FREQ={text}"), start, start)
    assert found is not None
    assert found.year == year


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=MO",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=DAILY;INTERVAL=9;COUNT=999",
    ],
)
def test_age_of_a_rule_costs_nothing(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    looked_at: list[date] = []

    def noting(rule: Rule, days: list[date]) -> list[date]:
        looked_at.extend(days)
        return chosen(rule, days)

    chosen = module._chosen
    monkeypatch.setattr(module, "_chosen", noting)
    assert first_after(Rule.parse(text), date(2016, 1, 31), date(2026, 7, 15))
    assert len(looked_at) < 10


@pytest.mark.parametrize(
    ("text", "a_year"),
    [
        ("DAILY;BYMONTH=1;BYMONTHDAY=1", 31 + 11),
        ("MONTHLY;BYMONTHDAY=31;BYDAY=MO", 7),
        ("YEARLY;BYMONTH=2;BYMONTHDAY=28", 1),
        ("YEARLY;BYMONTHDAY=-1", 12),
    ],
)
def test_few_days_of_a_year_are_looked_at_where_all_are_counted(
    monkeypatch: pytest.MonkeyPatch, text: str, a_year: int
) -> None:
    """Or a rule of the year 1000 would keep a server busy."""
    looked_at = 0

    def noting(is_it: Callable[..., bool]) -> Callable[..., bool]:
        def note(*arguments: object) -> bool:
            nonlocal looked_at
            looked_at += 1
            return is_it(*arguments)

        return note

    for name in ("_is_in", "_is_day"):
        monkeypatch.setattr(module, name, noting(getattr(module, name)))
    rule = Rule.parse(f"FREQ={text};COUNT=999")
    first_after(rule, date(1900, 1, 1), date(1999, 12, 31))
    assert looked_at <= 101 * a_year


def test_last_days_there_are_end_it() -> None:
    for text in ("FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY"):
        found = [*occurrences(Rule.parse(text), date(9999, 1, 1))]
        assert found[0] == date(9999, 1, 1)
        assert found[-1].year == 9999
    assert (
        first_after(Rule.parse("FREQ=DAILY;COUNT=999"), date(9999, 12, 30), date(9999, 12, 31))
        is None
    )


def test_preview_has_so_many() -> None:
    rule = Rule.parse("FREQ=DAILY")
    assert preview(rule, date(2026, 1, 1), after=date(2026, 1, 3), limit=2) == [
        date(2026, 1, 4),
        date(2026, 1, 5),
    ]


# ------------------------------------------------------------------------------------- the oracle

_DAYS = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True)
_MONTHS = st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True)
_MONTH_DAYS = st.lists(st.integers(-31, 31).filter(bool), min_size=2, max_size=4, unique=True)
_POSITIONS = st.lists(st.integers(-4, 4).filter(bool), min_size=1, max_size=2, unique=True)


def _joined(values: list[Any]) -> str:
    return ",".join(map(str, values))


@st.composite
def rules(draw: Any) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 12 if frequency != 'YEARLY' else 3))}")
    by = []
    if draw(st.booleans()):
        by.append(f"BYMONTH={_joined(draw(_MONTHS))}")
    if draw(st.booleans()) and frequency != "WEEKLY":
        by.append(f"BYMONTHDAY={_joined(draw(_MONTH_DAYS))}")
    if draw(st.booleans()):
        days = draw(_DAYS)
        if frequency in {"MONTHLY", "YEARLY"} and draw(st.booleans()):
            ordinals = st.integers(-5, 5).filter(bool)
            days = [f"{draw(ordinals)}{day}" for day in days]
        by.append(f"BYDAY={_joined(days)}")
    if by and draw(st.booleans()):
        by.append(f"BYSETPOS={_joined(draw(_POSITIONS))}")
    parts += by
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(WEEKDAYS))}")
    end = draw(st.sampled_from(["", "COUNT", "UNTIL"]))
    if end == "COUNT":
        parts.append(f"COUNT={draw(st.integers(1, 60))}")
    elif end == "UNTIL":
        until = draw(st.dates(date(2025, 1, 1), date(2035, 1, 1)))
        parts.append(f"UNTIL={until:%Y%m%d}T235959")
    return ";".join(parts)


_STARTS = st.datetimes(at("2016-01-01T00:00"), at("2026-01-01T00:00")).map(
    lambda one: one.replace(microsecond=0)
)


@settings(max_examples=times(3, deep=60), deadline=None)
@given(text=rules(), start=_STARTS, days=st.integers(0, 800))
def test_occurrences_are_those_of_dateutil(text: str, start: datetime, days: int) -> None:
    # Days that end no month alike are clamped, which dateutil does not.
    if start.day > 28:
        start = start.replace(day=28)
    if "WEEKLY" in text and "SETPOS" in text:
        # In the first week dateutil chooses from what is left of it, RFC 5545 from all of it: from
        # the first day of a week on they agree.
        start -= timedelta(days=(start.weekday() - Rule.parse(text).week_start) % 7)
    after = start + timedelta(days=days)
    horizon = after + timedelta(days=500)
    count = re.search("COUNT=([0-9]+)", text)
    # To the day that is compared, and not to the year 9999, which takes dateutil minutes.
    until = re.search("UNTIL=([0-9T]+)", text)
    last = min(at(until[1]), horizon) if until else horizon
    plain = re.sub(";(COUNT|UNTIL)=[0-9T]+", "", text)
    oracle = rrulestr(f"{plain};UNTIL={last:%Y%m%dT%H%M%S}", dtstart=start)
    everything = islice(oracle, int(count[1]) if count else None)
    expected = [one for one in everything if after < one <= horizon][:30]
    found = islice(occurrences(Rule.parse(text), start, after=after), 30)
    assert [one for one in found if one <= horizon] == expected
