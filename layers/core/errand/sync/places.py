"""Where a client that keeps a copy has got to: what its cursors hold."""

from dataclasses import dataclass, replace
from typing import Self

from errand.cursors import Position
from errand.history.changes import LOG_DAYS, Change

_DAY_MS = 24 * 3600 * 1000
# A day before its entries go, so that no clock has to be right.
LIFETIME_MS = (LOG_DAYS - 1) * _DAY_MS


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Behind entry `number` of the log, 0 for its beginning, whose `sequence` proves that it is it.

    `phase`, `after`: of what there is, while everything is read; None once that is done.
    """

    epoch: str
    number: int = 0
    sequence: str = ""
    sealed_at: int = 0
    phase: str | None = None
    after: Position | None = None

    @classmethod
    def at(cls, last: Change | None, *, epoch: str, phase: str) -> Self:
        if last is None:
            return cls(epoch=epoch, phase=phase)
        return cls(epoch=epoch, number=last.number, sequence=last.sequence, phase=phase)

    @classmethod
    def of(cls, position: Position) -> Self:
        """What `sealed` has made."""
        rest = dict(position)
        return cls(
            epoch=rest.pop("e"),
            number=int(rest.pop("n")),
            sequence=rest.pop("q"),
            sealed_at=int(rest.pop("t")),
            phase=rest.pop("p", None),
            after=rest or None,
        )

    def sealed(self, now: int) -> Position:
        """`now`: epoch milliseconds."""
        known = {"e": self.epoch, "n": str(self.number), "q": self.sequence, "t": str(now)}
        phase = {} if self.phase is None else {"p": self.phase}
        return {**known, **phase, **(self.after or {})}

    def is_old(self, now: int) -> bool:
        return now - self.sealed_at > LIFETIME_MS

    def is_that_of(self, entry: Change) -> bool:
        return (entry.number, entry.sequence) == (self.number, self.sequence)

    def behind(self, entry: Change) -> Self:
        return replace(self, number=entry.number, sequence=entry.sequence)

    def going_on(self, phase: str, after: Position | None) -> Self:
        return replace(self, phase=phase, after=after)

    def done(self) -> Self:
        """With everything that there is."""
        return replace(self, phase=None, after=None)
