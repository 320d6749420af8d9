"""Where a rule begins and ends, behind it."""

from datetime import date, timedelta
from typing import NamedTuple

from errand.quick_add import calendar
from errand.quick_add.dates import any_date_at
from errand.quick_add.reading import Match, Reader
from errand.quick_add.words.language import Phrases


def start_at(reader: Reader, at: int) -> Match[date]:
    """As "starting tomorrow", behind a rule."""
    return _day_behind(reader, reader.language.starting, at)


def until_at(reader: Reader, at: int) -> Match[date]:
    """As "until 24 Dec", behind a rule."""
    return _day_behind(reader, reader.language.until, at)


def _day_behind(reader: Reader, table: Phrases[bool], at: int) -> Match[date]:
    start = reader.before(table, at)
    found = any_date_at(reader, start) if start else None
    return (found[0].day, found[1]) if found and not found[0].at else None


def count_at(reader: Reader, at: int) -> Match[int]:
    """As "for 5 times", behind a rule."""
    start = reader.before(reader.language.during, at)
    number = reader.number(start) if start else None
    end = reader.behind(reader.language.times, number[1]) if number else None
    return (number[0], end) if number and end else None


class Span(NamedTuple):
    """`unit`: as of calendar.later."""

    number: int
    unit: str

    def last_day(self, first: date) -> date:
        return calendar.later(first, self.number, self.unit) - timedelta(days=1)


def span_at(reader: Reader, at: int) -> Match[Span]:
    """As "for 2 weeks", behind a rule."""
    start = reader.before(reader.language.during, at)
    number = reader.number(start) if start else None
    unit = reader.phrase(reader.language.units, number[1]) if number else None
    if not number or not unit or unit[0] in {"minute", "hour"}:
        return None
    return Span(number[0], unit[0]), unit[1]


def is_bounded(reader: Reader, at: int) -> bool:
    """Whether a begin or an end of the rule before follows at once."""
    return any(read(reader, at) for read in (start_at, until_at, count_at, span_at))
