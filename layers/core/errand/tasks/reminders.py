"""When to be reminded of a task."""

from dataclasses import dataclass
from typing import Any, Self

from errand.codecs import Codec, Instant, instant, listed

REMINDERS_MAX = 10
MINUTES_MAX = 31 * 24 * 60


@dataclass(frozen=True, slots=True)
class Reminder:
    """`at` an instant, or `minutes` before what `before` names."""

    at: Instant | None = None
    before: str = ""
    minutes: int = 0

    @classmethod
    def of(cls, text: str) -> Self:
        """What `text` makes. Raises ValueError."""
        before, mark, number = text.partition(":")
        return cls(before=before, minutes=int(number)) if mark else cls(at=int(text))

    @property
    def text(self) -> str:
        return f"{self.before}:{self.minutes}" if self.at is None else str(self.at)

    def shown(self) -> dict[str, Any]:
        """As JSON has it: one of the shapes of errand.tasks.times."""
        if self.at is None:
            return {"type": "relative", "before": self.before, "minutes": self.minutes}
        return {"type": "absolute", "at": instant(self.at)}


REMINDERS = listed(
    Codec(
        tag="S",
        shape=dict,
        keep=lambda reminder: reminder.text,
        take=Reminder.of,
        show=Reminder.shown,
    )
)
