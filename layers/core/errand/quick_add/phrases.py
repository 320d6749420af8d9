"""Days, times and rules among the words of a text."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

from errand.quick_add import dates, ends, rules, times
from errand.quick_add.dates import Day
from errand.quick_add.ends import Span
from errand.quick_add.reading import Match, Reader
from errand.quick_add.recurrence import Rule
from errand.quick_add.times import Clock
from errand.quick_add.words import languages
from errand.quick_add.words.tokens import Token

type PhraseKind = Literal[
    "date", "time", "part", "duration", "rule", "start", "end", "count", "span"
]
type Value = Day | Clock | Rule | Span | date | int


class Phrase(NamedTuple):
    """Of the tokens from `first` to before `end`; those of one chain stand together."""

    kind: PhraseKind
    first: int
    end: int
    value: Value
    chain: int


type _Reading = tuple[PhraseKind, Callable[[Reader, int], Match[Value]]]

_ANYWHERE: tuple[_Reading, ...] = (
    ("rule", rules.rule_at),
    ("date", dates.date_at),
    ("time", times.time_at),
)
_BEHIND_RULE: tuple[_Reading, ...] = (
    ("start", ends.start_at),
    ("end", ends.until_at),
    ("count", ends.count_at),
    ("span", ends.span_at),
)
_BEHIND_TIME: tuple[_Reading, ...] = (("duration", times.duration_at),)


def _time_behind_day(reader: Reader, at: int) -> Match[Value]:
    return times.time_at(reader, at, behind_day=True)


_BEHIND_DAY: tuple[_Reading, ...] = (("time", _time_behind_day), ("part", dates.part_at))


def phrases(tokens: Sequence[Token], now: datetime) -> list[Phrase]:
    """All that may be meant, in order; each token is looked at a fixed number of times."""
    readers = [Reader(tokens, language, now) for language in languages()]
    found: list[Phrase] = []
    chain: list[Phrase] = []
    at = 0
    while at < len(tokens):
        if chain and tokens[at - 1].is_closed:
            chain = []
        number = chain[0].first if chain else at
        phrase = _behind(readers, at, chain, number) or _anywhere(readers, at, number)
        if phrase:
            found.append(phrase)
            chain.append(phrase)
            at = phrase.end
        else:
            chain = []
            at += 1
    return found


def _behind(readers: list[Reader], at: int, chain: list[Phrase], number: int) -> Phrase | None:
    """What counts only behind something else."""
    kinds = {phrase.kind for phrase in chain}
    readings: tuple[_Reading, ...] = ()
    if "rule" in kinds:
        readings += _BEHIND_RULE
    if "time" in kinds:
        readings += _BEHIND_TIME
    elif kinds & {"date", "rule"}:
        readings += _BEHIND_DAY
    return _longest(readers, at, readings, number)


def _anywhere(readers: list[Reader], at: int, number: int) -> Phrase | None:
    word = readers[0].word(at)
    if not word or _is_within(readers, at):
        return None
    able = [each for each in readers if word in each.language.first_words or word[0].isdigit()]
    phrase = _longest(able, at, _ANYWHERE, number)
    if not phrase:
        return None
    is_ended = phrase.kind == "rule" and any(
        ends.until_at(reader, phrase.end) for reader in readers
    )
    is_range = any(reader.is_range(phrase.end) for reader in readers)
    return None if is_range and not is_ended else phrase


def _is_within(readers: list[Reader], at: int) -> bool:
    """Whether the words before need what follows: "the summary of Monday", "9am - 5pm"."""
    reader = readers[0]
    if not reader.goes_on(at):
        return False
    before = reader.word(at - 1)
    if any(before in each.language.not_before for each in readers):
        return True
    for link in (at - 1, at):
        word, is_dash = reader.word(link), reader.tokens[link].is_dash
        is_link = is_dash or any(word in each.language.ranges for each in readers)
        if is_link and link and _is_value(readers, link - 1):
            return True
    return False


def _is_value(readers: list[Reader], at: int) -> bool:
    """Whether this may be the other end of a range."""
    word = readers[0].word(at)
    return word[:1].isdigit() or any(
        word in each.language.day_words
        or each.language.oclock.meaning(word) is not None
        or each.language.meridiems.meaning(word) is not None
        for each in readers
    )


def _longest(
    readers: list[Reader], at: int, readings: tuple[_Reading, ...], chain: int
) -> Phrase | None:
    """Rules before days before times, where they are as long."""
    best: Phrase | None = None
    for kind, read in readings:
        for reader in readers:
            found = read(reader, at)
            if found and (best is None or found[1] > best.end):
                best = Phrase(kind, at, found[1], found[0], chain)
    return best
