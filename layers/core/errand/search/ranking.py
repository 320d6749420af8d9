"""How well a row fits a search: by the field, whole words, and when it last changed."""

from errand.search.documents import FIELD_END, FIELDS
from errand.search.query import Query

_WEIGHTS = {"title": 8.0, "labels": 4.0, "description": 2.0, "comments": 1.0}
_OF_FIELD = tuple(_WEIGHTS[name] for name in FIELDS)
# Of a word that goes on behind what was typed.
_PREFIX = 0.7
_COMPLETED = 0.5
# After so many days the age of a change counts half of what it can.
_HALF_LIFE = 90
_FIELD_END = FIELD_END.encode()
_ENDS = b" \n" + _FIELD_END


def fit(text: bytes, query: Query, start: int, end: int) -> float:
    """Of the row between these places; 0 if a term is not in it."""
    total = 0.0
    for alternatives in query.alternatives:
        found = [
            (at, at + len(one)) for one in alternatives if (at := text.find(one, start, end)) >= 0
        ]
        if not found:
            return 0.0
        at, behind = min(found)
        weight = _OF_FIELD[text.count(_FIELD_END, start, at)]
        is_whole = behind >= end or text[behind] in _ENDS
        total += weight if is_whole else weight * _PREFIX
    return total / len(query.terms)


def score(fits: float, *, days: int, is_completed: bool) -> float:
    """`days`: since its last change."""
    recent = 0.5 + 0.5 * 2 ** (-max(0, days) / _HALF_LIFE)
    return fits * recent * (_COMPLETED if is_completed else 1)
