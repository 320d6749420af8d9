"""Content lines: what icalendar reads of them is what was written, whatever that was."""

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from errand.calendar.lines import LINE_MAX, component, folded, text, written

HOSTILE = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("\r\n\t\\;,:\"'\x00\x07\x1b\x7f\x85\u2028\u2029\u202e\u200d\ufeff🧹مה"),
    ),
    max_size=300,
)


def read(value: str) -> str:
    content = component("VTODO", ["UID:1", "DTSTAMP:20261122T083000Z", text("SUMMARY", value)])
    document: Any = Calendar.from_ical(written(component("VCALENDAR", content)))
    [todo] = document.walk("VTODO")
    return str(todo["SUMMARY"])


def kept(value: str) -> str:
    """One kind of line break, and no control characters."""
    lines = re.split("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]", value)
    return "\n".join(re.sub(r"[\x00-\x08\x0e-\x1f\x7f]", "", line) for line in lines)


@settings(derandomize=True, deadline=None)
@given(HOSTILE)
def test_text_comes_back_as_it_was(value: str) -> None:
    assert read(value) == kept(value)


@settings(derandomize=True, deadline=None)
@given(HOSTILE)
def test_value_begins_no_line_of_its_own(value: str) -> None:
    [line] = written([text("SUMMARY", value)]).replace("\r\n ", "").splitlines()
    assert line.startswith("SUMMARY:")


@settings(derandomize=True, deadline=None)
@given(HOSTILE)
def test_lines_are_short_and_end_between_characters(value: str) -> None:
    line = text("SUMMARY", value)
    pieces = folded(line).split("\r\n")
    assert all(len(piece.encode()) <= LINE_MAX for piece in pieces)
    assert all(piece.startswith(" ") for piece in pieces[1:])
    assert "".join([pieces[0], *(piece[1:] for piece in pieces[1:])]) == line


def test_line_of_75_octets_is_not_folded() -> None:
    assert folded("x" * 75) == "x" * 75
    assert folded("x" * 76) == "x" * 75 + "\r\n x"
    assert folded("x" * 74 + "é") == "x" * 74 + "\r\n é"


def test_half_of_a_character_is_replaced() -> None:
    assert folded("SUMMARY:\ud83e") == "SUMMARY:?"
