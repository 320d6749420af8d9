"""When something is due: on a day, or at a time of a place or of wherever one is."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any, Self

from errand.codecs import Codec
from errand.zones import moment


@dataclass(frozen=True, slots=True)
class Due:
    """`at`: a day, or a local time without a zone; `zone`: of the place whose clock shows it."""

    at: date
    zone: str | None = None

    @classmethod
    def of(cls, text: str) -> Self:
        """What `text` makes. Raises ValueError."""
        at, _, zone = text.partition("@")
        parse = datetime.fromisoformat if "T" in at else date.fromisoformat
        return cls(parse(at), zone or None)

    @property
    def text(self) -> str:
        at = self.at
        seconds = "minutes" if isinstance(at, datetime) and not at.second else "seconds"
        shown = at.isoformat(timespec=seconds) if isinstance(at, datetime) else at.isoformat()
        return f"{shown}@{self.zone}" if self.zone else shown

    @property
    def key(self) -> str:
        """Keys are in the order of what clocks show: `#` comes before the seconds that some do."""
        return self.text.replace("@", "#")

    @property
    def is_timed(self) -> bool:
        return isinstance(self.at, datetime)

    @property
    def day(self) -> date:
        """On the clock that shows it."""
        return self.at.date() if isinstance(self.at, datetime) else self.at

    def moved(self, at: date) -> Self:
        """To another day or time, on the same clock."""
        return type(self)(at, self.zone if isinstance(at, datetime) else None)

    def moment(self, here: str) -> datetime | None:
        """When that is for whose clock is that of the zone `here`; None for a day."""
        return moment(self.at, self.zone or here) if isinstance(self.at, datetime) else None

    def day_in(self, here: tzinfo) -> date:
        """On the calendar of whose clock is that of the zone `here`."""
        if not isinstance(self.at, datetime) or self.zone is None:
            return self.day
        try:
            return moment(self.at, self.zone).astimezone(here).date()
        except OverflowError:
            # On the first or the last day that there is.
            return self.day

    def is_before(self, now: datetime, here: tzinfo) -> bool:
        """Whether it is over: a day when the day is, a time at that time. `now` has a zone."""
        if isinstance(self.at, datetime):
            clock = moment(self.at, self.zone) if self.zone else self.at.replace(tzinfo=here)
            return clock < now
        return self.at < now.astimezone(here).date()

    @property
    def words(self) -> str:
        """A day or a time as clocks show it there, in the one form that everybody reads alike."""
        at = self.at
        shown = at.isoformat(sep=" ", timespec="minutes") if isinstance(at, datetime) else ""
        return " ".join(filter(None, (shown or at.isoformat(), self.zone)))

    def shown(self) -> dict[str, Any]:
        """As JSON has it: one of the shapes of errand.tasks.times."""
        if not isinstance(self.at, datetime):
            return {"type": "date", "date": self.at.isoformat()}
        at = self.at.isoformat(timespec="seconds")
        if self.zone is None:
            return {"type": "floating", "at": at}
        return {"type": "zoned", "at": at, "zone": self.zone}


DUE = Codec(
    tag="S",
    shape=dict,
    keep=lambda due: due.text,
    # Many tasks of a page are due on the same days, and again in the next request.
    take=lru_cache(maxsize=4096)(Due.of),
    show=Due.shown,
)
