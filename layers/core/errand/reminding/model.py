"""Snoozing: a reminder that was mailed comes again, by a link of the mail that works once."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum, auto
from typing import ClassVar

from errand import zones
from errand.codecs import ID, LAST_ID, Instant, Seconds
from errand.epoch import since_epoch
from errand.fields import NOWHERE, Derived, Shown, kept
from errand.tasks.model import Task
from errand.tasks.reminders import REMINDERS_MAX, Reminder

# Who has not looked at a reminder for that long does not want it an hour later.
LIFETIME_SECONDS = 7 * 24 * 60 * 60
_HOUR_MS = 60 * 60 * 1000
_MORNING = time(9)
_MONDAY = 0


class Until(StrEnum):
    """To when a reminder is snoozed, or digests are paused."""

    HOUR = auto()
    TOMORROW = auto()
    MONDAY = auto()
    WEEK = auto()
    MONTH = auto()  # of four weeks: the same day of the week

    def day(self, now: Instant, here: str) -> date:
        """On the calendar of `here`. Raises UnknownZone."""
        today = zones.today(now, here)
        days = {Until.HOUR: 0, Until.TOMORROW: 1, Until.WEEK: 7, Until.MONTH: 28}
        return today + timedelta(days=days.get(self, (_MONDAY - today.weekday() - 1) % 7 + 1))

    def moment(self, now: Instant, here: str) -> Instant:
        """Mornings are at nine on the clock of `here`. Raises UnknownZone."""
        if self is Until.HOUR:
            return now + _HOUR_MS
        local = datetime.combine(self.day(now, here), _MORNING)
        return since_epoch(zones.moment(local, here))


# That of the day on which it is asked for has been sent.
OF_DIGESTS = (Until.MONDAY, Until.WEEK, Until.MONTH)


@dataclass(frozen=True, kw_only=True, slots=True)
class SnoozeToken:
    """`digest` (errand.opaque) stands for the token itself; `at`: when the reminder was.

    Without a task it is of the mail that tells of the day. It is kept when it was used, so that who
    asks again is told so.
    """

    user_id: str = kept("pk", codec=ID, shown=NOWHERE)
    digest: str = kept("sk", codec=LAST_ID, secret=True)
    task_id: str | None = kept("ti", default=None, shown=NOWHERE)
    at: Instant = kept("ra", shown=NOWHERE)
    created_at: Instant = kept("ca", shown=NOWHERE)
    used_at: Instant | None = kept("ud", default=None, shown=NOWHERE)

    DERIVED: ClassVar = (
        Derived(name="purpose", type=str, shown=Shown.EXPORTS),
        Derived(name="expires_at", type=Seconds, stored="expires_at", shown=Shown.EXPORTS),
    )

    @property
    def purpose(self) -> str:
        return "snooze"

    @property
    def expires_at(self) -> Seconds:
        return self.created_at // 1000 + LIFETIME_SECONDS

    def is_alive(self, now: int) -> bool:
        return now < self.created_at + LIFETIME_SECONDS * 1000


def snoozed(task: Task, *, sent: Instant, to: Instant, now: Instant) -> tuple[Reminder, ...] | None:
    """The task's reminders with one at `to`, in place of an instant that was `sent`.

    Where there are too many, instants of the past make room. None: there is none.
    """
    new = Reminder(at=to)
    reminders = [one for one in task.reminders if one not in {Reminder(at=sent), new}]
    if len(reminders) == REMINDERS_MAX:
        reminders = [one for one in reminders if one.at is None or one.at > now]
    return (*reminders, new) if len(reminders) < REMINDERS_MAX else None
