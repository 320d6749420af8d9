"""One-shot schedules of reminders: a message on a queue when it is time, and gone."""

from datetime import timedelta

from errand.clock import Clock
from errand.epoch import utc
from errand.reminding.requests import TimeToRemind
from errand.scheduling import ScheduleGroup

# One that is due already is set this far ahead: Scheduler takes no moment of the past.
_AHEAD = timedelta(seconds=10)


class Schedules:
    """`queue`: of reminders, by its ARN. All here raise what botocore does."""

    def __init__(self, *, group: ScheduleGroup, queue: str, clock: Clock) -> None:
        self._group = group
        self._queue = queue
        self._clock = clock

    def names(self, task_id: str) -> set[str]:
        """Of those that a task has."""
        return self._group.names(task_id)

    def add(self, when: TimeToRemind) -> None:
        """Unless it is there."""
        at = max(utc(when.at), utc(self._clock()) + _AHEAD)
        expression = f"at({at:%Y-%m-%dT%H:%M:%S})"
        self._group.add(when.name, expression, queue=self._queue, message=when.encoded())

    def remove(self, name: str) -> None:
        """If it is there."""
        self._group.remove(name)
