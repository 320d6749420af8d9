"""What is left of a text."""

import unicodedata
from collections.abc import Iterable

_SEPARATORS = ",;:-\u2013\u2014|• "
_PUNCTUATION = frozenset(",.;:!?…)")


def title_of(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """All outside the spans, which are in order: one space between words, no comma left over."""
    title = ""
    at = 0
    for start, end in spans:
        title = _joined(title, text[at:start])
        if not title.strip(_SEPARATORS):
            title = ""
        at = end
    rest = text[at:]
    if at and not title:
        rest = rest.lstrip().lstrip(_SEPARATORS)
    title = _joined(title, rest)
    if at and not rest.strip():
        title = title.rstrip().rstrip(_SEPARATORS)
    return " ".join(title.split())


def _joined(before: str, behind: str) -> str:
    """No space before punctuation."""
    return before.rstrip() + behind if behind[:1] in _PUNCTUATION and behind else before + behind


def is_blank(title: str) -> bool:
    """Whether there is nothing but punctuation to be seen."""
    return all(unicodedata.category(each)[0] in "ZPC" for each in title)
