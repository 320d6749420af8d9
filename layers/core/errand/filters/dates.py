"""Days and moments of tasks beside those of filters, on the account's calendar."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from errand.epoch import since_epoch
from errand.filters.grammar import WEEKDAYS, Period, Relative, Unit, When

type Span = tuple[date, date]

_DAY = timedelta(days=1)
_NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}
_WHICH = {"last": -1, "this": 0, "next": 1}


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """`now` with a zone; `zone` of the account: both decide what today is.

    Of what a task has as `due` or `start`, `day` tells the day on the clock that shows it, `moment`
    the instant (with a zone), which is None if it is a day and no time.
    """

    now: datetime
    zone: tzinfo
    day: Callable[[Any], date]
    moment: Callable[[Any], datetime | None]

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def of(self, due: object) -> date:
        """A datetime with a zone if it is timed."""
        at = self.moment(due)
        return self.day(due) if at is None else at


def local_day(at: date, zone: tzinfo) -> date:
    if not isinstance(at, datetime):
        return at
    try:
        return at.astimezone(zone).date()
    except OverflowError:
        # The first or last day that there is, a few hours further.
        return at.date()


def span(value: When, today: date) -> Span:
    """First and last day of it."""
    match value:
        case Relative():
            day = _counted(_named(value.word, today), value.amount, value.unit)
            return day, day
        case Period():
            return _period(value, today)
        case date():
            return value, value
    return today, today


def beside(value: When, context: Context) -> Callable[[date], int]:
    """Tells of a day or moment whether it is before (-1), in (0) or behind (1) that.

    A day is behind `now` from tomorrow on, and before it until yesterday.
    """
    first, last = span(value, context.today)
    now, zone = context.now, context.zone

    def sign(at: date) -> int:
        if value == "now" and isinstance(at, datetime):
            return (at > now) - (at < now)
        day = local_day(at, zone)
        return (day > last) - (day < first)

    return sign


def begin(day: date, zone: tzinfo) -> tuple[int, int]:
    """When that day first begins, and last, in milliseconds of the epoch.

    They differ where clocks are set back over midnight.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    both = [since_epoch(midnight.replace(fold=fold)) for fold in (0, 1)]
    return min(both), max(both)


def shifted(day: date, days: int) -> date:
    """The first or last day that there is if it were beyond."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def _named(word: str, today: date) -> date:
    if word in _NEAR:
        return shifted(today, _NEAR[word])
    ahead = (WEEKDAYS.index(word) - today.weekday()) % 7
    return shifted(today, ahead or 7)


def _counted(day: date, amount: int, unit: Unit) -> date:
    """A month without that day has its last one."""
    if unit in {"day", "week"}:
        return shifted(day, amount * (7 if unit == "week" else 1))
    months = amount * (12 if unit == "year" else 1)
    first = _first_of_month(day, months)
    return first.replace(day=min(day.day, _last_of_month(first).day))


def _first_of_month(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    number = min(max(number, date.min.year * 12), date.max.year * 12 + 11)
    return date(number // 12, number % 12 + 1, 1)


def _last_of_month(first: date) -> date:
    following = _first_of_month(first, 1)
    return date.max if following == first else shifted(following, -1)


def _period(period: Period, today: date) -> Span:
    along = _WHICH[period.which]
    if period.unit == "week":
        monday = shifted(today, 7 * along - today.weekday())
        return monday, shifted(monday, 6)
    first = _first_of_month(today, along)
    return first, _last_of_month(first)
