"""Questions of grammar to the words of a text."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from errand.quick_add.words.language import Language, Phrases
from errand.quick_add.words.tokens import Token

# What was read, and the token behind it.
type Match[T] = tuple[T, int] | None

_DIGITS_MAX = 3
_VERB_MIN = 4
_DAYS_IN_MONTH = 31


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """When a text is first read, and not at import."""
    return re.compile(pattern, re.ASCII)


class Reader(NamedTuple):
    """The words of a text, as one language has them."""

    tokens: Sequence[Token]
    language: Language
    now: datetime

    def phrase[T](self, table: Phrases[T], at: int) -> Match[T]:
        return table.find(self.tokens, at)

    def behind(self, table: Phrases[bool], at: int) -> int | None:
        """Where a phrase of the table ends, if one stands there."""
        found = table.find(self.tokens, at)
        return found[1] if found else None

    def before(self, table: Phrases[bool], at: int) -> int | None:
        """As `behind`, if what the phrase introduces follows."""
        end = self.behind(table, at)
        return end if end and self.goes_on(end) else None

    def skipped(self, table: Phrases[bool], at: int) -> int:
        """As `behind`, or where it began."""
        return self.behind(table, at) or at

    def word(self, at: int) -> str:
        return self.tokens[at].word if at < len(self.tokens) else ""

    def goes_on(self, at: int) -> bool:
        """Whether no punctuation stands before this token."""
        if not 0 < at < len(self.tokens):
            return False
        return not self.tokens[at - 1].is_closed and not self.tokens[at].is_opened

    def number(self, at: int) -> Match[int]:
        """1 to 999, in digits or as a word."""
        word = self.word(at)
        if word.isascii() and word.isdigit():
            is_one = len(word) <= _DIGITS_MAX and int(word) and not self.tokens[at].is_closed
            return (int(word), at + 1) if is_one else None
        return self.phrase(self.language.numbers, at)

    def ordinal(self, at: int, *, bare: bool = False) -> Match[int]:
        """A day of a month: 1st, "1." or 1º, and only 1 where the language has it so."""
        if at >= len(self.tokens):
            return None
        raw = self.tokens[at].raw.lower()
        optional = "?" if bare and self.language.has_bare_ordinals else ""
        pattern = f"([0-9]{{1,2}})(?:{self.language.ordinal_ending}){optional}"
        found = compiled(pattern).fullmatch(raw)
        is_one = found and 1 <= int(found[1]) <= _DAYS_IN_MONTH
        return (int(found[1]), at + 1) if found and is_one else None

    def is_start(self, at: int) -> bool:
        """Whether a sentence begins here."""
        if at == 0:
            return True
        before = self.tokens[at - 1]
        return before.is_closed or before.is_mark or before.is_dash

    def is_end(self, at: int) -> bool:
        """Whether nothing belongs to what stands before this token."""
        if at >= len(self.tokens):
            return True
        token = self.tokens[at]
        return self.tokens[at - 1].is_closed or token.is_mark or token.is_dash or token.is_opened

    def is_free(self, at: int) -> bool:
        """Whether what follows is no noun that the phrase before it would describe."""
        words = self.language
        if self.is_end(at) or self.word(at) in words.connecting:
            return True
        if any(self.phrase(table, at) for table in (words.starting, words.until, words.during)):
            return True
        token = self.tokens[at]
        return (
            token.raw.isalpha()
            and not token.is_capital
            and len(token.raw) >= _VERB_MIN
            and token.word.endswith(words.verb_endings or ("\0",))
            and not self.phrase(words.units, at)
        )

    def is_range(self, at: int) -> bool:
        """Whether what stands before is one end of more: "Monday to Friday", "a day or two"."""
        if at >= len(self.tokens) or self.tokens[at - 1].is_closed:
            return False
        word, following = self.word(at), self.word(at + 1)
        if word in self.language.alternatives:
            return True
        if word not in self.language.ranges and not self.tokens[at].is_dash:
            return False
        return following[:1].isdigit() or following in self.language.day_words
