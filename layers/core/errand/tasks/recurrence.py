"""A task that comes again: its rule, and the occurrences that were moved or skipped.

Rules are imported where they are worked with: most instances never meet a task that comes again.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Self

from errand.codecs import Codec, listed
from errand.errors import InvalidInput, NotFound
from errand.tasks.due import Due

DUE, COMPLETION = "due", "completion"
EXCEPTIONS_MAX = 50


@dataclass(frozen=True, slots=True)
class Recurrence:
    """`rule`: as RFC 5545 has it; `after`: whether the next is counted from due or completion."""

    rule: str
    after: str = DUE

    @classmethod
    def of(cls, text: str) -> Self:
        after, _, rule = text.partition(" ")
        return cls(rule, after)

    @property
    def text(self) -> str:
        return f"{self.after} {self.rule}"

    def shown(self) -> dict[str, Any]:
        return {"rule": self.rule, "from": self.after}


@dataclass(frozen=True, slots=True)
class MovedOccurrence:
    """`due`: when instead; None: it is skipped."""

    occurrence: Due
    due: Due | None

    @classmethod
    def of(cls, text: str) -> Self:
        occurrence, _, due = text.partition("=")
        return cls(Due.of(occurrence), Due.of(due) if due else None)

    @property
    def text(self) -> str:
        return f"{self.occurrence.text}={self.due.text if self.due else ''}"

    def shown(self) -> dict[str, Any]:
        due = self.due.shown() if self.due else None
        return {"occurrence": self.occurrence.shown(), "due": due}


RECURRENCE = Codec(
    tag="S",
    shape=dict,
    keep=lambda recurrence: recurrence.text,
    take=Recurrence.of,
    show=Recurrence.shown,
)
MOVED = listed(
    Codec(
        tag="S",
        shape=dict,
        keep=lambda moved: moved.text,
        take=MovedOccurrence.of,
        show=MovedOccurrence.shown,
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """Where a task that comes again stands.

    `start`: of the rule; `occurrence`: which one is due now, by the rule; `due`: when that is,
    which may have been moved.
    """

    recurrence: Recurrence
    start: Due
    occurrence: Due
    due: Due
    moved: tuple[MovedOccurrence, ...] = ()

    @classmethod
    def begun(cls, recurrence: Recurrence, due: Due | None, *, today: date, zone: Any) -> Self:
        """`due` is its first occurrence; without one that is the rule's first from today on.

        Raises InvalidInput.
        """
        from errand.recurrence.occurrences import check_occurs, occurrences  # noqa: PLC0415
        from errand.recurrence.rule import InvalidRule, Rule  # noqa: PLC0415

        try:
            rule = Rule.parse(recurrence.rule).localised(zone)
            if due is None:
                due = Due(next(occurrences(rule, today), today))
            check_occurs(rule, due.at)
            if recurrence.after == DUE:
                rule = rule.anchored(due.at)
        except InvalidRule as wrong:
            raise InvalidInput(f"recurrence.rule: {wrong}") from None
        return cls(
            recurrence=Recurrence(str(rule), recurrence.after), start=due, occurrence=due, due=due
        )

    def following(self, local: datetime) -> Self | None:
        """What comes next when this one is done, or left out, at that time on the task's clock."""
        done = local if self.occurrence.is_timed else local.date()
        if self.recurrence.after == COMPLETION:
            return self._from_completion(done)
        from errand.recurrence.occurrences import occurrences  # noqa: PLC0415
        from errand.recurrence.rule import Rule  # noqa: PLC0415

        behind = max(self.occurrence.at, done)
        moved = tuple(one for one in self.moved if one.occurrence.at > self.occurrence.at)
        for one in moved:
            # What was moved to a day to come is not missed yet.
            if one.occurrence.at <= behind and one.due and one.due.day > local.date():
                return self._at(one.occurrence, one.due)
        instead = {one.occurrence.at: one.due for one in moved}
        for at in occurrences(Rule.parse(self.recurrence.rule), self.start.at, after=behind):
            occurrence = self.occurrence.moved(at)
            due = instead.get(at, occurrence)
            if due is not None:
                return self._at(occurrence, due)
        return None

    def _at(self, occurrence: Due, due: Due) -> Self:
        """The same series, further on."""
        moved = tuple(one for one in self.moved if one.occurrence.at > occurrence.at)
        return replace(self, occurrence=occurrence, due=due, moved=moved)

    def _from_completion(self, done: date) -> Self | None:
        from errand.recurrence.occurrences import first_after  # noqa: PLC0415
        from errand.recurrence.rule import Rule  # noqa: PLC0415

        rule = Rule.parse(self.recurrence.rule)
        at = self.occurrence.at
        start: date = done
        if isinstance(done, datetime) and isinstance(at, datetime):
            start = datetime.combine(done.date(), at.time())
        following = None if rule.count == 1 else first_after(rule, start, start)
        if following is None:
            return None
        due = self.occurrence.moved(following)
        recurrence = Recurrence(str(rule.with_one_less()), COMPLETION)
        return type(self)(recurrence=recurrence, start=due, occurrence=due, due=due)

    def with_moved(self, occurrence: Due, due: Due | None) -> Self:
        """An occurrence that is to come is due at another time, or is left out.

        Raises NotFound if it is none; InvalidInput if too many are moved.
        """
        from errand.recurrence.occurrences import first_after  # noqa: PLC0415
        from errand.recurrence.rule import Rule  # noqa: PLC0415

        rule = Rule.parse(self.recurrence.rule)
        at = occurrence.at
        is_alike = isinstance(at, datetime) == self.occurrence.is_timed
        if self.recurrence.after == COMPLETION or not is_alike or at <= self.occurrence.at:
            raise NotFound("There is no such occurrence, or it is over")
        step = timedelta(seconds=1) if isinstance(at, datetime) else timedelta(days=1)
        if first_after(rule, self.start.at, at - step) != at:
            raise NotFound("There is no such occurrence, or it is over")
        others = tuple(one for one in self.moved if one.occurrence.at != at)
        if len(others) >= EXCEPTIONS_MAX:
            raise InvalidInput(f"At most {EXCEPTIONS_MAX} occurrences can be moved or skipped")
        nominal = self.occurrence.moved(at)
        if due != nominal:
            others = (*others, MovedOccurrence(nominal, due))
        moved = tuple(sorted(others, key=lambda one: one.occurrence.text))
        return replace(self, moved=moved)

    def to_come(self, limit: int) -> list[tuple[Due, Due]]:
        """Occurrences from the present one on, each with when it is due; skipped ones are not."""
        coming = [(self.occurrence, self.due)]
        if self.recurrence.after == COMPLETION:
            return coming[:limit]
        from errand.recurrence.occurrences import occurrences  # noqa: PLC0415
        from errand.recurrence.rule import Rule  # noqa: PLC0415

        instead = {one.occurrence.at: one.due for one in self.moved}
        rule = Rule.parse(self.recurrence.rule)
        for at in occurrences(rule, self.start.at, after=self.occurrence.at):
            if len(coming) >= limit:
                break
            occurrence = self.occurrence.moved(at)
            due = instead.get(at, occurrence)
            if due is not None:
                coming.append((occurrence, due))
        return coming[:limit]
