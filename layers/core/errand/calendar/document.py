"""Tasks as one calendar: an iCalendar object (RFC 5545, section 3.4)."""

from collections.abc import Iterable, Iterator
from itertools import chain

from errand import zones
from errand.calendar.components import event, todo
from errand.calendar.lines import text, written
from errand.calendar.repetition import Repetition
from errand.calendar.timezones import timezone
from errand.recurrence.occurrences import YEARS
from errand.tasks.due import Due
from errand.tasks.model import Task

# Of the whole, in characters: what Lambda can answer is 6 MB as JSON.
SIZE_MAX = 2_000_000
# Through which rules with COUNT are counted, for all tasks: about half a second. What is left of
# others nobody knows, so that they are told as coming once.
WALK_MAX = 10_000
# What it looks like: another number wherever the same tasks become another text.
FORM = 1
_HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Errand//Errand//EN", "CALSCALE:GREGORIAN")
# How often programs should ask (RFC 7986, section 5.7, and what they knew before it).
_PACE = ("REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H")


def calendar(tasks: Iterable[Task], *, name: str, here: str, size: int = SIZE_MAX) -> str:
    """Those of `tasks` that come first, as many as fit.

    `here`: the zone of their owner's clock, for programs that have no clock of their own.
    """
    left, days = size, WALK_MAX
    years: dict[str, set[int]] = {}
    parts: list[str] = []
    for task in tasks:
        series = None if task.is_completed else task.series
        days -= (walk := Repetition.walk(series))
        repetition = Repetition.of(series) if days >= 0 or not walk else None
        part = written((*todo(task, repetition, here), *event(task, repetition, here)))
        left -= len(part)
        if left < 0:
            break
        parts.append(part)
        for due, until in _used(task, repetition):
            if due.zone and due.is_timed and due.zone != zones.DEFAULT:
                years.setdefault(due.zone, set()).update(range(due.at.year - 1, until + 2))
    names = (text("X-WR-CALNAME", name), text("NAME", name), f"X-WR-TIMEZONE:{here}")
    of_zones = chain.from_iterable(timezone(zone, years[zone]) for zone in sorted(years))
    head = written((*_HEAD, *names, *_PACE, *of_zones))
    return "".join((head, *parts, written(("END:VCALENDAR",))))


def _used(task: Task, repetition: Repetition | None) -> Iterator[tuple[Due, int]]:
    """The times of a task, each with the last year in which it may come again."""
    dues = [task.due, task.start]
    if repetition:
        until = repetition.rule.until
        last = repetition.start.at.year + YEARS
        yield repetition.start, min(last, until.year) if until else last
        dues += [repetition.first, *(due for _, due in repetition.moved)]
        dues += repetition.without
    for due in dues:
        if due:
            yield due, due.at.year
