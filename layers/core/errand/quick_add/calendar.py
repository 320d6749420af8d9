"""Days, counted from a day of a year before 9000, so that a calendar's end is never met."""

from calendar import monthrange
from datetime import date, timedelta

_MONTHS = 12
# A 29 February comes at least this often.
_LEAP_YEARS = 8


def day_of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def last_day(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def later(day: date, amount: int, unit: str) -> date:
    """`unit`: day, week, month, quarter or year; the last of a month where there is no such day."""
    if unit in {"day", "week"}:
        return day + timedelta(days=amount * (7 if unit == "week" else 1))
    months = amount * {"month": 1, "quarter": 3, "year": _MONTHS}[unit]
    years, month = divmod(day.month - 1 + months, _MONTHS)
    year = day.year + years
    return date(year, month + 1, min(day.day, last_day(year, month + 1)))


def next_weekday(weekday: int, *, after: date) -> date:
    return later(after, (weekday - after.weekday() - 1) % 7 + 1, "day")


def weekday_in_weeks(weekday: int, weeks: int, *, after: date) -> date:
    """The next, or, if `weeks` is 1, that of the week after this one, which begins on Monday."""
    if not weeks:
        return next_weekday(weekday, after=after)
    return later(after, 7 * weeks - after.weekday() + weekday, "day")


def period_start(unit: str, *, after: date) -> date:
    """The first day of the next week, month or year."""
    if unit == "week":
        return next_weekday(0, after=after)
    first = after.replace(day=1) if unit == "month" else after.replace(month=1, day=1)
    return later(first, 1, unit)


def next_of_year(month: int, day: int, *, since: date) -> date | None:
    """The first such day that is not before `since`."""
    for year in range(since.year, since.year + _LEAP_YEARS + 1):
        found = day_of(year, month, day)
        if found and found >= since:
            return found
    return None


def next_of_month(day: int, *, since: date) -> date | None:
    """The first such day that is not before `since`."""
    for months in range(3):
        month = later(since.replace(day=1), months, "month")
        found = day_of(month.year, month.month, day)
        if found and found >= since:
            return found
    return None
