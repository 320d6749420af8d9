"""Whatever is typed is a filter, with one canonical text, or refused."""

from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.filters.shapes import any_filter, tries

from errand.filters.grammar import CANONICAL_MAX, LENGTH_MAX, Filter, InvalidFilter
from errand.filters.parser import parse


@given(st.text(max_size=60))
@tries
@example("0" * LENGTH_MAX)
@example("due<" + "9" * (LENGTH_MAX - 4))
@example('text~"' + "\\" * (LENGTH_MAX - 6))
@example("@\\|" * 341 + "@")
@example("due<wed|" * 128)
@example("!(" * 512)
def test_any_text_is_a_filter_or_refused_with_a_position(text: str) -> None:
    check(text)


FRAGMENTS = [
    *("&", "|", "!", "(", ")", "=", "<", ">", "~", "#", "@", "/", '"', "\\", "-", "+", " ", "  "),
    *("due", "text ~ ", "title", "priority", "open", "today", "next", "week", "mon", "3", "days"),
    *(
        "due < ",
        "2026-12-24",
        "2026-02-30",
        "none",
        "now",
        "and",
        " or ",
        "not ",
        "home",
        "é",
        "🏠",
    ),
    *("priority<=", "completed_at>", "“", "”", "#home", "@none", "/a", '"a b"', "\ud800", "\u200b"),
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join))
@tries
def test_what_looks_like_a_filter_is_one_or_refused(text: str) -> None:
    check(text)


def tried(text: str) -> Filter | InvalidFilter:
    try:
        return parse(text)
    except InvalidFilter as refused:
        return refused


def check(text: str) -> None:
    found = tried(text)
    if isinstance(found, InvalidFilter):
        assert 0 <= found.position <= min(len(text), LENGTH_MAX)
        assert found.detail
        return
    canonical = str(found)
    assert len(canonical) <= CANONICAL_MAX
    assert parse(canonical, length_max=CANONICAL_MAX) == found


@given(any_filter)
@tries
def test_canonical_text_is_the_same_filter(found: Filter) -> None:
    again = parse(str(found), length_max=len(str(found)))
    assert again == found
    assert str(again) == str(found)
