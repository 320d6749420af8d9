"""A task and its rules."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Self

from errand import zones
from errand.codecs import FIRST_ID, Instant, Seconds
from errand.errors import NotFound, NotTheLatest
from errand.fields import NOWHERE, By, Derived, Shown, kept, table_of
from errand.projects.model import INBOX
from errand.tasks.decisions import (
    OF_SERIES,
    TEXTS,
    Changes,
    check_text,
    of_series,
    set_due,
    set_series,
)
from errand.tasks.due import DUE, Due
from errand.tasks.recurrence import (
    COMPLETION,
    MOVED,
    RECURRENCE,
    MovedOccurrence,
    Recurrence,
    Series,
)
from errand.tasks.reminders import REMINDERS, Reminder

TITLE_MIN = 3
TITLE_MAX = 200
DESCRIPTION_MAX = 5000
LINKS_MAX = 20
# As browsers have long held it; of the link as it is stored, where all is ASCII.
LINK_MAX = 2083
PRIORITY_DEFAULT = 4
DURATION_MAX = 31 * 24 * 60
LIMIT_MAX = 100
SKIP_MAX = 200


class Status(StrEnum):
    """Half of the key of the view by status: `o<task id>`, `c<task id>`."""

    OPEN = "o"
    COMPLETED = "c"

    @classmethod
    def of(cls, *, completed: bool) -> "Status":
        return cls.COMPLETED if completed else cls.OPEN


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """`version` counts changes from 1; the attributes' names are short because pages pay for them.

    This is the table of a task's fields: a new one is a line here and a rule in schemas.py.
    """

    HEAD: ClassVar = "h"

    id: str = kept("sk", codec=FIRST_ID, meaning="Ids sort by age")
    title: str = kept("t", by=By.CLIENT, meaning="What is to be done, on one line")
    description: str | None = kept(
        "d",
        by=By.CLIENT,
        default=None,
        is_long=True,
        meaning="More about it, on any number of lines",
    )
    due: Due | None = kept(
        "du",
        by=By.CLIENT,
        default=None,
        codec=DUE,
        meaning="When it is due: a day, or a time on the clock of wherever one is, or of a zone",
    )
    deadline: date | None = kept(
        "dl", by=By.CLIENT, default=None, meaning="The last day for it, whenever it is due"
    )
    start: Due | None = kept(
        "st",
        by=By.CLIENT,
        default=None,
        codec=DUE,
        meaning="Not before: there is nothing to be done about it until then",
    )
    duration: int | None = kept(
        "dr", by=By.CLIENT, default=None, meaning="How long it takes, in minutes"
    )
    recurrence: Recurrence | None = kept(
        "rc",
        by=By.CLIENT,
        default=None,
        codec=RECURRENCE,
        meaning="How it comes again when it is completed; the first time is when it is due",
    )
    occurrence: Due | None = kept(
        "oc",
        default=None,
        codec=DUE,
        meaning="When it would be due by its recurrence, had this occurrence not been moved",
    )
    moved_occurrences: tuple[MovedOccurrence, ...] = kept(
        "rx",
        default=(),
        codec=MOVED,
        meaning="Occurrences to come that are due at another time, or (null) are left out",
    )
    series_start: Due | None = kept("rs", default=None, codec=DUE, shown=Shown.HISTORY)
    project_id: str = kept(
        "pj",
        by=By.CLIENT,
        default=INBOX,
        meaning="The project that it belongs to; `inbox` is the one that always exists",
    )
    section_id: str | None = kept(
        "se", by=By.CLIENT, default=None, meaning="The section of its project that it stands in"
    )
    parent_id: str | None = kept(
        "pr",
        by=By.CLIENT,
        default=None,
        meaning="The task that it is a part of, whose project and section it shares",
    )
    root_id: str | None = kept("ro", default=None, shown=NOWHERE)
    # Counts what was done to the tasks below a root, so that no two do that at once.
    tree: int = kept("tr", default=0, shown=NOWHERE)
    place: str = kept("po", default="", shown=Shown.HISTORY)
    priority: int = kept(
        "p",
        by=By.CLIENT,
        default=PRIORITY_DEFAULT,
        meaning="1 is the highest, 4 what a task has unless told otherwise",
    )
    labels: tuple[str, ...] = kept(
        None,
        by=By.CLIENT,
        shown=Shown.API,
        default=(),
        meaning="Names of its labels; those that there are not yet are made",
    )
    label_ids: tuple[str, ...] = kept(
        "lb", default=(), meaning="Ids of its labels, which stay when a label has another name"
    )
    reminders: tuple[Reminder, ...] = kept(
        "rm",
        by=By.CLIENT,
        default=(),
        codec=REMINDERS,
        meaning="When to be reminded: at an instant, or so many minutes before it is due or starts",
    )
    links: tuple[str, ...] = kept(
        "l",
        by=By.CLIENT,
        default=(),
        is_long=True,
        meaning="What it has to do with: http and https URLs, percent-encoded",
    )
    completed_at: Instant | None = kept(
        "cd", default=None, meaning="When it was completed; null: it is not"
    )
    created_at: Instant = kept("ca", meaning="When it was created")
    updated_at: Instant = kept("ua", meaning="When it last changed")
    version: int = kept("v", meaning="How often it was written; its ETag is the same in quotes")

    DERIVED: ClassVar[tuple[Derived, ...]] = (
        Derived(
            name="due_date",
            type=date,
            by=By.CLIENT,
            default=None,
            meaning="The day of `due`; to set it is to be due on a day, in no time zone",
        ),
        Derived(
            name="completed",
            type=bool,
            attribute="is_completed",
            by=By.CLIENT,
            default=False,
            meaning="Whether it is done; completing it twice keeps the first time",
        ),
        Derived(
            name="position",
            type=str,
            meaning="Where it stands among its neighbours, compared as text; "
            "`POST /tasks/{task_id}/move` sets it",
        ),
        Derived(name="status_key", type=str, stored="vs", shown=NOWHERE, default=None),
        Derived(name="due_key", type=str, stored="vd", shown=NOWHERE, default=None),
        Derived(name="position_key", type=str, stored="vp", shown=NOWHERE, default=None),
        Derived(name="priority_key", type=str, stored="vr", shown=NOWHERE, default=None),
        Derived(name="tree_key", type=str, stored="vt", shown=NOWHERE, default=None),
        Derived(name="mark", type=str, stored="m", shown=NOWHERE, default=""),
    )

    @classmethod
    def new(cls, task_id: str, fields: Changes, *, now: Instant, here: str = zones.DEFAULT) -> Self:
        """`here`: whose day it is. Raises UnknownField; InvalidInput for what does not fit."""
        content = {name: value for name, value in fields.items() if value is not None}
        set_due(content, present=None)
        set_series(content, None, now=now, here=here)
        check_text(content)
        completed_at = now if content.pop("completed", False) else None
        return cls(
            id=task_id,
            **_values(cls, content),
            completed_at=completed_at,
            created_at=now,
            updated_at=now,
            version=1,
        )

    @property
    def is_completed(self) -> bool:
        return self.completed_at is not None

    @property
    def due_date(self) -> date | None:
        return self.due.day if self.due else None

    @property
    def status_key(self) -> str:
        return status_key(self.id, completed=self.is_completed)

    @property
    def due_key(self) -> str | None:
        """By when it was completed, or else by what clocks show when it is due."""
        if self.completed_at is not None:
            return f"{COMPLETED_AT}{self.completed_at:015}{self.id}"
        return f"{DUE_AT}{self.due.key}#{self.id}" if self.due else None

    @property
    def position(self) -> str:
        """Where it was made, unless it was moved."""
        return self.place or self.id

    @property
    def position_key(self) -> str | None:
        if self.is_completed:
            return None
        place = f"{self.place}#{self.id}" if self.place else self.id
        return neighbours(self.project_id, self.section_id, self.parent_id) + place

    @property
    def tree_key(self) -> str | None:
        return f"{self.root_id}#{self.parent_id}" if self.root_id else None

    @property
    def priority_key(self) -> str | None:
        is_in = not self.is_completed and self.priority != PRIORITY_DEFAULT
        return f"{self.priority}{self.id}" if is_in else None

    @property
    def mark(self) -> str:
        """None yet: each update leaves one (storage.marks), and nothing here reads it."""
        return ""

    @property
    def series(self) -> Series | None:
        if self.recurrence is None or self.due is None:
            return None
        return Series(
            recurrence=self.recurrence,
            start=self.series_start or self.due,
            occurrence=self.occurrence or self.due,
            due=self.due,
            moved=self.moved_occurrences,
        )

    def changed(self, changes: Changes, *, now: Instant, here: str = zones.DEFAULT) -> Self:
        """The next version: what is completed and comes again is due anew.

        Raises UnknownField; InvalidInput as `new` does.
        """
        content = {**changes}
        set_due(content, present=self.due)
        set_series(content, self, now=now, here=here)
        if content.keys() & TEXTS.keys():
            check_text({name: getattr(self, name) for name in TEXTS} | content)
        is_completed = content.pop("completed", self.is_completed)
        kept = self.completed_at if is_completed else None
        changed = replace(
            self,
            **_values(type(self), content),
            completed_at=kept,
            updated_at=max(now, self.updated_at + 1),
            version=self.version + 1,
        )
        # Completing twice keeps the first time.
        return _done(changed, now, here) if is_completed and kept is None else changed

    def is_past(self, occurrence: Due) -> bool:
        """Whether another one follows it already. Raises NotTheLatest if it is yet to come.

        By its day, of which no rule has two: at what time, another device may have changed.
        """
        series = self.series
        if series is None or self.is_completed:
            return False
        present = series.occurrence.day
        if series.recurrence.after == COMPLETION:
            # Done early, it is followed by one that is due before it would have been.
            return occurrence.day != present
        if occurrence.day > present:
            raise NotTheLatest("The occurrence is yet to come: another one is the present one")
        return occurrence.day < present

    def completed(
        self,
        *,
        now: Instant,
        at: Instant | None = None,
        here: str = zones.DEFAULT,
        for_ever: bool = False,
    ) -> Self:
        """`at`: when it was done, if not now; `for_ever`: it does not come again."""
        changed = self.changed({}, now=now)
        if self.is_completed:
            return changed
        done_at = now if at is None else at
        return replace(changed, completed_at=done_at) if for_ever else _done(changed, done_at, here)

    def reopened(self, *, now: Instant) -> Self:
        return self.changed({"completed": False}, now=now)

    def skipped(self, *, now: Instant, here: str = zones.DEFAULT) -> Self:
        """Its present occurrence is left out. Raises NotFound if there is none to follow."""
        following = _following(self, now, here)
        if following is None or self.is_completed:
            raise NotFound("No other occurrence follows")
        return replace(self.changed({}, now=now), **of_series(following))

    def with_moved(
        self, occurrence: Due, due: Due | None, *, now: Instant, here: str = zones.DEFAULT
    ) -> Self:
        """An occurrence is due at another time, or (None) left out: the present one or one to come.

        Raises NotFound, InvalidInput.
        """
        if self.series is None:
            raise NotFound("The task does not recur")
        if occurrence.at == self.series.occurrence.at:
            return self.changed({"due": due}, now=now) if due else self.skipped(now=now, here=here)
        moved = self.series.with_moved(occurrence, due)
        return replace(self.changed({}, now=now), **of_series(moved))

    def moved(
        self,
        project_id: str,
        section_id: str | None,
        root_id: str | None,
        *,
        parent_id: str | None,
        place: str | None = None,
    ) -> Self:
        """`place`: among its neighbours there, as it was if None."""
        return replace(
            self,
            project_id=project_id,
            section_id=section_id,
            root_id=root_id,
            parent_id=parent_id,
            place=self.place if place is None else place,
        )

    def with_subtasks(self) -> Self:
        """So that whoever read the tree below it is overtaken."""
        return replace(self, tree=self.tree + 1)

    def as_before(self, completion: Self, *, now: Instant) -> Self:
        """Due again as it was when it was completed."""
        return replace(
            self.changed({}, now=now),
            **{name: getattr(completion, name) for name in OF_SERIES},
            completed_at=None,
        )


def _following(task: Task, now: Instant, here: str) -> Series | None:
    """What follows if the task is done, or left out, then."""
    series = task.series
    if series is None:
        return None
    # Of the rule, whatever clock the present occurrence was moved to.
    return series.following(zones.local_time(now, series.occurrence.zone or here))


def _done[T: Task](task: T, at: Instant, here: str) -> T:
    following = _following(task, at, here)
    if following is None:
        return replace(task, completed_at=at)
    return replace(task, **of_series(following))


def status_key(task_id: str, *, completed: bool) -> str:
    return f"{Status.of(completed=completed)}{task_id}"


def neighbours(project_id: str, section_id: str | None, parent_id: str | None) -> str:
    """What the keys by position of tasks begin with that stand in one order.

    In a project those without a section come first, then those of sections, and then subtasks:
    positions begin with digits and letters up to v.
    """
    if parent_id:
        return f"{parts_in(project_id)}{parent_id}#"
    return f"{project_id}#w{section_id}#" if section_id else f"{project_id}#"


def parts_in(project_id: str) -> str:
    """What they begin with of parts of all tasks in a project."""
    return f"{project_id}#x"


# What the keys of the view by due date begin with: of open tasks, completed and deleted ones.
DUE_AT = "d"
COMPLETED_AT = "c"
DELETED_AT = "x"


def _values(record: type, changes: Changes) -> dict[str, Any]:
    table = table_of(record)
    return {
        name: table[name].default if value is None else value for name, value in changes.items()
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion(Task):
    """A task that comes again, as it was when an occurrence of it was completed."""

    completion_id: str = kept("ci", meaning="Ids sort by age")
    # Those that were done already and are to be done again: "<id> <when it was completed>".
    reset: tuple[str, ...] = kept("sd", default=(), is_long=True, shown=NOWHERE)

    @classmethod
    def of(cls, task: Task, completion_id: str, *, at: Instant, reset: Iterable[Task] = ()) -> Self:
        known = {one.name: getattr(task, one.name) for one in fields(task)}
        told = tuple(f"{one.id} {one.completed_at}" for one in reset)
        return cls(**{**known, "completed_at": at}, completion_id=completion_id, reset=told)

    @property
    def status_key(self) -> str | None:  # type: ignore[override] # it is in no such view
        return None

    @property
    def tree_key(self) -> str | None:
        return None


# How long a task stays in the trash.
TRASH_DAYS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Trashed(Task):
    """A task that was deleted, as it was then."""

    deleted_with: str | None = kept(
        "xw", default=None, meaning="The task above it with which it was deleted, and is restored"
    )
    deleted_at: Instant = kept("xd", meaning="When it was deleted; it goes 30 days later")

    DERIVED: ClassVar[tuple[Derived, ...]] = (
        *Task.DERIVED,
        Derived(name="expires_at", type=Seconds, stored="expires_at", shown=NOWHERE),
    )

    @classmethod
    def of(cls, task: Task, *, now: Instant, deleted_with: str | None = None) -> Self:
        known = {one.name: getattr(task, one.name) for one in fields(task)}
        return cls(**known, deleted_at=now, deleted_with=deleted_with)

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
    def tree_key(self) -> str | None:
        return f"{DELETED_AT}{self.deleted_with}" if self.deleted_with else None

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
