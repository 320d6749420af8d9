"""The table of what people type, texts.txt: what is understood of it, and what stays a title."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from errand.quick_add.parser import Parsed, parse

NOW = datetime(2026, 7, 15, 10, 0)  # noqa: DTZ001 - what a clock on the wall shows
OPENING, CLOSING = "\u2039\u203a"
HEADING = "== "


@dataclass(frozen=True, slots=True)
class Line:
    """`spans`: of `text`, which has no marks; `meaning`: what the line says behind its arrow."""

    heading: str
    text: str
    spans: tuple[tuple[int, int], ...]
    meaning: dict[str, str]

    @property
    def title(self) -> str:
        """What is outside of the marks, unless the line tells it."""
        left, at = "", 0
        for start, end in self.spans:
            left, at = left + self.text[at:start], end
        return self.meaning.get("title", " ".join((left + self.text[at:]).split()))

    @property
    def fields(self) -> dict[str, str]:
        return {name: value for name, value in self.meaning.items() if name != "title"}


def _lines() -> list[Line]:
    text = (Path(__file__).parent / "texts.txt").read_text("utf-8")
    sections = text.split(f"\n{HEADING}")[1:]
    return [
        _line(section.partition("\n")[0], line)
        for section in sections
        for line in section.splitlines()[1:]
        if line
    ]


def _line(heading: str, line: str) -> Line:
    marked, _, meaning = line.partition(" → ")
    text, opened = "", 0
    spans: list[tuple[int, int]] = []
    for character in marked:
        if character == OPENING:
            opened = len(text)
        elif character == CLOSING:
            spans.append((opened, len(text)))
        else:
            text += character
    parts = dict(part.split(" ", 1) for part in meaning.split(" | ")) if meaning else {}
    return Line(heading, text, tuple(spans), parts)


def _fields(parsed: Parsed) -> dict[str, str]:
    """As a line has them."""
    due = parsed.due
    fields = {
        "due": f"{due:%Y-%m-%d %H:%M}" if isinstance(due, datetime) else str(due or ""),
        "rule": parsed.rule or "",
        "from": parsed.rule_from if parsed.rule_from != "due" else "",
        "for": str(parsed.duration or ""),
        "deadline": str(parsed.deadline or ""),
        "priority": str(parsed.priority or ""),
        "project": parsed.project or "",
        "section": parsed.section or "",
        "labels": ", ".join(parsed.labels),
    }
    return {name: value for name, value in fields.items() if value}


LINES = _lines()


@pytest.mark.parametrize("heading", dict.fromkeys(line.heading for line in LINES))
def test_text_means_what_the_table_says(heading: str) -> None:
    wanted = {
        line.text: (line.title, line.fields, _marked(line.text, line.spans))
        for line in LINES
        if line.heading == heading
    }
    found = {}
    for text in wanted:
        parsed = parse(text, now=NOW)
        spans = tuple((each.start, each.end) for each in parsed.understood)
        found[text] = (parsed.title, _fields(parsed), _marked(text, spans))
    assert found == wanted


def _marked(text: str, spans: tuple[tuple[int, int], ...]) -> list[tuple[int, str]]:
    return [(start, text[start:end]) for start, end in spans]


def test_half_of_the_table_stays_untouched() -> None:
    untouched = [line for line in LINES if not line.spans]
    assert len(LINES) >= 300
    assert len(untouched) * 2 >= len(LINES)


@pytest.mark.parametrize("language", ["German", "Spanish"])
def test_other_languages_are_in_the_table(language: str) -> None:
    lines = [line for line in LINES if line.heading.startswith(language)]
    assert len(lines) >= 40
    assert {bool(line.spans) for line in lines} == {True, False}


def test_no_text_is_in_the_table_twice() -> None:
    texts = [line.text for line in LINES]
    assert sorted(texts) == sorted(set(texts))
