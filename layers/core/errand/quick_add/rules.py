"""Rules of recurrence."""

from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from errand.quick_add import calendar
from errand.quick_add.dates import any_date_at
from errand.quick_add.figures import month_day_at, numeric_month_day
from errand.quick_add.reading import Match, Reader
from errand.quick_add.recurrence import WORKDAYS, Rule
from errand.quick_add.times import time_at
from errand.quick_add.words.language import LAST, Phrases

_FREQUENCIES = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
_SATURDAY = 5
_LIST_MAX = 31
_WEEKS_IN_MONTH = 5
_DAYS_IN_MONTH = 31


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
    for read in (_weekdays, _interval, _nth, _yearly, _days_of_month, _part):
        if found := read(reader, start):
            return replace(found[0], is_from_completion=bool(closing)), found[1]
    return None


def _weekdays(reader: Reader, at: int) -> Match[Rule]:
    """As "(every) mon, wed and fri" and "(every) other Monday"."""
    words = reader.language
    start = reader.skipped(words.other_weekdays, at)
    if found := _weekday_list(reader, start):
        return replace(found[0], interval=2 if start > at else 1), found[1]
    if end := reader.behind(words.workdays, at):
        return Rule("WEEKLY", by_day=WORKDAYS), end
    if end := reader.behind(words.weekend_days, at):
        return Rule("WEEKLY", by_day=((None, _SATURDAY),)), end
    return None


def _weekday_list(reader: Reader, at: int) -> Match[Rule]:
    words = reader.language
    tables = (words.weekdays, words.short_weekdays, words.vague_weekdays, words.plural_weekdays)
    found = _listed(reader, at, *tables)
    if not found:
        return None
    days = tuple((None, weekday) for weekday in sorted(set(found[0])))
    return Rule("WEEKLY", by_day=days), found[1]


def _listed(reader: Reader, at: int, *tables: Phrases[int]) -> Match[list[int]]:
    """One or more, with commas and "and" between."""
    values: list[int] = []
    end = at
    while len(values) < _LIST_MAX:
        start = reader.skipped(reader.language.both, end) if values else end
        if values and start == end and not reader.tokens[end - 1].is_closed:
            break
        found = next(filter(None, (reader.phrase(table, start) for table in tables)), None)
        if not found:
            break
        values.append(found[0])
        end = found[1]
    return (values, end) if values else None


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
    if day_of and (found := _days_of_month(reader, at)):
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
    start = reader.before(words.on, at) if reader.goes_on(at) else None
    if not start:
        return None
    if rule.frequency == "WEEKLY" and (found := _weekday_list(reader, start)):
        return replace(rule, by_day=found[0].by_day), found[1]
    if rule.frequency == "MONTHLY":
        found = _nth(reader, start) or _last_day(reader, start)
        found = found or _days_of_month(reader, start, bare=True)
        return (replace(found[0], interval=rule.interval), found[1]) if found else None
    if rule.frequency == "YEARLY":
        day = month_day_at(reader, start) or numeric_month_day(reader, start)
        return (_on_day(rule, day[0]), day[1]) if day else None
    return None


def _on_day(rule: Rule, month_and_day: tuple[int, int]) -> Rule:
    month, day = month_and_day
    return replace(rule, by_month=(month,), by_month_day=(day,))


def _last_day(reader: Reader, at: int) -> Match[Rule]:
    words = reader.language
    last = reader.phrase(words.ordinals, at)
    unit = reader.phrase(words.units, last[1]) if last and last[0] == LAST else None
    return (Rule("MONTHLY", by_month_day=(LAST,)), unit[1]) if unit and unit[0] == "day" else None


def _nth(reader: Reader, at: int) -> Match[Rule]:
    """As "(every) last Friday" and "(every) first workday"."""
    words = reader.language
    found = reader.ordinal(at) or reader.phrase(words.ordinals, at)
    if not found or found[0] > _WEEKS_IN_MONTH:
        return None
    number, start = found
    if end := reader.behind(words.workdays, start):
        rule = Rule("MONTHLY", by_day=WORKDAYS, by_set_position=number)
    elif weekday := reader.phrase(words.weekdays, start) or reader.phrase(
        words.short_weekdays, start
    ):
        rule, end = Rule("MONTHLY", by_day=((number, weekday[0]),)), weekday[1]
    else:
        return None
    return rule, reader.skipped(words.of_month, end)


