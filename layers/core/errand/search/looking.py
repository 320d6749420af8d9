"""A search through the rows of a segment: substrings of one text, and only then at what was hit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from errand.search.query import Query
from errand.search.ranking import fit, score
from errand.search.segments import COMPLETED, GONE, Rows

_END = b"\n"


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A row, and where in the text it begins and ends."""

    score: float
    row: int
    start: int
    end: int


def hits(rows: Rows, query: Query, *, today: int, completed: bool | None = None) -> Iterator[Hit]:
    """In the order of the rows. `today`: days since 1970; `completed`: None for either."""
    text, states = rows.text, rows.states
    rarest = _Places(text, min(query.alternatives, key=_commonness))
    row = counted = 0
    at = rarest.behind(0)
    while at >= 0:
        start = text.rfind(_END, counted, at) + 1 or counted
        end = text.find(_END, at)
        row += text.count(_END, counted, start)
        counted = start
        state = states[row]
        is_completed = bool(state & COMPLETED)
        if not state & GONE and completed in {None, is_completed}:
            fits = fit(text, query, start, end)
            if fits:
                days = today - rows.days[row]
                yield Hit(score(fits, days=days, is_completed=is_completed), row, start, end)
        at = rarest.behind(end)


def _commonness(alternatives: Sequence[bytes]) -> tuple[int, int]:
    """What is longest is rarest, as a rule: the other terms are looked for where it is."""
    return len(alternatives), -len(alternatives[0])


class _Places:
    """Where one of several is found next, each looked for once."""

    def __init__(self, text: bytes, sought: Sequence[bytes]) -> None:
        self._text = text
        self._next = dict.fromkeys(sought, -1)

    def behind(self, start: int) -> int:
        """-1: nowhere; `start` never goes back."""
        for one, at in [*self._next.items()]:
            if at < start:
                self._next[one] = self._text.find(one, start)
                if self._next[one] < 0:
                    del self._next[one]
        return min(self._next.values(), default=-1)
