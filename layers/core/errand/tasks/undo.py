"""Undoing the last change of a task."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from errand import ids
from errand.clock import Clock
from errand.cursors import Position
from errand.errors import NotFound, NotRecordedYet, NotTheLatest, PreconditionFailed
from errand.fields import table_of
from errand.history.changes import Action, Change, taken
from errand.identity.caller import Caller
from errand.pages import Slice
from errand.preconditions import ANY, Precondition
from errand.storage.kinds import COMPLETION, TASK
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit, repeated
from errand.tasks.model import Completion, Task
from errand.tasks.placing import PLACE, Placing
from errand.tasks.repository import TaskRepository
from errand.tasks.room import Room
from errand.tasks.views import TASK_JSON

# Changes read at once: those of what belongs to a task are between its own.
_LOOKED_AT = 10


class LogOfTasks(Protocol):
    def of_record(
        self, *, user_id: str, record_id: str, after: Position | None, limit: int
    ) -> Slice[Change]: ...


class UndoService:
    """The log tells what the last change was, and the task itself whether it is the last."""

    def __init__(
        self,
        *,
        tasks: TaskRepository,
        placing: Placing,
        log: LogOfTasks,
        room: Room,
        store: Store,
        clock: Clock,
    ) -> None:
        self._tasks = tasks
        self._placing = placing
        self._log = log
        self._room = room
        self._store = store
        self._clock = clock

    def undo(
        self,
        *,
        caller: Caller,
        task_id: str,
        expected: Precondition = ANY,
        receipt: Receipt | None = None,
    ) -> Task:
        """Raises NotFound, PreconditionFailed, NotTheLatest, NotRecordedYet; AnsweredBefore."""
        if not ids.is_id(task_id):
            raise NotFound("Task not found")

        def change(old: Task) -> Task:
            if not expected.holds(old.version):
                raise PreconditionFailed
            unit, now = Unit(), self._clock()
            values = self._before(caller, old)
            new = self._placed(unit, caller, old, values, now=now).changed({}, now=now)
            new = replace(new, **{name: one for name, one in values.items() if name not in PLACE})
            completion = self._completion(caller, old)
            if completion:
                self._tasks.remove_completion(unit, completion, user_id=caller.user_id)
            self._with_subtasks(unit, caller, old, new, completion, now=now)
            self._tasks.rewrite(unit, old, new, user_id=caller.user_id)
            [new] = self._tasks.named([new], user_id=caller.user_id)
            answer = TASK_JSON.one(new)
            commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=now)
            self._room.check(caller, unit.growth, receipt=receipt)
            self._store.commit(unit)
            return new

        try:
            return repeated(
                lambda: self._tasks.read(user_id=caller.user_id, task_id=task_id), change
            )
        except (NotRecordedYet, NotTheLatest, PreconditionFailed):
            # It may be the first attempt of this very request that has changed it.
            check_unanswered(receipt, owner=caller.user_id, now=self._clock())
            raise

    def _before(self, caller: Caller, task: Task) -> dict[str, Any]:
        """The fields that the last change of the task changed, as they were."""
        found = self._latest(caller, task)
        last = next((one for one in found if one.kind == TASK.logged_as), None)
        if last is None and task.version > 1:
            raise NotRecordedYet
        if last is None or last.before is None or last.after is None:
            raise NotTheLatest("The task has not changed since it was made or restored")
        if last.version != task.version:
            raise NotRecordedYet
        if any(
            one.kind == COMPLETION.logged_as
            and one.action is Action.DELETED
            and abs(one.number - last.number) == 1
            for one in found
        ):
            raise NotTheLatest("A completion was undone: to do it again, complete the task")
        touched = {*last.before, *last.after}
        if not touched:
            raise NotTheLatest("What the last change was is not on record")
        columns = [column for column in table_of(Task).kept() if column.stored in touched]
        values = {column.name: taken(column, last.before) for column in columns}
        return {**values, "labels": ()} if "label_ids" in values else values

    def _placed(
        self, unit: Unit, caller: Caller, old: Task, values: Mapping[str, Any], *, now: int
    ) -> Task:
        """Where it stood, with all that is below it. Raises NotFound if that is there no more."""
        sent = dict(self._placing.sent(old, values))
        if not sent:
            return old
        if old.parent_id and "parent_id" not in sent:
            raise NotTheLatest("It was moved with the task that it is a part of: undo that")
        if sent.get("parent_id"):
            # It was where that was, which may be somewhere else by now.
            sent = {"parent_id": sent["parent_id"]}
        to = self._placing.destination(caller, old, sent)
        place = values.get("place", old.place)
        return self._placing.move(unit, old, to, place, caller=caller, now=now)

    def _with_subtasks(
        self,
        unit: Unit,
        caller: Caller,
        old: Task,
        new: Task,
        completion: Completion | None,
        *,
        now: int,
    ) -> None:
        subtasks, user_id = self._placing.subtasks, caller.user_id
        if completion:
            subtasks.undo(unit, old, completion, user_id=user_id, now=now)
        elif old.is_completed != new.is_completed:
            subtasks.complete(unit, old, new, user_id=user_id, now=now)

    def _latest(self, caller: Caller, task: Task) -> list[Change]:
        """Down to the last change of the task itself."""
        found: list[Change] = []
        after: Position | None = None
        while True:
            page = self._log.of_record(
                user_id=caller.user_id, record_id=task.id, after=after, limit=_LOOKED_AT
            )
            found += page.items
            after = page.reached
            if after is None or any(one.kind == TASK.logged_as for one in page.items):
                return found

    def _completion(self, caller: Caller, task: Task) -> Completion | None:
        """Of the occurrence whose completion was the last change: it is as the task was then."""
        found = self._tasks.completions(
            user_id=caller.user_id, task_id=task.id, after=None, limit=1
        ).items
        return next((one for one in found if one.version == task.version - 1), None)
