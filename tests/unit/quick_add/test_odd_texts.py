"""Odd text never fails, and nothing of it is lost."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.quick_add.table import NOW, lines

from errand.quick_add.parser import parse
from errand.recurrence.occurrences import check_occurs
from errand.recurrence.rule import Rule

WORDS = sorted({word for line in lines() for word in line.text.split()})
TEXTS = st.text(max_size=80) | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)).map(  # noqa: DTZ001 - local
    lambda at: at.replace(second=0, microsecond=0)
)


@given(text=TEXTS, now=MOMENTS)
def test_any_text_is_read(text: str, now: datetime) -> None:
    parsed = parse(text, now=now)
    places = [(part.start, part.end) for part in parsed.understood]
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(one[1] <= two[0] for one, two in pairwise(places))
    assert parsed.title or not text.strip()
    # Every letter is in the title, or in what is understood.
    for word in parsed.title.split():
        assert word in text


@given(text=TEXTS)
def test_rule_is_one_and_occurs_when_it_is_due(text: str) -> None:
    parsed = parse(text, now=NOW)
    if parsed.rule is None:
        return
    rule = Rule.parse(parsed.rule)
    assert parsed.due is not None
    check_occurs(rule, parsed.due)


@pytest.mark.parametrize("unit", ["every ", "in 3 days ", "#", '"', "p1 ", "a " * 5, "{"], ids=repr)
def test_long_text_takes_no_longer_than_it_is_long(unit: str) -> None:
    """Its end is title, unread."""
    text = unit * (20_000 // len(unit))
    parsed = parse(text, now=NOW)
    assert all(part.end <= 2_000 for part in parsed.understood)


def test_days_lie_ahead() -> None:
    parsed = parse("Call mum tomorrow", now=NOW)
    assert parsed.due == date(2026, 7, 15) + timedelta(days=1)
