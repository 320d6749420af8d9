"""Undoing the last change of a task."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from errand import ids
from errand.clock import Clock
from errand.errors import NotFound, NotRecordedYet, NotTheLatest, PreconditionFailed
from errand.identity.caller import Caller
from errand.preconditions import ANY, Precondition
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit, repeated
from errand.tasks.last_change import LastChange, LogOfTasks, last_change
from errand.tasks.model import Completion, Task
from errand.tasks.placing import PLACE, Destination, Placing
from errand.tasks.repository import TaskRepository
from errand.tasks.room import Room
from errand.tasks.subtasks import Becomes, changed_since, done_before, done_with, stays
from errand.tasks.views import TASK_JSON


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
            last = last_change(self._log, old, user_id=caller.user_id)
            values = last.before
            new = replace(
                old.changed({}, now=now),
                **{name: one for name, one in values.items() if name not in PLACE},
            )
            to = self._placed(caller, old, values)
            if old.is_completed and not new.is_completed:
                to = self._placing.there(caller, to)
            completions = self._completions(caller, old, last)
            for completion in completions:
                self._tasks.remove_completion(unit, completion, user_id=caller.user_id)
            becomes: Becomes = stays
            if completions:
                becomes = done_before(completions[-1], now=now)
            elif old.is_completed != new.is_completed:
                becomes = done_with(old, new, now=now)
                if new.is_completed:
                    becomes = changed_since(last.at, becomes)
            new, _ = self._placing.carry(
                unit, old, new, to, place=new.place, becomes=becomes, caller=caller, now=now
            )
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

    def _placed(self, caller: Caller, old: Task, values: Mapping[str, Any]) -> Destination:
        """Where it stood. Raises NotFound if that is there no more."""
        sent = dict(self._placing.sent(old, values))
        if not sent:
            return Destination.of(old)
        if old.parent_id and "parent_id" not in sent:
            raise NotTheLatest("It was moved with the task that it is a part of: undo that")
        if sent.get("parent_id"):
            # It was where that was, which may be somewhere else by now.
            sent = {"parent_id": sent["parent_id"]}
        return self._placing.destination(caller, old, sent)

    def _completions(self, caller: Caller, task: Task, last: LastChange) -> Sequence[Completion]:
        """Of occurrences that were completed by that change: each is as the task was then."""
        found = self._tasks.completions(
            user_id=caller.user_id, task_id=task.id, after=None, limit=last.version - last.since
        ).items
        return [one for one in found if last.since <= one.version < last.version]
