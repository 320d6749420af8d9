"""The grammar: every example of docs/filters.md, what is refused and where, and its one form."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errand.filters.grammar import CANONICAL_MAX, And, InvalidFilter, Not, Or, Priority
from errand.filters.parser import parse

PAGE = (Path(__file__).parents[3] / "docs/filters.md").read_text()
EXAMPLES = re.findall(r"^- `(.+)`$", PAGE, re.MULTILINE)
PIECES = [
    "due", "deadline", "<", "<=", "=", "!=", "~", "&", "|", "!", "(", ")", "today", "tomorrow",
    "none",
    "7 days", "-2 weeks", "next week", "2026-12-24", "priority", "1", "#home", '#"a b"', "@bank",
    "/s", "text", '"rent"', "completed", "open", "overdue", "not", "and", "or", "now", '"',
]  # fmt: skip


def test_page_has_20_examples() -> None:
    assert len(EXAMPLES) == 20


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_of_the_page_are_filters_and_have_one_form(text: str) -> None:
    found = parse(text)
    assert parse(str(found), length_max=CANONICAL_MAX) == found


def test_not_binds_before_and_and_and_before_or() -> None:
    one, two, three = (Priority("=", number) for number in (1, 2, 3))
    text = "!priority = 1 & priority = 2 | priority = 3"
    assert parse(text) == Or((And((Not(one), two)), three))
    assert parse(text.replace("!", "not ").replace("&", "AND").replace("|", "or")) == parse(text)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("due", 3),
        ("due <", 5),
        ("due < soon", 6),
        ("due ~ today", 4),
        ("priority = 5", 11),
        ("priority < none", 11),
        ("created = none", 10),
        ("(today", 6),
        ("today)", 5),
        ("today overdue", 6),
        ("today &", 7),
        ("due = 2026-02-30", 6),
        ('text ~ "rent', 12),
        ("nothing", 0),
        ("\ud800", 0),
        ("!" * 40 + "today", 32),
        ("today " + " " * 1020, 1024),
    ],
    ids=ascii,
)
def test_what_is_wrong_is_told_with_its_place(text: str, position: int) -> None:
    with pytest.raises(InvalidFilter, match="expected") as caught:
        parse(text)
    assert caught.value.position == position


@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join))
def test_any_text_is_a_filter_or_is_told_to_be_none(text: str) -> None:
    try:
        found = parse(text)
    except InvalidFilter:
        return
    assert parse(str(found), length_max=CANONICAL_MAX) == found
