"""What the table of texts cannot say: other days, kinds of spans, and bounds."""

from datetime import date, datetime, timedelta

import pytest

from errand.quick_add.parser import READ_MAX, parse

NOW = datetime(2026, 7, 15, 10, 0)  # noqa: DTZ001 - what a clock on the wall shows


def _due(text: str, now: datetime) -> date | None:
    return parse(f"x {text}", now=now).due


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_every_span_has_its_kind() -> None:
    text = r"Pay \#1a every 1st at 9am for 5 min until 24 Dec #home /bills @bank p1 {friday}"
    kinds = [each.kind for each in parse(text, now=NOW).understood]
    assert kinds == [
        *("escape", "rule", "time", "duration", "end"),
        *("project", "section", "label", "priority", "deadline"),
    ]


def test_spans_count_code_points() -> None:
    text = "\U0001f382 cake tomorrow"
    [span] = parse(text, now=NOW).understood
    assert text[span.start : span.end] == "tomorrow"


@pytest.mark.parametrize(
    "text", ["tomorrow", "#home @bank p1", "every day!", "{friday}", "9am ..."]
)
def test_text_without_a_title_is_the_title(text: str) -> None:
    parsed = parse(text, now=NOW)
    assert (parsed.title, parsed.understood, parsed.due) == (text, (), None)


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_nothing_is_an_empty_title(text: str) -> None:
    assert parse(text, now=NOW).title == ""


def test_title_has_single_spaces() -> None:
    assert parse("  Call \n mum   tomorrow  now ", now=NOW).title == "Call mum now"


def test_long_text_is_read_in_its_beginning() -> None:
    text = "Call mum tomorrow " + "and so on " * READ_MAX + "p1"
    parsed = parse(text, now=NOW)
    assert parsed.due == date(2026, 7, 16)
    assert parsed.priority is None
    assert parsed.title == " ".join(text.replace("tomorrow ", "").split())


def test_word_at_the_bound_is_not_read_in_part() -> None:
    text = "x" * (READ_MAX - len(" today")) + " today's news"
    assert parse(text, now=NOW).understood == ()


def test_time_that_is_over_is_tomorrow() -> None:
    assert _due("at 9:59", NOW) == _at("2026-07-16 09:59")
    assert _due("at 10:00", NOW) == NOW


def test_day_without_a_year_is_to_come() -> None:
    assert _due("14 July", NOW) == date(2027, 7, 14)
    assert _due("15 July", NOW) == date(2026, 7, 15)


@pytest.mark.parametrize("days", range(7))
def test_weekday_is_within_a_week_and_not_today(days: int) -> None:
    now = NOW + timedelta(days=days)
    due = _due("friday", now)
    assert due
    assert due.weekday() == 4
    assert timedelta(0) < due - now.date() <= timedelta(days=7)


@pytest.mark.parametrize("days", range(7))
def test_next_weekday_is_of_the_next_week(days: int) -> None:
    now = _at("2026-07-13 10:00") + timedelta(days=days)
    assert _due("next friday", now) == date(2026, 7, 24)


def test_months_end_where_they_end() -> None:
    assert _due("in 1 month", _at("2026-01-31 10:00")) == date(2026, 2, 28)
    assert _due("on the 31st", _at("2026-02-10 10:00")) == date(2026, 3, 31)


def test_last_day_of_a_short_month_is_its_31st() -> None:
    assert _due("every 31st", _at("2026-02-10 10:00")) == date(2026, 2, 28)


def test_rule_begins_when_its_time_is_not_over() -> None:
    assert _due("every wed at 11", NOW) == _at("2026-07-15 11:00")
    assert _due("every wed at 9", NOW) == _at("2026-07-22 09:00")


def test_rule_that_ends_before_it_begins_has_no_end() -> None:
    parsed = parse("Gym every friday until tomorrow", now=NOW)
    assert (parsed.rule, parsed.title) == ("FREQ=WEEKLY;BYDAY=FR", "Gym until tomorrow")


def test_seconds_do_not_count() -> None:
    assert _due("in 20 minutes", _at("2026-07-15 10:00:59.5")) == _at("2026-07-15 10:20")


@pytest.mark.parametrize("text", ["in 999 years", "every 999 quarters", "{in 999 years}"])
def test_end_of_all_dates_is_no_defect(text: str) -> None:
    assert parse(f"x {text}", now=_at("8999-12-31 23:59")).title == "x"
