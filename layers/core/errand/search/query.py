"""What is searched for: terms, all of which must be found."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from errand.search.documents import LABEL_MARK
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
    `labels`: for each term, the ids of labels in whose names it is.
    """

    terms: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def needles(self) -> tuple[bytes, ...]:
        """What they look like in a row of a segment, whose words all have a space before them."""
        return tuple(needle(term) for term in self.terms)

    @cached_property
    def alternatives(self) -> tuple[tuple[bytes, ...], ...]:
        """For each term all that it may be found as: itself, or a label."""
        labels = self.labels or ((),) * len(self.terms)
        return tuple(
            (one, *(f" {LABEL_MARK}{label_id}".encode() for label_id in ids))
            for one, ids in zip(self.needles, labels, strict=True)
        )

    def with_labels(self, names: Mapping[str, str]) -> "Query":
        """`names`: of the labels that there are, by their ids."""
        told = {label_id: f" {words(name)}".encode() for label_id, name in names.items()}
        return replace(
            self,
            labels=tuple(
                tuple(label_id for label_id, name in told.items() if one in name)
                for one in self.needles
            ),
        )


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
