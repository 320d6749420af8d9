"""The days of a rule, as they are said behind "every"."""

from errand.quick_add.figures import month_day_at, numeric_month_day
from errand.quick_add.reading import Match, Reader
from errand.quick_add.recurrence import WORKDAYS, Rule
from errand.quick_add.times import time_at
from errand.quick_add.words.language import LAST, Phrases

_SATURDAY = 5
_LIST_MAX = 31
_WEEKS_IN_MONTH = 5


def weekdays_at(reader: Reader, at: int) -> Match[Rule]:
    """As "(every) mon, wed and fri", "(every) other Monday" and "(every) two Mondays"."""
    words = reader.language
    if number := reader.number(at):
        found = _of_plurals(reader, number[1]) if number[0] > 1 else None
        return (found[0]._replace(interval=number[0]), found[1]) if found else None
    start = reader.skipped(words.other_weekdays, at)
    if found := weekday_list(reader, start):
        return found[0]._replace(interval=2 if start > at else 1), found[1]
    if compound := reader.phrase(words.weekdays_with_part, at):
        weekday, hour = compound[0]
        return Rule("WEEKLY", by_day=((None, weekday),), hour=hour), compound[1]
    if end := reader.behind(words.workdays, at):
        return Rule("WEEKLY", by_day=WORKDAYS), end
    if end := reader.behind(words.weekend_days, at):
        return Rule("WEEKLY", by_day=((None, _SATURDAY),)), end
    return None


def weekday_list(reader: Reader, at: int) -> Match[Rule]:
    words = reader.language
    tables = (words.weekdays, words.short_weekdays, words.vague_weekdays, words.plural_weekdays)
    return weekly_on(listed(reader, at, *tables))


def _of_plurals(reader: Reader, at: int) -> Match[Rule]:
    return weekly_on(listed(reader, at, reader.language.plural_weekdays))


def weekly_on(found: Match[list[int]]) -> Match[Rule]:
    """Of days that were read."""
    if not found:
        return None
    days = tuple((None, weekday) for weekday in sorted(set(found[0])))
    return Rule("WEEKLY", by_day=days), found[1]


def listed(reader: Reader, at: int, *tables: Phrases[int]) -> Match[list[int]]:
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


def on_day(rule: Rule, month_and_day: tuple[int, int]) -> Rule:
    month, day = month_and_day
    return rule._replace(by_month=(month,), by_month_day=(day,))


def last_day_at(reader: Reader, at: int) -> Match[Rule]:
    words = reader.language
    last = reader.phrase(words.ordinals, at)
    unit = reader.phrase(words.units, last[1]) if last and last[0] == LAST else None
    return (Rule("MONTHLY", by_month_day=(LAST,)), unit[1]) if unit and unit[0] == "day" else None


def nth_at(reader: Reader, at: int) -> Match[Rule]:
    """As "(every) last Friday" and "(every) first workday"."""
    words = reader.language
    found = reader.ordinal(at) or reader.phrase(words.ordinals, at)
    is_second = not found and not reader.behind(words.other_weekdays, at)
    if is_second and (start := reader.behind(words.other, at)):
        found = 2, start
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
    behind = reader.skipped(words.of_month, end)
    if is_second and behind == end and not reader.behind(words.of_every_month, end):
        # To some every second Friday is every other one.
        return None
    return rule, behind


def yearly_at(reader: Reader, at: int) -> Match[Rule]:
    """As "(every) 24 Dec"."""
    found = month_day_at(reader, at) or numeric_month_day(reader, at)
    return (on_day(Rule("YEARLY"), found[0]), found[1]) if found else None


def days_of_month_at(reader: Reader, at: int, *, bare: bool = False) -> Match[Rule]:
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
        if not found:
            break
        days.append(found[0])
        end = found[1]
    if not days:
        return None
    behind = reader.skipped(words.of_month, end)
    if behind == end and not (reader.is_free(end) or time_at(reader, end, behind_day=True)):
        return None
    return Rule("MONTHLY", by_month_day=tuple(sorted(set(days)))), behind
