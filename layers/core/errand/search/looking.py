"""A search through the rows of a segment: substrings of one text, and only then at what was hit."""

from collections.abc import Iterator
from dataclasses import dataclass

from errand.search.query import Query
from errand.search.ranking import fit, score
from errand.search.segments import COMPLETED, GONE, Rows

_END = b"\n"


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    score: float
    row: int


def hits(rows: Rows, query: Query, *, today: int, completed: bool | None = None) -> Iterator[Hit]:
    """In the order of the rows. `today`: days since 1970; `completed`: None for either."""
    text, states = rows.text, rows.states
    # What is longest is rarest, as a rule: the other terms are looked for where it is.
    rarest = max(query.needles, key=len)
    row = counted = 0
    at = text.find(rarest)
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
                yield Hit(score(fits, days=days, is_completed=is_completed), row)
        at = text.find(rarest, end)
