"""What is searched for: terms, all of which must be found."""

import re
from dataclasses import dataclass
from functools import cached_property

from errand.search.words import UNSPACED, words

QUERY_MAX = 256
TERMS_MAX = 16
# Quotes that phones type are quotes, too.
_TERM = re.compile(r'["“”„]([^"“”„]*)(?:["“”„]|$)|([^\s"“”„]+)')


class InvalidQuery(ValueError):
    """Its text says what is wrong."""


@dataclass(frozen=True)
class Query:
    """`terms`: words, or several in a row, as errand.search.words makes them.

    The last word of a term may go on in the text (prefixes): "pay ren" finds "Pay the rent".
    """

    terms: tuple[str, ...]

    @cached_property
    def needles(self) -> tuple[bytes, ...]:
        """What they look like in a row of a segment, whose words all have a space before them."""
        return tuple(needle(term) for term in self.terms)


def needle(term: str) -> bytes:
    return (term if UNSPACED.match(term) else f" {term}").encode()


def parse(text: str) -> Query:
    """Raises InvalidQuery for what has no word, and for what has too many."""
    if len(text) > QUERY_MAX:
        raise InvalidQuery(f"A search has at most {QUERY_MAX} characters")
    typed = (quoted or word for quoted, word in _TERM.findall(text))
    found = dict.fromkeys(term for one in typed if (term := words(one)))
    if not found:
        raise InvalidQuery("A search needs a letter, a digit or a sign to look for")
    if len(found) > TERMS_MAX:
        raise InvalidQuery(f"A search has at most {TERMS_MAX} words")
    return Query(tuple(found))
