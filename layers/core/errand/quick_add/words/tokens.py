"""The words of a text, with where they stand."""

import unicodedata
from typing import NamedTuple

_OPENING = "([¿¡"
_CLOSING = ",;:!?)]…"
_DASHES = frozenset("-\u2013\u2014|/•")
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»"}


class Token(NamedTuple):
    """`start` and `end` are code points of the text, without punctuation around the word.

    `word` is folded, and empty for what is no word of a phrase: marks, and words in quotes.
    """

    start: int
    end: int
    raw: str
    word: str
    has_dot: bool = False
    closing: str = ""
    is_opened: bool = False
    is_mark: bool = False

    @property
    def is_closed(self) -> bool:
        return bool(self.closing)

    @property
    def is_capital(self) -> bool:
        return self.raw[:1].isupper()

    @property
    def is_dash(self) -> bool:
        return self.raw in _DASHES


def folded(text: str) -> str:
    """Without case and accents, which people leave out."""
    if text.isascii():
        return text.lower()
    marked = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in marked if not unicodedata.combining(each))


def mark(start: int, end: int) -> Token:
    return Token(start, end, "", "", is_mark=True)


def unread(start: int, end: int) -> Token:
    """A word that is part of no phrase."""
    return Token(start, end, "", "")


def token(text: str, start: int, end: int) -> Token:
    """Of the word that is `text[start:end]`; a number keeps its dot, as in 24.12."""
    first, last = start, end
    while first < last and text[first] in _OPENING:
        first += 1
    while first < last and (text[last - 1] in _CLOSING or text[first:last].endswith("..")):
        last -= 1
    if first == last:
        return Token(start, end, text[start:end], "", closing=text[start:end])
    has_dot = text[last - 1] == "."
    bare = last - has_dot
    is_numeric = text[first : first + 1].isdigit() and not text[bare - 1].isalpha()
    core = last if is_numeric else bare
    return Token(
        start=first,
        end=core,
        raw=text[first:core],
        word=folded(text[first:bare]),
        has_dot=has_dot,
        closing=text[core:end],
        is_opened=first > start,
    )


def quotations(text: str) -> list[tuple[int, int]]:
    """Where words stand in double quotes, from the opening one to behind the closing one."""
    found = []
    at = 0
    missing: set[str] = set()
    while at < len(text):
        closing = _QUOTES.get(text[at])
        opens = closing and closing not in missing and (at == 0 or not text[at - 1].isalnum())
        if closing and opens:
            ends = [end for end in (text.find(one, at + 1) for one in closing) if end > 0]
            if ends:
                found.append((at, min(ends) + 1))
                at = min(ends)
            else:
                missing.add(closing)
        at += 1
    return found
