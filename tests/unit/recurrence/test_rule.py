"""What a rule may be, and its one form."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errand.recurrence.rule import InvalidRule, Rule

SHORTER = "FREQ=MONTHLY;BYMONTHDAY="
NEVER = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("FREQ=DAILY", "FREQ=DAILY"),
        ("RRULE:freq=weekly; byday = we,mo ;interval=1", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ("FREQ=MONTHLY;BYDAY=-1FR,2MO", "FREQ=MONTHLY;BYDAY=-1FR,2MO"),
        ("FREQ=MONTHLY;BYMONTHDAY=+1,-1,1", "FREQ=MONTHLY;BYMONTHDAY=-1,1"),
        ("FREQ=WEEKLY;WKST=MO", "FREQ=WEEKLY"),
        ("FREQ=WEEKLY;WKST=SU;COUNT=5", "FREQ=WEEKLY;WKST=SU;COUNT=5"),
        ("FREQ=DAILY;UNTIL=20261224", "FREQ=DAILY;UNTIL=20261224"),
        ("FREQ=DAILY;UNTIL=20261224T090000Z", "FREQ=DAILY;UNTIL=20261224T090000Z"),
        ("FREQ=YEARLY;BYMONTH=12,1;BYSETPOS=1", "FREQ=YEARLY;BYMONTH=1,12;BYSETPOS=1"),
    ],
)
def test_rule_has_one_form(text: str, canonical: str) -> None:
    assert str(Rule.parse(text)) == canonical
    assert Rule.parse(canonical) == Rule.parse(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "made of parts"),
        ("FREQ", "made of parts"),
        ("FREQ=", "made of parts"),
        ("INTERVAL=2", "FREQ is missing"),
        ("FREQ=HOURLY", "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY"),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR is not known"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ is there twice"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is a number from 1 to 999"),
        ("FREQ=DAILY;INTERVAL=1000", "INTERVAL is a number from 1 to 999"),
        ("FREQ=DAILY;INTERVAL=1.5", "INTERVAL is a number"),
        ("FREQ=DAILY;INTERVAL=\N{ARABIC-INDIC DIGIT ONE}", "INTERVAL is a number"),
        ("FREQ=DAILY;COUNT=1000", "COUNT is a number from 1 to 999"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20261224", "by COUNT or by UNTIL, not by both"),
        ("FREQ=DAILY;UNTIL=2026-12-24", "UNTIL is a day as 20261224"),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL is a day as 20261224"),
        ("FREQ=DAILY;BYMONTH=13", "BYMONTH is a number from 1 to 12"),
        ("FREQ=DAILY;BYMONTHDAY=0", "BYMONTHDAY is a number from -31 to 31, not 0"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY is not for WEEKLY"),
        ("FREQ=WEEKLY;BYDAY=1MO", "is for MONTHLY and YEARLY"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY is made of"),
        ("FREQ=MONTHLY;BYDAY=54MO", "the number in BYDAY is a number from -53 to 53"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS needs another BY part"),
        ("FREQ=WEEKLY;WKST=XX", "WKST is one of"),
        ("FREQ=DAILY;" + "X" * 500, "at most 500 characters"),
    ],
    ids=ascii,
)
def test_what_is_no_rule_is_told(text: str, words: str) -> None:
    with pytest.raises(InvalidRule, match=words):
        Rule.parse(text)


@given(
    text=st.text(max_size=40) | st.from_regex(r"FREQ=[A-Z]{5,7}(;[A-Z]{3,10}=[-0-9A-Z,]{1,8}){0,4}")
)
def test_any_text_is_a_rule_or_is_told_to_be_none(text: str) -> None:
    try:
        rule = Rule.parse(text)
    except InvalidRule:
        return
    assert Rule.parse(str(rule)) == rule


@pytest.mark.parametrize(
    ("text", "start", "anchored"),
    [
        ("FREQ=WEEKLY", date(2026, 7, 15), "FREQ=WEEKLY;BYDAY=WE"),
        ("FREQ=MONTHLY", date(2026, 7, 15), "FREQ=MONTHLY;BYMONTHDAY=15"),
        ("FREQ=MONTHLY", date(2026, 7, 31), "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=29",
            date(2026, 7, 1),
            "FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=30,31", date(2026, 7, 1), "FREQ=MONTHLY;BYMONTHDAY=30,31"),
        ("FREQ=YEARLY", date(2026, 7, 31), "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=31"),
        ("FREQ=YEARLY", date(2024, 2, 29), "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1"),
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            date(2024, 2, 1),
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        ),
        ("FREQ=DAILY", date(2026, 7, 15), "FREQ=DAILY"),
    ],
)
def test_rule_takes_from_its_start_what_it_does_not_say(
    text: str, start: date, anchored: str
) -> None:
    assert str(Rule.parse(text).anchored(start)) == anchored


def test_end_that_is_an_instant_is_told_by_a_clock() -> None:
    rule = Rule.parse("FREQ=DAILY;UNTIL=20261224T233000Z")
    assert rule.until == datetime(2026, 12, 24, 23, 30, tzinfo=UTC)
    local = rule.localised(ZoneInfo("Europe/Berlin"))
    assert str(local) == "FREQ=DAILY;UNTIL=20261225T003000"
    assert local.localised(UTC) == local


@pytest.mark.parametrize(
    ("until", "zone"),
    [("99991231T235959Z", "Asia/Tokyo"), ("00010101T000000Z", "America/New_York")],
)
def test_end_beyond_all_dates_is_told(until: str, zone: str) -> None:
    with pytest.raises(InvalidRule, match="beyond all dates"):
        Rule.parse(f"FREQ=DAILY;UNTIL={until}").localised(ZoneInfo(zone))
