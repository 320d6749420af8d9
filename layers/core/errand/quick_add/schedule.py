"""When a task is due, of all that is said about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from errand.quick_add.dates import Day
from errand.quick_add.ends import Span
from errand.quick_add.phrases import Phrase, PhraseKind
from errand.quick_add.recurrence import Rule
from errand.quick_add.times import Clock
from errand.quick_add.words.language import NIGHT

_ONE_DAY = timedelta(days=1)
_SMALL_HOURS = 6


class Schedule(NamedTuple):
    """`used`: the phrases it is made of; the others are title."""

    due: date | None = None
    rule: str | None = None
    is_from_completion: bool = False
    duration: int | None = None
    used: tuple[Phrase, ...] = ()


@dataclass(slots=True)
class _Phrases:
    """`used`: those that have been asked for."""

    all: Sequence[Phrase]
    used: list[Phrase]

    def last[T](self, kind: PhraseKind, of: type[T], *, behind: Phrase | None = None) -> T | None:
        """What the last of a kind means, in the chain of another if one is given."""
        phrase = self.phrase(kind, behind=behind)
        if not phrase or not isinstance(phrase.value, of):
            return None
        self.used.append(phrase)
        return phrase.value

    def phrase(self, kind: PhraseKind, *, behind: Phrase | None = None) -> Phrase | None:
        for phrase in reversed(self.all):
            if phrase.kind == kind and (behind is None or phrase.chain == behind.chain):
                return phrase
        return None


def scheduled(phrases: Sequence[Phrase], now: datetime) -> Schedule:
    """The last of each kind counts; beside a rule no other day does."""
    said = _Phrases(phrases, [])
    rule = said.last("rule", Rule)
    day = None if rule else said.last("date", Day)
    if day and day.at:
        return Schedule(due=day.at, used=tuple(said.used))
    clock = said.last("time", Clock)
    hour = rule.hour if rule else day.hour if day else None
    if base := said.phrase("rule" if rule else "date"):
        part = said.last("part", int, behind=base)
        hour = hour if part is None else part
    at = _time(clock, hour)
    timed = said.phrase("time")
    minutes = said.last("duration", int, behind=timed) if timed else None
    if rule:
        schedule = _recurring(said, rule, at, now)
    else:
        schedule = Schedule(due=_due(day, at, now))
        if day and schedule.due and hour == NIGHT and clock and clock.hour < _SMALL_HOURS:
            schedule = schedule._replace(due=schedule.due + _ONE_DAY)
    return schedule._replace(duration=minutes, used=tuple(said.used))


def _time(clock: Clock | None, hour: int | None) -> time | None:
    """Of a time, a part of the day, or both, as "tonight at 8"."""
    if clock:
        return clock.time if hour is None else clock.in_part(hour).time
    return None if hour is None else time(hour)


def _due(day: Day | None, at: time | None, now: datetime) -> date | None:
    """A time alone is its next."""
    if day:
        return datetime.combine(day.day, at) if at else day.day
    if not at:
        return None
    due = datetime.combine(now.date(), at)
    return due if due >= now else due + _ONE_DAY


def _recurring(said: _Phrases, rule: Rule, at: time | None, now: datetime) -> Schedule:
    """From its first occurrence that is not over."""
    base = said.phrase("rule")
    start = said.last("start", date, behind=base)
    first = rule.first(start or now.date())
    if at and datetime.combine(first, at) < now:
        first = rule.first(first + _ONE_DAY)
    return Schedule(
        due=datetime.combine(first, at) if at else first,
        rule=rule.text(*_end(said, base, first, is_timed=at is not None)),
        is_from_completion=rule.is_from_completion,
    )


def _end(
    said: _Phrases, base: Phrase | None, first: date, *, is_timed: bool
) -> list[tuple[str, object]]:
    """COUNT or UNTIL; a last day before the first is none."""
    if count := said.last("count", int, behind=base):
        return [("COUNT", count)]
    last: date | None = None
    if (ending := said.phrase("end", behind=base)) and isinstance(ending.value, date):
        last = ending.value
    elif (ending := said.phrase("span", behind=base)) and isinstance(ending.value, Span):
        last = ending.value.last_day(first)
    if not ending or not last or last < first:
        return []
    said.used.append(ending)
    # A time's end is a time (RFC 5545, section 3.3.10).
    return [("UNTIL", f"{last:%Y%m%d}T235959" if is_timed else f"{last:%Y%m%d}")]
