"""When a rule has something occur: by arithmetic to the period that is asked for, then day by day.

Starts and occurrences are days, or local times without a zone. The start is an occurrence only if
the rule says so.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from errand.recurrence.rule import Frequency, InvalidRule, Rule

# Who waits longer than that for the next occurrence has none, unless the rule's interval is long.
YEARS = 10
_PERIODS = 10
_WEEK = 7
_MONTHS = 12


def occurrences(rule: Rule, start: date, *, after: date | None = None) -> Iterator[Any]:
    """In order, those behind `after` of what begins at `start`, all of its type.

    They end with the rule, and where ten years, and ten of its periods, have none.
    """
    rule = rule.anchored(start)
    clock = start.time() if isinstance(start, datetime) else None
    first = _day(start)
    last = _last_day(rule, first)
    # What is counted has to be counted from the start, unless arithmetic does.
    left = rule.count if last is None else None
    sought = first if after is None or left is not None else max(first, _day(after))
    for day in _days(rule, first, sought):
        at: date = datetime.combine(day, clock) if clock is not None else day
        if at < start:
            continue
        if _is_over(rule, at, last) or left == 0:
            return
        left = left and left - 1
        if after is None or at > after:
            yield at


def first_after(rule: Rule, start: date, moment: date) -> Any | None:
    """The first occurrence behind `moment`, which is of the type of `start`."""
    return next(occurrences(rule, start, after=moment), None)


def check_occurs(rule: Rule, start: date) -> None:
    """Raises InvalidRule for a rule that has nothing occur in the ten years from `start` on."""
    if next(occurrences(rule, start), None) is None:
        raise InvalidRule(
            f"there is no occurrence in the {YEARS} years from {start.isoformat()} on"
        )


def preview(rule: Rule, start: date, *, after: date, limit: int) -> list[Any]:
    return [*islice(occurrences(rule, start, after=after), limit)]


def _day(at: date) -> date:
    return at.date() if isinstance(at, datetime) else at


def _years_later(day: date) -> date:
    year = day.year + YEARS
    return date.max if year > date.max.year else day.replace(year=year, day=min(day.day, 28))


def _last_day(rule: Rule, first: date) -> date | None:
    """Of a rule that counts one occurrence for each period, and so needs no counting."""
    is_plain = rule.frequency is Frequency.DAILY and not (
        rule.by_month or rule.by_month_day or rule.by_day
    )
    if rule.count is None or not is_plain:
        return None
    days = (rule.count - 1) * rule.interval
    return first + timedelta(days=days) if days < (date.max - first).days else date.max


def _is_over(rule: Rule, at: date, last: date | None) -> bool:
    if last is not None and _day(at) > last:
        return True
    until = rule.until
    if until is None:
        return False
    if isinstance(until, datetime) and isinstance(at, datetime):
        return at > until.replace(tzinfo=None)
    return _day(at) > _day(until)


def _days(rule: Rule, first: date, sought: date) -> Iterator[date]:
    """From the period of `sought` on, until ten years, and ten periods, have none."""
    latest, empty = sought, 0
    for period, days in _periods(rule, first, sought):
        if empty >= _PERIODS and period > _years_later(latest):
            return
        chosen = _chosen(rule, days)
        yield from chosen
        latest, empty = (chosen[-1], 0) if chosen else (latest, empty + 1)


def _chosen(rule: Rule, days: list[date]) -> list[date]:
    if not rule.by_set_position:
        return days
    size = len(days)
    places = {at - 1 if at > 0 else size + at for at in rule.by_set_position}
    return [days[place] for place in sorted(places) if 0 <= place < size]


def _periods(rule: Rule, first: date, sought: date) -> Iterator[tuple[date, list[date]]]:
    """The begin of each period of the rule from that of `sought` on, and its days."""
    match rule.frequency:
        case Frequency.DAILY:
            return _daily(rule, first, sought)
        case Frequency.WEEKLY:
            return _weekly(rule, first, sought)
        case Frequency.MONTHLY:
            return _monthly(rule, first, sought)
        case Frequency.YEARLY:
            return _yearly(rule, first, sought)


def _daily(rule: Rule, first: date, sought: date) -> Iterator[tuple[date, list[date]]]:
    ordinal = first.toordinal()
    ordinal += (sought.toordinal() - ordinal) // rule.interval * rule.interval
    while ordinal <= date.max.toordinal():
        day = date.fromordinal(ordinal)
        yield day, [day] if _is_in(rule, day) and _is_month_day(rule, day) else []
        # Months that are none of the rule's are passed over at once: it may count for centuries.
        days = 0 if _is_month(rule, day) else monthrange(day.year, day.month)[1] - day.day
        ordinal += (days // rule.interval + 1) * rule.interval


def _weekly(rule: Rule, first: date, sought: date) -> Iterator[tuple[date, list[date]]]:
    ordinal = first.toordinal() - (first.weekday() - rule.week_start) % _WEEK
    step = rule.interval * _WEEK
    ordinal += (sought.toordinal() - ordinal) // step * step
    while ordinal <= date.max.toordinal():
        days = [
            date.fromordinal(each)
            for each in range(max(ordinal, 1), min(ordinal + _WEEK, date.max.toordinal() + 1))
        ]
        yield days[0], [day for day in days if _is_in(rule, day)]
        ordinal += step


def _monthly(rule: Rule, first: date, sought: date) -> Iterator[tuple[date, list[date]]]:
    begin = first.year * _MONTHS + first.month - 1
    wanted = sought.year * _MONTHS + sought.month - 1
    month = begin + (wanted - begin) // rule.interval * rule.interval
    while month < (date.max.year + 1) * _MONTHS:
        year, index = divmod(month, _MONTHS)
        among = _of_month(year, index + 1)
        yield among[0], _days_of_month(rule, among, among) if _is_month(rule, among[0]) else []
        month += rule.interval


def _yearly(rule: Rule, first: date, sought: date) -> Iterator[tuple[date, list[date]]]:
    year = first.year + (sought.year - first.year) // rule.interval * rule.interval
    while year <= date.max.year:
        whole = date(year, 1, 1), date(year, _MONTHS, 31)
        months = [_of_month(year, month) for month in rule.by_month or range(1, _MONTHS + 1)]
        found = [
            day
            for month in months
            # A number in BYDAY counts in the month if months are named, or else in the year.
            for day in _days_of_month(rule, month, month if rule.by_month else whole)
        ]
        yield whole[0], found
        year += rule.interval


def _of_month(year: int, month: int) -> tuple[date, date]:
    """Its first day, and its last."""
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _days_of_month(rule: Rule, month: tuple[date, date], among: tuple[date, date]) -> list[date]:
    """`among`: the month or year in which numbers in BYDAY count."""
    begin, end = month
    named = {at if at > 0 else end.day + at + 1 for at in rule.by_month_day}
    days = (
        begin.replace(day=at) for at in sorted(named) or range(1, end.day + 1) if 0 < at <= end.day
    )
    return [day for day in days if _is_day(rule, day, among)]


def _is_day(rule: Rule, day: date, among: tuple[date, date]) -> bool:
    if not rule.by_day:
        return True
    weekday = day.weekday()
    for each in rule.by_day:
        if each.weekday != weekday:
            continue
        if each.ordinal is None:
            return True
        before, behind = (day - among[0]).days // _WEEK, (among[1] - day).days // _WEEK
        if each.ordinal == (before + 1 if each.ordinal > 0 else -behind - 1):
            return True
    return False


def _is_month_day(rule: Rule, day: date) -> bool:
    if not rule.by_month_day or day.day in rule.by_month_day:
        return True
    from_end = day.day - monthrange(day.year, day.month)[1] - 1
    return from_end in rule.by_month_day


def _is_month(rule: Rule, day: date) -> bool:
    return not rule.by_month or day.month in rule.by_month


def _is_in(rule: Rule, day: date) -> bool:
    is_weekday = not rule.by_day or any(day.weekday() == each.weekday for each in rule.by_day)
    return is_weekday and _is_month(rule, day)
