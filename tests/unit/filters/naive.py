"""A naive reading of filters, for tests: whether a task is meant, told in another way.

Days are walked to and compared as texts; what conditions are together is looked up in a table of
truth.
"""

import calendar
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from tests.unit.filters.samples import SampleTask

from errand.filters.grammar import (
    And,
    Comparison,
    Contains,
    Filter,
    Named,
    Not,
    Or,
    Period,
    Priority,
    Relative,
)


def walked(word: str, today: date) -> date:
    near = {"today": 0, "tomorrow": 1, "yesterday": -1}
    if word in near:
        return today + near[word] * timedelta(days=1)
    day = today + timedelta(days=1)
    while f"{day:%A}".lower() != word:
        day += timedelta(days=1)
    return day


def all_days(value: Any, today: date) -> list[str]:
    """In their order, as texts."""
    if isinstance(value, date):
        return [value.isoformat()]
    if isinstance(value, Period):
        steps = {"last": -1, "this": 0, "next": 1}[value.which]
        around = [today + timedelta(days=days) for days in range(-70, 70)]
        if value.unit == "week":
            week = (today + timedelta(weeks=steps)).isocalendar()[:2]
            return [day.isoformat() for day in around if day.isocalendar()[:2] == week]
        month = (today.replace(day=15) + timedelta(days=30 * steps)).isoformat()[:7]
        return [day.isoformat() for day in around if day.isoformat().startswith(month)]
    if value == "now":
        return [today.isoformat()]
    day = walked(value.word, today)
    if value.unit in {"day", "week"}:
        return [(day + timedelta(**{f"{value.unit}s": value.amount})).isoformat()]
    year, month_index = day.year, day.month
    step = 1 if value.amount > 0 else -1
    for _ in range(abs(value.amount) * (12 if value.unit == "year" else 1)):
        month_index += step
        year, month_index = {0: (year - 1, 12), 13: (year + 1, 1)}.get(
            month_index, (year, month_index)
        )
    last = calendar.monthrange(year, month_index)[1]
    return [date(year, month_index, min(day.day, last)).isoformat()]


def compared(operator: str, at: str, first: str, last: str) -> bool:
    return {
        "=": first <= at <= last,
        "!=": not first <= at <= last,
        "<": at < first,
        "<=": at <= last,
        ">": at > last,
        ">=": at >= first,
    }[operator]


def of_dates(found: Comparison, task: SampleTask, now: datetime, here: ZoneInfo) -> bool:
    if found.field in {"created", "updated", "completed_at"}:
        stored = getattr(task, found.field.removesuffix("_at") + "_at")
        at: Any = None if stored is None else datetime.fromtimestamp(stored / 1000, here)
    else:
        at = getattr(task, found.field)
        if at is not None and not isinstance(at, date):
            at = at.moment(here) or at.day
    if found.value is None or at is None:
        return (
            (at is None) == (found.value is None)
            if found.operator == "="
            else (found.operator == "!=" and (at is None) != (found.value is None))
        )
    if found.value == "now" and isinstance(at, datetime):
        this = f"{now.timestamp():020.3f}"
        return compared(found.operator, f"{at.timestamp():020.3f}", this, this)
    day = f"{at.astimezone(here):%Y-%m-%d}" if isinstance(at, datetime) else at.isoformat()
    of_value = all_days(found.value, now.astimezone(here).date())
    return compared(found.operator, day, of_value[0], of_value[-1])


def holds(found: Any, task: SampleTask, now: datetime, here: ZoneInfo) -> bool:
    """Of a filter that is one condition."""
    match found:
        case Comparison():
            return of_dates(found, task, now, here)
        case Priority(operator, value):
            return compared(operator, str(task.priority), str(value), str(value))
        case Contains(field, text):
            fields = ("title", "description") if field == "text" else (field,)
            simple = str.maketrans("é", "e")
            seen = [(getattr(task, one) or "").lower().translate(simple) for one in fields]
            return any(text.lower().translate(simple) in one for one in seen)
        case Named():
            return str(found) in names(found.kind, task)
    return has(found.name, task, now, here)


def names(kind: str, task: SampleTask) -> list[str]:
    """Of where it is, as filters have them."""
    if kind == "project":
        return [{"inbox": "#inbox", "p1": "#home", "p2": "#work"}[task.project_id]]
    if kind == "section":
        sections = {None: "/none", "s1": "/todo", "s2": "/todo", "s3": "/done"}
        return [sections[task.section_id]]
    return [{"l1": "@bank", "l2": "@errands"}[one] for one in task.label_ids] or ["@none"]


def has(flag: str, task: SampleTask, now: datetime, here: ZoneInfo) -> bool:
    of_flags = {
        "open": task.completed_at is None,
        "completed": task.completed_at is not None,
        "today": of_dates(Comparison("due", "=", Relative("today")), task, now, here),
        "overdue": task.completed_at is None
        and of_dates(Comparison("due", "<", "now"), task, now, here),
        "recurring": task.recurrence,
        "subtask": task.parent_id,
        "links": task.links,
        "duration": task.duration,
        "description": task.description,
    }
    return bool(of_flags[flag])


def conditions(found: Filter) -> list[Any]:
    if isinstance(found, And | Or):
        return [one for part in found.parts for one in conditions(part)]
    return conditions(found.part) if isinstance(found, Not) else [found]


def rows(found: Filter, leaves: list[Any]) -> set[tuple[bool, ...]]:
    """Of the table of truth: those in which it is true."""
    every = set(product((False, True), repeat=len(leaves)))
    if isinstance(found, And):
        return every.intersection(*(rows(part, leaves) for part in found.parts))
    if isinstance(found, Or):
        return set().union(*(rows(part, leaves) for part in found.parts))
    if isinstance(found, Not):
        return every - rows(found.part, leaves)
    return {row for row in every if row[leaves.index(found)]}
