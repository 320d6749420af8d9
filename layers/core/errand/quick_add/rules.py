"""Rules of recurrence."""

from errand.quick_add.ends import is_bounded
from errand.quick_add.figures import month_day_at, numeric_month_day
from errand.quick_add.reading import Match, Reader
from errand.quick_add.recurrence import WORKDAYS, Rule
from errand.quick_add.rule_days import (
    days_of_month_at,
    last_day_at,
    listed,
    nth_at,
    on_day,
    weekday_list,
    weekdays_at,
    weekly_on,
    yearly_at,
)
from errand.quick_add.times import time_at
from errand.quick_add.words.language import LAST

_FREQUENCIES = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}


def rule_at(reader: Reader, at: int) -> Match[Rule]:
    """A rule, as "every other Monday"."""
    for read in (_every, _adverb, _every_workday, _weekly, _of_every_month):
        if found := read(reader, at):
            return found
    return None


def _every(reader: Reader, at: int) -> Match[Rule]:
    words = reader.language
    found_every = reader.phrase(words.every, at)
    if not found_every:
        return None
    needs_number, start = found_every
    closing = reader.tokens[start - 1].closing
    if closing not in {"", "!"} or (needs_number and not reader.number(start)):
        return None
    for read in (weekdays_at, _interval, nth_at, yearly_at, days_of_month_at, _part):
        if found := read(reader, start):
            return found[0]._replace(is_from_completion=bool(closing)), found[1]
    return None


def _interval(reader: Reader, at: int) -> Match[Rule]:
    """As "(every) 3 days", "(every) third day", "(every) week on Friday"."""
    words = reader.language
    if other := reader.behind(words.other, at):
        count, start = 2, other
    elif said := reader.ordinal(at) or reader.phrase(words.ordinals, at):
        count, start = said
    else:
        count, start = reader.number(at) or (1, at)
    unit = reader.phrase(words.units, start)
    if unit and unit[0] == "day" and count == LAST:
        return Rule("MONTHLY", by_month_day=(LAST,)), reader.skipped(words.of_month, unit[1])
    if not unit or count < 1 or (count == 1 and start > at and not reader.number(at)):
        return None
    day_of = reader.behind(words.day_of, at)
    if day_of and (found := days_of_month_at(reader, at)):
        return found
    rule = _of_unit(unit[0], count)
    if not rule:
        return None
    return _on(reader, rule, unit[1]) or (rule, unit[1])


def _of_unit(unit: str, count: int) -> Rule | None:
    if unit == "quarter":
        unit, count = "month", 3 * count
    return Rule(_FREQUENCIES[unit], interval=count) if unit in _FREQUENCIES else None


def _on(reader: Reader, rule: Rule, at: int) -> Match[Rule]:
    """Which days of it, as "on Friday" of a week or "on the 15th" of a month."""
    words = reader.language
    if not reader.goes_on(at):
        return None
    start = reader.before(words.on, at)
    if rule.frequency == "WEEKLY":
        found = _weekdays(reader, at) or (weekday_list(reader, start) if start else None)
        return (rule._replace(by_day=found[0].by_day), found[1]) if found else None
    if not start:
        return None
    if rule.frequency == "MONTHLY":
        found = nth_at(reader, start) or last_day_at(reader, start)
        found = found or days_of_month_at(reader, start, bare=True)
        return (found[0]._replace(interval=rule.interval), found[1]) if found else None
    if rule.frequency == "YEARLY":
        day = month_day_at(reader, start) or numeric_month_day(reader, start)
        return (on_day(rule, day[0]), day[1]) if day else None
    return None


def _part(reader: Reader, at: int) -> Match[Rule]:
    """As "(every) morning", but not "(every) morning and evening", which is twice a day."""
    words = reader.language
    found = reader.phrase(words.parts, at)
    if found and (another := reader.behind(words.both, found[1])):
        found = None if reader.phrase(words.parts, another) else found
    return (Rule("DAILY", hour=found[0]), found[1]) if found else None


def _adverb(reader: Reader, at: int) -> Match[Rule]:
    """As "daily", at the end: a daily report is something else."""
    found = reader.phrase(reader.language.adverbs, at)
    rule = _of_unit(*found[0]) if found else None
    if not found or not rule:
        return None
    if on := _on(reader, rule, found[1]):
        return on
    end = found[1]
    if not reader.is_start(at) and (reader.is_end(end) or is_bounded(reader, end)):
        return rule, end
    if reader.goes_on(end) and time_at(reader, end, behind_day=True):
        return rule, end
    return None


def _every_workday(reader: Reader, at: int) -> Match[Rule]:
    end = reader.behind(reader.language.every_workday, at)
    if not end or not _stands_free(reader, at, end):
        return None
    return Rule("WEEKLY", by_day=WORKDAYS), end


def _weekly(reader: Reader, at: int) -> Match[Rule]:
    found = _weekdays(reader, at)
    if not found or not _stands_free(reader, at, found[1]):
        return None
    return found


def _weekdays(reader: Reader, at: int) -> Match[Rule]:
    """As "on Mondays", "on Mondays and Fridays"."""
    words = reader.language
    if not reader.phrase(words.weekly, at):
        return None
    return weekly_on(listed(reader, at, words.weekly, words.plural_weekdays))


def _stands_free(reader: Reader, at: int, end: int) -> bool:
    is_apart = reader.is_end(end) if reader.is_start(at) else reader.is_free(end)
    return is_apart or (reader.goes_on(end) and bool(time_at(reader, end, behind_day=True)))


def _of_every_month(reader: Reader, at: int) -> Match[Rule]:
    """As "on the last Friday of every month"."""
    words = reader.language
    prefix = reader.before(words.ordinal_prefixes, at) or reader.before(words.prefixes, at)
    start = prefix or at
    found = nth_at(reader, start) or last_day_at(reader, start)
    if not found:
        day = reader.ordinal(start, bare=prefix is not None)
        if not day:
            return None
        found = Rule("MONTHLY", by_month_day=(day[0],)), day[1]
    end = reader.behind(words.of_every_month, found[1])
    return (found[0], end) if end else None
