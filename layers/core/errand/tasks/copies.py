"""What a task was: when an occurrence of it was completed, and when it was deleted."""

from dataclasses import dataclass, fields
from typing import ClassVar, Self

from errand.codecs import Instant, Seconds
from errand.fields import NOWHERE, Derived, kept
from errand.tasks.model import DELETED_AT, Task


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion(Task):
    """A task that comes again, as it was when an occurrence of it was completed."""

    completion_id: str = kept("ci", meaning="Ids sort by age")

    @classmethod
    def of(cls, task: Task, completion_id: str, *, at: Instant) -> Self:
        known = {one.name: getattr(task, one.name) for one in fields(task)}
        return cls(**{**known, "completed_at": at}, completion_id=completion_id)

    @property
    def status_key(self) -> str | None:  # type: ignore[override] # it is in no such view
        return None


# How long a task stays in the trash.
TRASH_DAYS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Trashed(Task):
    """A task that was deleted, as it was then."""

    deleted_at: Instant = kept("xd", meaning="When it was deleted; it goes 30 days later")

    DERIVED: ClassVar[tuple[Derived, ...]] = (
        *Task.DERIVED,
        Derived(name="expires_at", type=Seconds, stored="expires_at", shown=NOWHERE),
    )

    @classmethod
    def of(cls, task: Task, *, now: Instant) -> Self:
        known = {one.name: getattr(task, one.name) for one in fields(task)}
        return cls(**known, deleted_at=now)

    @property
    def status_key(self) -> str | None:  # type: ignore[override] # it is in one view alone
        return None

    @property
    def position_key(self) -> str | None:
        return None

    @property
    def priority_key(self) -> str | None:
        return None

    @property
    def due_key(self) -> str | None:
        return f"{DELETED_AT}{self.deleted_at:015}{self.id}"

    @property
    def expires_at(self) -> Seconds:
        return self.deleted_at // 1000 + TRASH_DAYS * 24 * 3600

    def restored(self, *, now: Instant) -> Task:
        """The task it was, in its next version."""
        known = {one.name: getattr(self, one.name) for one in fields(Task)}
        later = max(now, self.updated_at + 1)
        return Task(**{**known, "updated_at": later, "version": self.version + 1})