def _yearly(reader: Reader, at: int) -> Match[Rule]:
    """As "(every) 24 Dec"."""
    found = month_day_at(reader, at) or numeric_month_day(reader, at)
    return (_on_day(Rule("YEARLY"), found[0]), found[1]) if found else None


def _days_of_month(reader: Reader, at: int, *, bare: bool = False) -> Match[Rule]:
    """As "(every) 1st and 15th (of the month)"."""
    words = reader.language
    day_of = reader.behind(words.day_of, at)
    bare = bare or day_of is not None
    days: list[int] = []
    end = day_of or at
    while len(days) < _LIST_MAX:
        start = reader.skipped(words.both, end) if days else end
        if days and start == end and not reader.tokens[end - 1].is_closed:
            break
        found = reader.ordinal(start, bare=bare)
        if not found or not 1 <= found[0] <= _DAYS_IN_MONTH:
            break
        days.append(found[0])
        end = found[1]
    if not days:
        return None
    behind = reader.skipped(words.of_month, end)
    if behind == end and not (reader.is_free(end) or time_at(reader, end, behind_day=True)):
        return None
    return Rule("MONTHLY", by_month_day=tuple(sorted(set(days)))), behind


def _part(reader: Reader, at: int) -> Match[Rule]:
    """As "(every) morning"."""
    found = reader.phrase(reader.language.parts, at)
    return (Rule("DAILY", hour=found[0]), found[1]) if found else None


def _adverb(reader: Reader, at: int) -> Match[Rule]:
    """As "daily", at the end: a daily report is something else."""
    found = reader.phrase(reader.language.adverbs, at)
    rule = _of_unit(*found[0]) if found else None
    if not found or not rule:
        return None
    if on := _on(reader, rule, found[1]):
        return on
    is_apart = reader.is_end(found[1]) and not reader.is_start(at)
    if is_apart or (reader.goes_on(found[1]) and time_at(reader, found[1], behind_day=True)):
        return rule, found[1]
    return None


def _every_workday(reader: Reader, at: int) -> Match[Rule]:
    end = reader.behind(reader.language.every_workday, at)
    if not end or not _stands_free(reader, at, end):
        return None
    return Rule("WEEKLY", by_day=WORKDAYS), end


def _weekly(reader: Reader, at: int) -> Match[Rule]:
    """As "on Mondays"."""
    words = reader.language
    found = _listed(reader, at, words.weekly)
    if not found or not _stands_free(reader, at, found[1]):
        return None
    days = tuple((None, weekday) for weekday in sorted(set(found[0])))
    return Rule("WEEKLY", by_day=days), found[1]


def _stands_free(reader: Reader, at: int, end: int) -> bool:
    is_apart = reader.is_end(end) if reader.is_start(at) else reader.is_free(end)
    return is_apart or (reader.goes_on(end) and bool(time_at(reader, end, behind_day=True)))


def _of_every_month(reader: Reader, at: int) -> Match[Rule]:
    """As "on the last Friday of every month"."""
    words = reader.language
    prefix = reader.before(words.ordinal_prefixes, at) or reader.before(words.prefixes, at)
    start = prefix or at
    found = _nth(reader, start) or _last_day(reader, start)
    if not found:
        day = reader.ordinal(start, bare=prefix is not None)
        if not day or not 1 <= day[0] <= _DAYS_IN_MONTH:
            return None
        found = Rule("MONTHLY", by_month_day=(day[0],)), day[1]
    end = reader.behind(words.of_every_month, found[1])
    return (found[0], end) if end else None


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

    def last_day(self, first: date) -> date | None:
        end = calendar.later(first, self.number, self.unit)
        return end - timedelta(days=1) if end else None


def span_at(reader: Reader, at: int) -> Match[Span]:
    """As "for 2 weeks", behind a rule."""
    start = reader.before(reader.language.during, at)
    number = reader.number(start) if start else None
    unit = reader.phrase(reader.language.units, number[1]) if number else None
    if not number or not unit or unit[0] in {"minute", "hour"}:
        return None
    return Span(number[0], unit[0]), unit[1]
