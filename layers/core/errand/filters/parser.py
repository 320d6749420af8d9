"""Text of a filter -> its tree.

either    = both ("|" both)*          `or`
both      = one ("&" one)*            `and`
one       = "!" one | "(" either ")" | condition          `not`
condition = field operator value | flag | #project | /section | @label
"""

from errand.filters.grammar import (
    DATES,
    FLAGS,
    LENGTH_MAX,
    MARKS,
    SPECIAL,
    TEXTS,
    And,
    Comparison,
    Contains,
    Filter,
    Flag,
    InvalidFilter,
    Named,
    Not,
    Or,
    Priority,
)
from errand.filters.near import near
from errand.filters.reader import Reader, deeper
from errand.filters.values import operator_behind, priority_behind, text_behind, when_behind

_OPERATORS = ("=", "!=", "<", ">", "~")
_PRIORITY = "priority"
_CONDITION = 'expected a condition, such as due < tomorrow, #home, @bank or text ~ "rent"'


def parse(text: str, *, length_max: int = LENGTH_MAX) -> Filter:
    """`length_max`: CANONICAL_MAX for what `str` has made of a filter. Raises InvalidFilter."""
    if len(text) > length_max:
        raise InvalidFilter(length_max, f"expected at most {length_max} characters in a filter")
    for position, character in enumerate(text):
        if "\ud800" <= character <= "\udfff":
            raise InvalidFilter(position, "expected a whole character, not a lone surrogate")
    reader = Reader(text)
    found = _either(reader, 0)
    reader.space()
    if reader.next == ")":
        raise reader.wrong("expected a ( before this )")
    if reader.next:
        raise reader.wrong("expected & or | before another condition, or the end")
    return found


def _either(reader: Reader, depth: int) -> Filter:
    parts = [_both(reader, depth)]
    while reader.takes("|") or reader.takes_word("or"):
        parts.append(_both(reader, depth))
    return Or(tuple(parts)) if len(parts) > 1 else parts[0]


def _both(reader: Reader, depth: int) -> Filter:
    parts = [_one(reader, depth)]
    while reader.takes("&") or reader.takes_word("and"):
        parts.append(_one(reader, depth))
    return And(tuple(parts)) if len(parts) > 1 else parts[0]


def _one(reader: Reader, depth: int) -> Filter:
    begin = reader.space()
    if reader.takes("!") or reader.takes_word("not"):
        return Not(_one(reader, deeper(reader, depth, begin)))
    if reader.takes("("):
        found = _either(reader, deeper(reader, depth, begin))
        if not reader.takes(")"):
            raise reader.wrong(f"expected & or | and another condition, or ) for the ( at {begin}")
        return found
    return _named(reader) or _condition(reader)


def _named(reader: Reader) -> Named | None:
    begin = reader.space()
    for kind, mark in MARKS.items():
        if reader.takes(mark):
            name, is_quoted = reader.name()
            if not name.strip():
                words = f'expected the name of a {kind} after {mark}: {mark}home or {mark}"At home"'
                raise reader.wrong(words, begin + 1)
            is_special = not is_quoted and name.lower() == SPECIAL[kind]
            return Named(kind, None if is_special else name, position=begin)
    return None


def _condition(reader: Reader) -> Filter:
    begin = reader.space()
    word = reader.word()
    is_compared = bool(reader.takes(*_OPERATORS))
    reader.at = begin + len(word)
    if word in DATES:
        operator = operator_behind(reader, word, "< tomorrow")
        value = when_behind(reader, operator, can_be_absent=DATES[word])
        return Comparison(word, operator, value)
    if word == _PRIORITY:
        operator = operator_behind(reader, word, "<= 2")
        return Priority(operator, priority_behind(reader, operator))
    if word in TEXTS and (is_compared or word not in FLAGS):
        return Contains(word, text_behind(reader, word))
    if word in FLAGS:
        if is_compared:
            reader.space()
            raise reader.wrong(f"expected nothing behind {word}, which is a condition: & or |")
        return Flag(word)
    raise reader.wrong(_unknown(word), begin)


def _unknown(word: str) -> str:
    meant = near(word, (*DATES, _PRIORITY, *TEXTS, *FLAGS)) if word else None
    return f"{_CONDITION}; did you mean {meant}?" if meant else _CONDITION
