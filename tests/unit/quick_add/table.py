"""The table of texts: what people type, and what is understood of it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from errand.quick_add.parser import Parsed

NOW = datetime(2026, 7, 15, 10, 0)  # noqa: DTZ001 - what a clock on the wall shows
OPENING, CLOSING = "\u2039\u203a"


@dataclass(frozen=True, slots=True)
class Line:
    """`spans`: of `text`, which has no marks; `meaning`: the line's own words."""

    number: int
    marked: str
    text: str
    spans: tuple[tuple[int, int], ...]
    meaning: dict[str, str]

    def __str__(self) -> str:
        return f"{self.number}: {self.text}"


def lines() -> list[Line]:
    text = (Path(__file__).parent / "texts.txt").read_text("utf-8")
    _, _, table = text.partition("\n== ")
    return [
        _line(number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line and not line.startswith("==") and line in table
    ]


def _line(number: int, line: str) -> Line:
    marked, _, meaning = line.partition(" → ")
    text = ""
    spans: list[tuple[int, int]] = []
    opened = 0
    for character in marked:
        if character == OPENING:
            opened = len(text)
        elif character == CLOSING:
            spans.append((opened, len(text)))
        else:
            text += character
    parts = dict(part.split(" ", 1) for part in meaning.split(" | ")) if meaning else {}
    return Line(number, marked, text, tuple(spans), parts)


def title(line: Line) -> str:
    """What is outside of the marks, unless the line tells it."""
    left, at = "", 0
    for start, end in line.spans:
        left, at = left + line.text[at:start], end
    return line.meaning.get("title", " ".join((left + line.text[at:]).split()))


def shown(parsed: Parsed) -> dict[str, str]:
    """As a line has it."""
    due = parsed.due
    shown = {
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
    return {name: value for name, value in shown.items() if value}
