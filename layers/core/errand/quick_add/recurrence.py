"""A rule as it is read, its text of RFC 5545, and its first day."""

from datetime import date, timedelta
from typing import NamedTuple

from errand.quick_add.calendar import last_day

_NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WORKDAYS = tuple((None, weekday) for weekday in range(5))
# No rule that can be said has a gap that is longer; 24 December has the longest.
_SOUGHT_DAYS = 400


class Rule(NamedTuple):
    """`by_day`: pairs of an ordinal and a weekday; `hour`: of the part of the day that is said."""

    frequency: str
    interval: int = 1
    by_month: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_day: tuple[tuple[int | None, int], ...] = ()
    by_set_position: int | None = None
    hour: int | None = None
    is_from_completion: bool = False

    def text(self, *ends: tuple[str, object]) -> str:
        """An RRULE; `ends` are COUNT or UNTIL."""
        days = [f"{ordinal or ''}{_NAMES[weekday]}" for ordinal, weekday in self.by_day]
        parts: tuple[tuple[str, object], ...] = (
            ("FREQ", self.frequency),
            ("INTERVAL", self.interval if self.interval > 1 else ""),
            ("BYMONTH", ",".join(map(str, self.by_month))),
            ("BYMONTHDAY", ",".join(map(str, self.by_month_day))),
            ("BYDAY", ",".join(days)),
            ("BYSETPOS", self.by_set_position or ""),
            *ends,
        )
        return ";".join(f"{name}={value}" for name, value in parts if value)

    def first(self, since: date) -> date:
        """Its first day that is not before `since`."""
        days = (since + timedelta(days=days) for days in range(_SOUGHT_DAYS))
        return next(filter(self._has, days))

    def _has(self, day: date) -> bool:
        if self.by_month and day.month not in self.by_month:
            return False
        last = last_day(day.year, day.month)
        if self.by_set_position:
            return day.day == self._workday_of_month(day, last)
        if self.by_month_day and day.day not in {
            # The 31st of a shorter month is its last day.
            last + 1 + number if number < 0 else min(number, last)
            for number in self.by_month_day
        }:
            return False
        return not self.by_day or any(
            weekday == day.weekday() and _is_nth(day, ordinal, last)
            for ordinal, weekday in self.by_day
        )

    def _workday_of_month(self, day: date, last: int) -> int:
        weekdays = {weekday for _, weekday in self.by_day}
        days = [n for n in range(1, last + 1) if day.replace(day=n).weekday() in weekdays]
        position = self.by_set_position or 1
        return days[position - 1 if position > 0 else position]


def _is_nth(day: date, ordinal: int | None, last: int) -> bool:
    if ordinal is None:
        return True
    if ordinal > 0:
        return (day.day - 1) // 7 == ordinal - 1
    return (last - day.day) // 7 == -ordinal - 1
