"""Days, and moments that are named with their day.

tests/unit/quick_add/texts.txt shows what is one, and what is title.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from errand.quick_add import calendar
from errand.quick_add.figures import day_and_month, is_surely_numeric, numeric, ordinal_day
from errand.quick_add.reading import Match, Reader
from errand.quick_add.times import time_at
from errand.quick_add.weekdays import full_weekday, qualified_weekday, short_weekday

_SATURDAY = 5


class Day(NamedTuple):
    """`hour`: of a part of it that is named, as tonight; `at`: a moment, as "in 2 hours"."""

    day: date
    hour: int | None = None
    at: datetime | None = None


def date_at(reader: Reader, at: int) -> Match[Day]:
    """A day, where it is hardly anything else."""
    if found := _today(reader, at) or _in(reader, at) or _with_part(reader, at):
        return found
    for read in (_period, _prefixed, _ordinal, _qualified, _weekday, _short, _figures):
        if day := read(reader, at):
            return Day(day[0]), day[1]
    return None


def any_date_at(reader: Reader, at: int) -> Match[Day]:
    """A day where nothing but a day is expected: in braces, or behind "until"."""
    if found := _today(reader, at) or _in(reader, at):
        return found
    words = reader.language
    start = reader.skipped(words.prefixes, at)
    day = (
        _period(reader, at)
        or qualified_weekday(reader, at)
        or full_weekday(reader, start)
        or short_weekday(reader, start)
        or day_and_month(reader, start)
        or numeric(reader, start)
    )
    if not day:
        start = reader.skipped(words.ordinal_prefixes, at)
        # A number alone, in braces, is none.
        day = ordinal_day(reader, start, bare=start > 0)
    return (Day(day[0]), day[1]) if day else None


def part_at(reader: Reader, at: int) -> Match[int]:
    """A part of the day, behind a day."""
    return reader.phrase(reader.language.parts, at) if reader.goes_on(at) else None


def _today(reader: Reader, at: int) -> Match[Day]:
    """Today, tomorrow, tonight; they are written small, but for names such as USA Today."""
    words, today = reader.language, reader.now.date()
    start = reader.skipped(words.prefixes, at)
    if named := reader.phrase(words.relative_days, start):
        days, end = named
        is_name = any(token.is_capital for token in reader.tokens[start + 1 : end])
        if is_name or (reader.tokens[start].is_capital and not reader.is_start(start)):
            return None
        return Day(calendar.later(today, days, "day")), end
    if part := reader.phrase(words.parts_of_today, start):
        return Day(today, part[0]), part[1]
    return None


def _in(reader: Reader, at: int) -> Match[Day]:
    """As "in 3 days" and "in 20 minutes"."""
    start = reader.before(reader.language.into, at)
    amount = reader.number(start) if start else None
    unit = reader.phrase(reader.language.units, amount[1]) if amount else None
    if not amount or not unit:
        return None
    number, (name, end) = amount[0], unit
    # "in a year" is also said of what happens within one.
    if number == 1 and not reader.is_free(end):
        return None
    if name in {"minute", "hour"}:
        minutes = number * (60 if name == "hour" else 1)
        moment = reader.now.replace(second=0, microsecond=0) + timedelta(minutes=minutes)
        return Day(moment.date(), at=moment), end
    return Day(calendar.later(reader.now.date(), number, name)), end


def _with_part(reader: Reader, at: int) -> Match[Day]:
    """As Montagabend, in one word."""
    start = reader.skipped(reader.language.prefixes, at)
    found = reader.phrase(reader.language.weekdays_with_part, start)
    if not found or not _stands_free(reader, found[1]):
        return None
    (weekday, hour), end = found
    return Day(calendar.next_weekday(weekday, after=reader.now.date()), hour), end


def _period(reader: Reader, at: int) -> Match[date]:
    """As "next week" and "this weekend"."""
    words, today = reader.language, reader.now.date()
    for start in (at, reader.skipped(words.prefixes, at)):
        weekend, period = reader.phrase(words.weekends, start), reader.phrase(words.periods, start)
        if weekend and reader.is_free(weekend[1]):
            return calendar.weekday_in_weeks(_SATURDAY, weekend[0], after=today), weekend[1]
        if period and reader.is_free(period[1]):
            return calendar.period_start(period[0], after=today), period[1]
    return None


def _prefixed(reader: Reader, at: int) -> Match[date]:
    """As "on Friday" and "by 24 Dec"."""
    start = reader.before(reader.language.prefixes, at)
    if not start:
        return None
    day = day_and_month(reader, start) or numeric(reader, start) or full_weekday(reader, start)
    if not day:
        short = short_weekday(reader, start)
        return short if short and _stands_free(reader, short[1]) else None
    is_loose = reader.language.is_loose or reader.is_start(at)
    return day if is_loose or _stands_free(reader, day[1]) else None


def _ordinal(reader: Reader, at: int) -> Match[date]:
    """As "on the 15th" and "on the 24th of December"."""
    start = reader.before(reader.language.ordinal_prefixes, at)
    if not start:
        return None
    if day := day_and_month(reader, start) or numeric(reader, start):
        return day if reader.language.is_loose or _stands_free(reader, day[1]) else None
    day = ordinal_day(reader, start, bare=True)
    return day if day and _stands_free(reader, day[1]) else None


def _qualified(reader: Reader, at: int) -> Match[date]:
    day = qualified_weekday(reader, at)
    return day if day and _stands_free(reader, day[1]) else None


def _weekday(reader: Reader, at: int) -> Match[date]:
    """A weekday alone: at the end, before a time, or where a sentence goes on without it."""
    day = full_weekday(reader, at)
    if not day or _is_name(reader, at):
        return None
    is_apart = reader.is_end(day[1]) if reader.is_start(at) else reader.is_free(day[1])
    return day if is_apart or _has_time(reader, day[1]) else None


def _short(reader: Reader, at: int) -> Match[date]:
    """Sat is another word, too, so that it stands at the end or before a time."""
    day = short_weekday(reader, at)
    if not day or _is_name(reader, at):
        return None
    is_vague = reader.phrase(reader.language.vague_weekdays, at) is not None
    is_apart = not is_vague and reader.is_end(day[1])
    return day if is_apart or _has_time(reader, day[1]) else None


def _is_name(reader: Reader, at: int) -> bool:
    """Whether a weekday is that of a name, as Black Friday or Plácido Domingo.

    Or of a rule that nobody can tell: "every second Friday" is every other one, or one a month.
    """
    words = reader.language
    if at and reader.word(at - 1) in words.names_before_weekday:
        return True
    if at > 1 and reader.phrase(words.every, at - 2):
        return True
    return words.small_weekdays and reader.tokens[at].is_capital and not reader.is_start(at)


def _figures(reader: Reader, at: int) -> Match[date]:
    """24 Dec, 24.12.2026, 24.12., 12/24, without a word that would say that they are a day."""
    if day := day_and_month(reader, at):
        return day if _stands_free(reader, day[1]) else None
    day = numeric(reader, at)
    if not day:
        return None
    if not is_surely_numeric(reader.word(at)):
        # A version, unless it has a time.
        return day if reader.tokens[at].has_dot and _has_time(reader, day[1]) else None
    is_whole = len(reader.word(at)) >= len("24/12/26")
    is_apart = reader.is_free(day[1]) if is_whole else reader.is_end(day[1])
    return day if is_apart or _has_time(reader, day[1]) else None


def _stands_free(reader: Reader, end: int) -> bool:
    return reader.is_free(end) or _has_time(reader, end)


def _has_time(reader: Reader, at: int) -> bool:
    """Whether a time, or a part of the day, follows at once."""
    if not reader.goes_on(at):
        return False
    part = part_at(reader, at)
    if part and not reader.is_free(part[1]):
        # Saturday Night Live
        return bool(time_at(reader, part[1], behind_day=True))
    return bool(part or time_at(reader, at, behind_day=True))
