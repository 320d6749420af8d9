"""A task that comes again, as rule and exceptions of iCalendar (RFC 5545, section 3.8.5)."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import takewhile
from typing import Self

from errand import zones
from errand.calendar.values import basic, when
from errand.recurrence.occurrences import occurrences
from errand.recurrence.rule import Rule
from errand.tasks.due import Due
from errand.tasks.recurrence import COMPLETION, Series


@dataclass(frozen=True, kw_only=True, slots=True)
class Repetition:
    """What is left of a series: from `start` on, its first occurrence by the rule.

    `without`: occurrences that are left out; `moved`: those that are due at another time.
    `first`: when the present one is due, if it is none of the rule's.
    """

    start: Due
    rule: Rule
    without: tuple[Due, ...]
    moved: tuple[tuple[Due, Due], ...]
    first: Due | None

    @classmethod
    def of(cls, series: Series | None) -> Self | None:
        """None also where nobody knows when it comes again, and where it does not any more."""
        if series is None or series.recurrence.after == COMPLETION:
            return None
        begin = series.start.at
        rule = Rule.parse(series.recurrence.rule).anchored(begin)
        present = series.occurrence
        earliest = next(occurrences(rule, begin), None)
        # The start may be any day: what follows it are those of the rule.
        is_first = present.at == begin and earliest != begin
        start = earliest if is_first else present.at
        if start is None:
            return None
        if rule.count is not None and start != earliest:
            over = sum(1 for _ in takewhile(lambda at: at < start, occurrences(rule, begin)))
            rule = replace(rule, count=max(1, rule.count - over))
        exceptions = [(one.occurrence, one.due) for one in series.moved]
        if not is_first and series.due != present:
            exceptions.insert(0, (present, series.due))
        return cls(
            start=present.moved(start),
            rule=rule,
            without=tuple(occurrence for occurrence, due in exceptions if due is None),
            moved=tuple((occurrence, due) for occurrence, due in exceptions if due is not None),
            first=series.due if is_first else None,
        )

    @staticmethod
    def walk(series: Series | None) -> int:
        """Days that `of` has to go through, to know how many are left of those that are counted."""
        if series is None or "COUNT=" not in series.recurrence.rule:
            return 0
        return (series.occurrence.day - series.start.day).days

    def lines(self) -> list[str]:
        return [
            when("DTSTART", self.start),
            f"RRULE:{recur(self.rule, self.start)}",
            *(when("EXDATE", occurrence) for occurrence in self.without),
        ]


def recur(rule: Rule, start: Due) -> str:
    """The rule of what begins then, of whose type its end is (section 3.3.10)."""
    endless = str(replace(rule, until=None))
    return f"{endless};UNTIL={_until(rule.until, start)}" if rule.until else endless


def _until(until: date, start: Due) -> str:
    """A day, a local time, or UTC."""
    if not start.is_timed:
        return basic(until.date() if isinstance(until, datetime) else until)
    last = until if isinstance(until, datetime) else datetime.combine(until, time(23, 59, 59))
    if start.zone is None:
        return basic(last.replace(tzinfo=None))
    if last.tzinfo is None:
        last = zones.moment(last, start.zone)
    try:
        return basic(last.astimezone(UTC))
    except OverflowError:
        # On the last day that there is.
        return basic(datetime.max.replace(tzinfo=UTC))
