"""What became of a file that is read: a line for each thing that did not come as it was."""

from dataclasses import dataclass, field
from enum import StrEnum

# What an answer holds; how many more there were is told.
LINES_MAX = 500
_WORDS_MAX = 200


class Outcome(StrEnum):
    """What became of something in a file."""

    CHANGED = "changed"
    LEFT_OUT = "left_out"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Line:
    """`at`: the line of a text, or which task of JSON, from 1; 0: the file as a whole."""

    at: int
    outcome: Outcome
    words: str


@dataclass(slots=True)
class Report:
    """`more`: lines that were left off for want of room."""

    lines: list[Line] = field(default_factory=list)
    more: int = 0
    lines_max: int = LINES_MAX

    def changed(self, at: int, words: str) -> None:
        self._say(at, Outcome.CHANGED, words)

    def left_out(self, at: int, words: str) -> None:
        self._say(at, Outcome.LEFT_OUT, words)

    def refused(self, at: int, words: str) -> None:
        self._say(at, Outcome.REFUSED, words)

    def _say(self, at: int, outcome: Outcome, words: str) -> None:
        if len(self.lines) < self.lines_max:
            shown = "".join(one if one.isprintable() else " " for one in words[:_WORDS_MAX])
            self.lines.append(Line(at, outcome, shown))
        else:
            self.more += 1
