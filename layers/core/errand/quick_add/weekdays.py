"""Weekdays, with all that may stand before and behind them."""

from datetime import date

from errand.quick_add import calendar
from errand.quick_add.figures import day_and_month, numeric, ordinal_day
from errand.quick_add.reading import Match, Reader


def full_weekday(reader: Reader, at: int) -> Match[date]:
    """Friday, lunes que viene; with a date, short ones are as good: Fri 24 Jul, Fri 24.7."""
    words = reader.language
    short = reader.phrase(words.short_weekdays, at) or reader.phrase(words.vague_weekdays, at)
    found = reader.phrase(words.weekdays, at) or short
    if not found:
        return None
    weekday, end = found
    if dated := day_and_month(reader, end) or numeric(reader, end):
        return dated
    ordinal = ordinal_day(reader, end) if reader.goes_on(end) else None
    if ordinal and ordinal[0].weekday() == weekday:
        return ordinal
    return None if short else _next(reader, weekday, end)


def short_weekday(reader: Reader, at: int) -> Match[date]:
    """Fri; in capitals it is an abbreviation of something else, as SAT."""
    words = reader.language
    found = reader.phrase(words.short_weekdays, at) or reader.phrase(words.vague_weekdays, at)
    return _next(reader, *found) if found and not reader.tokens[at].raw.isupper() else None


def qualified_weekday(reader: Reader, at: int) -> Match[date]:
    """As "next Friday"."""
    words = reader.language
    weeks = reader.phrase(words.weeks_before, at)
    if not weeks:
        return None
    found = reader.phrase(words.weekdays, weeks[1]) or reader.phrase(words.short_weekdays, weeks[1])
    if not found:
        return None
    return calendar.weekday_in_weeks(found[0], weeks[0], after=reader.now.date()), found[1]


def _next(reader: Reader, weekday: int, end: int) -> Match[date]:
    weeks = 0
    if reader.goes_on(end):
        weeks, end = reader.phrase(reader.language.weeks_behind, end) or (0, end)
    return calendar.weekday_in_weeks(weekday, weeks, after=reader.now.date()), end
