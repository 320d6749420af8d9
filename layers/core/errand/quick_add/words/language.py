"""What a language must tell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from errand.quick_add.words.tokens import Token, folded

# The hours that parts of a day stand for.
MORNING, NOON, AFTERNOON, EVENING, NIGHT = 9, 12, 15, 19, 21
LAST = -1


class Phrases[T]:
    """Phrases of one or more words, each with what it means."""

    def __init__(self, meanings: Mapping[str, T]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for phrase, meaning in meanings.items():
            words = tuple(folded(phrase).split())
            self._by_first.setdefault(words[0], []).append((words, meaning))
        for candidates in self._by_first.values():
            candidates.sort(key=lambda candidate: -len(candidate[0]))

    def first_words(self) -> Iterable[str]:
        return self._by_first

    def meaning(self, word: str) -> T | None:
        """Of a phrase of this one word."""
        for words, meaning in self._by_first.get(word, ()):
            if len(words) == 1:
                return meaning
        return None

    def find(self, tokens: Sequence[Token], at: int) -> tuple[T, int] | None:
        """The longest that stands there, with where it ends; no punctuation parts its words."""
        if at >= len(tokens):
            return None
        for words, meaning in self._by_first.get(tokens[at].word, ()):
            end = at + len(words)
            there = tokens[at:end]
            if tuple(each.word for each in there) == words and not any(
                each.is_closed for each in there[:-1]
            ):
                return meaning, end
        return None


def some(*phrases: str) -> Phrases[bool]:
    return Phrases(dict.fromkeys(phrases, True))


def words(text: str) -> frozenset[str]:
    return frozenset(folded(text).split())


def numbered(*names: str, first: int = 0) -> dict[str, int]:
    """Each with its number; several names of one, by spaces."""
    return {name: number for number, line in enumerate(names, first) for name in line.split()}


# Compared and shown by nobody: what dataclasses write for that is half of the import.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Language:
    """A weekday is 0 for Monday, a part of the day an hour, an ordinal -1 for the last."""

    # Days.
    relative_days: Phrases[int]
    parts_of_today: Phrases[int]
    weekdays: Phrases[int]
    # Counts alone, at the end of a text or before a time.
    short_weekdays: Phrases[int]
    # Counts behind "on" and "every", or before a time: they are other words, too.
    vague_weekdays: Phrases[int]
    # Compounds as Montagabend: weekday and hour.
    weekdays_with_part: Phrases[tuple[int, int]]
    # Before and behind a weekday: how many weeks later than the next of that name.
    weeks_before: Phrases[int]
    weeks_behind: Phrases[int]
    months: Phrases[int]
    month_links: Phrases[bool]
    # "mayo" is a month only with "de" before it.
    months_need_link: Phrases[bool]
    periods: Phrases[str]
    weekends: Phrases[int]
    prefixes: Phrases[bool]
    # "on the", before a bare ordinal.
    ordinal_prefixes: Phrases[bool]
    into: Phrases[bool]
    # Names such as Black Friday.
    names_before_weekday: frozenset[str]
    is_month_first: bool = False
    # Written small, unless they are a name.
    small_weekdays: bool = False
    # "Müll am Montag rausbringen": what follows a prefixed day may be any word.
    is_loose: bool = False
    verb_endings: tuple[str, ...] = ()

    # Times.
    at: Phrases[bool]  # True before a bare hour, too
    named_times: Phrases[int]
    oclock: Phrases[bool]
    # 9.30 is a time.
    has_points_in_times: bool = False
    meridiems: Phrases[int]
    half_to: Phrases[bool]
    fractions: Phrases[int]
    parts: Phrases[int]
    parts_behind_time: Phrases[int]
    during: Phrases[bool]

    # Amounts.
    units: Phrases[str]
    numbers: Phrases[int]
    ordinals: Phrases[int]
    # A regular expression.
    ordinal_ending: str
    has_bare_ordinals: bool = False

    # Rules.
    # True where a number must follow.
    every: Phrases[bool]
    other: Phrases[bool]
    # Not "second": to some, every second Friday is one a month.
    other_weekdays: Phrases[bool]
    adverbs: Phrases[tuple[str, int]]
    every_workday: Phrases[bool]
    workdays: Phrases[bool]
    weekend_days: Phrases[bool]
    weekly: Phrases[int]
    plural_weekdays: Phrases[int]
    # The day of a month, as in "cada día 15".
    day_of: Phrases[bool]
    on: Phrases[bool]
    of_month: Phrases[bool]
    of_every_month: Phrases[bool]
    both: Phrases[bool]
    starting: Phrases[bool]
    until: Phrases[bool]
    times: Phrases[bool]

    # What stands around.
    not_before: frozenset[str]
    connecting: frozenset[str]
    alternatives: frozenset[str]
    ranges: frozenset[str]

    first_words: frozenset[str] = field(init=False)
    day_words: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        days = (
            *(self.relative_days, self.parts_of_today, self.weekdays, self.short_weekdays),
            *(self.months, self.weeks_before, self.weekends),
        )
        introductions = (self.every, self.prefixes, self.ordinal_prefixes)
        others = (self.vague_weekdays, self.weekly, self.ordinals, self.parts)
        more = (self.at, self.into, self.every_workday)
        day_words = _first_words(*days) | _first_words(*introductions)
        words = day_words | _first_words(*others) | _first_words(*more)
        words |= _first_words(self.periods) | _first_words(self.adverbs)
        words |= _first_words(self.weekdays_with_part)
        object.__setattr__(self, "day_words", day_words)
        object.__setattr__(self, "first_words", words)


def _first_words[T](*tables: Phrases[T]) -> frozenset[str]:
    return frozenset(word for table in tables for word in table.first_words())
