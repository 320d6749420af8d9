"""Short ways to the repository of tasks, for tests that care about one thing at a time."""

from collections.abc import Collection
from itertools import count
from typing import Any

from errand.clock import Clock
from errand.cursors import Position
from errand.errors import NotFound, PreconditionFailed
from errand.history.repository import DynamoLog
from errand.ids import new_id
from errand.pages import Slice
from errand.preconditions import ANY, Precondition
from errand.projects.repository import DynamoProjects
from errand.sections.repository import DynamoSections
from errand.storage.receipts import Receipt, commit_once_with
from errand.storage.unit import DynamoStore, Unit, repeated
from errand.tasks.decisions import is_blind
from errand.tasks.lists import TaskRange, by_status
from errand.tasks.model import Status, Task
from errand.tasks.placing import Placing
from errand.tasks.repository import DynamoTasks
from errand.tasks.room import Room
from errand.tasks.views import TASK_JSON
from errand_testkit.fakes import ManualClock

ADA, BOB = new_id(), new_id()


def among(versions: Collection[int] | None) -> Precondition:
    return ANY if versions is None else Precondition(frozenset(versions))


def of_status(status: Status | None, *, ascending: bool = False) -> TaskRange:
    completed = None if status is None else status is Status.COMPLETED
    return by_status(completed, ascending=ascending)


def placing() -> Placing:
    return Placing(tasks=DynamoTasks(), projects=DynamoProjects(), sections=DynamoSections)


def room(clock: Clock, most: int | None = None) -> Room:
    return Room(counts=DynamoLog, clock=clock, most=most)


class Tasks:
    """DynamoTasks with what most tests do not care about filled in."""

    def __init__(self, clock: ManualClock) -> None:
        self.repository = DynamoTasks()
        self.store = DynamoStore()
        self._clock = clock

    def create(
        self,
        *,
        user_id: str = ADA,
        task_id: str | None = None,
        receipt: Receipt | None = None,
        **fields: Any,
    ) -> Task:
        now = self._clock()
        task = Task.new(task_id or new_id(), {"title": "Buy milk", **fields}, now=now)
        unit = Unit()
        self.repository.add(unit, task, user_id=user_id)
        answer = TASK_JSON.one(task)
        commit_once_with(unit, receipt, owner=user_id, answer=answer, now=now)
        self.store.commit(unit)
        return task

    def read(self, task: Task) -> Task:
        return self.repository.read(user_id=ADA, task_id=task.id)

    def update(
        self, task: Task, versions: set[int] | None = None, *, user_id: str = ADA, **changes: Any
    ) -> Task:
        """As the service does: a millisecond later if somebody changed it in this one."""
        instants = count(self._clock())
        return repeated(
            lambda: next(instants),
            lambda now: self.change(task, versions, now=now, user_id=user_id, **changes),
        )

    def change(
        self,
        task: Task,
        versions: set[int] | None = None,
        *,
        now: int,
        user_id: str = ADA,
        **changes: Any,
    ) -> Task:
        """Tried once."""
        if not is_blind(changes):
            old = self.repository.read(user_id=user_id, task_id=task.id)
            if not among(versions).holds(old.version):
                raise PreconditionFailed
            new = old.changed(changes, now=now)
            self.rewrite(old, new, user_id=user_id)
            return new
        unit = Unit()
        self.repository.update(
            unit,
            user_id=user_id,
            task_id=task.id,
            changes=changes,
            now=now,
            expected=among(versions),
        )
        return self.repository.of(self.store.commit(unit), user_id=user_id)

    def rewrite(self, old: Task, new: Task, *, user_id: str = ADA) -> None:
        unit = Unit()
        self.repository.rewrite(unit, old, new, user_id=user_id)
        self.store.commit(unit)

    def delete(self, task: Task, versions: set[int] | None = None, *, user_id: str = ADA) -> None:
        """As it is now, if that is one of the versions."""
        present = self.repository.read(user_id=user_id, task_id=task.id)
        if not among(versions).holds(present.version):
            raise PreconditionFailed
        unit = Unit()
        self.repository.remove(unit, present, user_id=user_id)
        self.store.commit(unit)

    def exists(self, task: Task) -> bool:
        try:
            self.read(task)
        except NotFound:
            return False
        return True

    def slice(
        self,
        *,
        status: Status | None = None,
        after: Position | None = None,
        limit: int = 100,
        ascending: bool = False,
    ) -> Slice[Task]:
        return self.repository.slice(
            user_id=ADA, of=of_status(status, ascending=ascending), after=after, limit=limit
        )

    def ids(
        self,
        *,
        status: Status | None = None,
        after: Position | None = None,
        ascending: bool = False,
    ) -> list[str]:
        found = self.slice(status=status, after=after, ascending=ascending)
        return [task.id for task in found.items]

    def walk(
        self, limit: int, *, status: Status | None = None, ascending: bool = False
    ) -> list[list[str]]:
        """Ids on each page, to the last one."""
        pages: list[list[str]] = []
        after: Position | None = None
        while True:
            found = self.slice(status=status, after=after, limit=limit, ascending=ascending)
            pages.append([task.id for task in found.items])
            if found.reached is None:
                return pages
            after = found.reached
