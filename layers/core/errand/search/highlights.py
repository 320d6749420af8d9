"""Where a text has what was searched for."""

import unicodedata
from collections.abc import Iterator

from errand.search.query import Query
from errand.search.words import UNSPACED, parted

Span = tuple[int, int]

# Written behind a letter, and one with it in the form that is searched: voiced sounds of half-width
# katakana; vowels and finals of Korean, also those of older keyboards.
_JOINING = (*range(0x1160, 0x1200), *range(0x3131, 0x318F), *range(0xFF9E, 0xFFDD))
_JOINS = frozenset(map(chr, _JOINING))


def spans(text: str, query: Query) -> list[Span]:
    """From (with) and to (without) which character, in order, apart from each other."""
    form, places = _placed(text)
    found = sorted(
        (places[at][0], places[at + len(term) - 1][1])
        for term in query.terms
        for at in _starts(form, term)
    )
    joined: list[Span] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _starts(form: str, term: str) -> Iterator[int]:
    inside = UNSPACED.match(term) is not None
    at = form.find(term)
    while at >= 0:
        if inside or at == 0 or form[at - 1] == " ":
            yield at
        at = form.find(term, at + 1)


def _placed(text: str) -> tuple[str, list[Span]]:
    """The words of the text, and for each character of them what it is made of."""
    form: list[str] = []
    places: list[Span] = []
    is_apart = False
    for start, end in _letters(text):
        # Between letters, so that spaces are not trimmed.
        for one in parted(f"x{text[start:end]}x")[1:-1]:
            if one == " ":
                is_apart = True
                continue
            if form and (is_apart or _changes(form[-1], one)):
                form.append(" ")
                places.append((start, start))
            form.append(one)
            places.append((start, end))
            is_apart = False
    return "".join(form), places


def _changes(before: str, one: str) -> bool:
    return bool(UNSPACED.match(before)) != bool(UNSPACED.match(one))


def _letters(text: str) -> Iterator[Span]:
    """Each with the marks that follow it."""
    start = 0
    for at in range(1, len(text)):
        if not (unicodedata.category(text[at]).startswith("M") or text[at] in _JOINS):
            yield start, at
            start = at
    if text:
        yield start, len(text)
