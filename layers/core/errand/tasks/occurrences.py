"""What a person can do with occurrences of a task: complete, skip or move them, undo that."""

from collections.abc import Callable
from functools import partial

from errand import ids
from errand.clock import Clock
from errand.errors import InvalidInput, NotFound, NotTheLatest, PreconditionFailed
from errand.identity.caller import Caller
from errand.pages import Page, Pager
from errand.preconditions import ANY, Precondition
from errand.storage.receipts import Receipt, commit_once_with
from errand.storage.unit import Store, Unit, repeated
from errand.tasks.due import Due
from errand.tasks.model import Completion, Task
from errand.tasks.placing import Destination, Placing
from errand.tasks.repository import TaskRepository
from errand.tasks.room import Room
from errand.tasks.subtasks import done_before, done_with
from errand.tasks.views import TASK_JSON

# Instants of clients whose clocks are a little ahead of ours.
_AHEAD_MS = 60_000


class OccurrenceService:
    """Changes are decided on the whole task, and carried out if it still is what it was."""

    def __init__(
        self,
        *,
        tasks: TaskRepository,
        placing: Placing,
        room: Room,
        store: Store,
        pager: Pager,
        clock: Clock,
    ) -> None:
        self._tasks = tasks
        self._placing = placing
        self._room = room
        self._store = store
        self._pager = pager
        self._clock = clock

    def complete(
        self,
        *,
        caller: Caller,
        task_id: str,
        at: int | None = None,
        occurrence: Due | None = None,
        for_ever: bool = False,
        expected: Precondition = ANY,
        receipt: Receipt | None = None,
    ) -> Task:
        """`at`: epoch milliseconds, since 1970. `occurrence`: if it is not over already.

        Raises NotFound, InvalidInput, PreconditionFailed, NotTheLatest; AnsweredBefore for a
        receipt there is.
        """
        if at is not None and at > self._clock() + _AHEAD_MS:
            raise InvalidInput("completed_at is an instant to come")
        if at is not None and at < 0:
            raise InvalidInput("completed_at is before 1970")

        def decide(unit: Unit, old: Task, now: int) -> Task:
            if occurrence and old.is_past(occurrence):
                return old
            done_at = min(now, at) if at is not None else now
            new = old.completed(now=now, at=done_at, here=caller.timezone, for_ever=for_ever)
            if old.is_completed:
                return new
            becomes = done_with(old, new, now=now)
            here = Destination.of(old)
            new, reset = self._placing.carry(
                unit, old, new, here, becomes=becomes, caller=caller, now=now
            )
            if not new.is_completed:
                completion = Completion.of(old, ids.new_id(), at=done_at, reset=reset)
                self._tasks.add_completion(unit, completion, user_id=caller.user_id)
            return new

        return self._change(caller, task_id, expected, decide, receipt)

    def skip(self, *, caller: Caller, task_id: str, expected: Precondition = ANY) -> Task:
        """Raises NotFound, PreconditionFailed."""
        return self._change(
            caller,
            task_id,
            expected,
            lambda _, old, now: old.skipped(now=now, here=caller.timezone),
        )

    def move(
        self,
        *,
        caller: Caller,
        task_id: str,
        occurrence: Due,
        due: Due | None,
        expected: Precondition = ANY,
    ) -> Task:
        """The present one or one to come; None leaves it out. Raises as `skip` does."""
        return self._change(
            caller,
            task_id,
            expected,
            lambda _, old, now: old.with_moved(occurrence, due, now=now, here=caller.timezone),
        )

    def to_come(self, *, caller: Caller, task_id: str, limit: int) -> list[tuple[Due, Due]]:
        """Each with when it is due. Raises NotFound, also if the task does not recur."""
        series = self._read(caller, task_id).series
        if series is None:
            raise NotFound("The task does not recur")
        return series.to_come(limit)

    def completions(
        self, *, caller: Caller, task_id: str, limit: int, cursor: str | None
    ) -> Page[Completion]:
        """The latest first. Raises NotFound, InvalidCursor."""
        known = self._read(caller, task_id).id

        read = partial(self._tasks.completions, user_id=caller.user_id, task_id=known)
        view = f"completions|{caller.user_id}|{known}"
        return self._pager.page(read, view=view, limit=limit, cursor=cursor)

    def undo(self, *, caller: Caller, task_id: str, completion_id: str) -> Task:
        """The latest completion never was. Raises NotFound, NotTheLatest."""

        def decide(unit: Unit, old: Task, now: int) -> Task:
            found = self._tasks.completions(
                user_id=caller.user_id, task_id=old.id, after=None, limit=1
            )
            if not found.items or found.items[0].completion_id != completion_id:
                if not ids.is_id(completion_id) or not found.items:
                    raise NotFound("Completion not found")
                raise NotTheLatest("Only the latest completion can be undone")
            [latest] = found.items
            self._tasks.remove_completion(unit, latest, user_id=caller.user_id)
            to = Destination.of(old)
            new, _ = self._placing.carry(
                unit,
                old,
                old.as_before(latest, now=now),
                self._placing.there(caller, to) if old.is_completed else to,
                becomes=done_before(latest, now=now),
                caller=caller,
                now=now,
            )
            return new

        return self._change(caller, task_id, ANY, decide)

    def _change(
        self,
        caller: Caller,
        task_id: str,
        expected: Precondition,
        decide: Callable[[Unit, Task, int], Task],
        receipt: Receipt | None = None,
    ) -> Task:
        def change(old: Task) -> Task:
            if not expected.holds(old.version):
                raise PreconditionFailed
            unit, now = Unit(), self._clock()
            new = decide(unit, old, now)
            if new is old:
                return old
            self._tasks.rewrite(unit, old, new, user_id=caller.user_id)
            answer = TASK_JSON.one(new)
            commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=now)
            self._room.check(caller, unit.growth, receipt=receipt)
            self._store.commit(unit)
            return new

        return repeated(lambda: self._read(caller, task_id), change)

    def _read(self, caller: Caller, task_id: str) -> Task:
        if not ids.is_id(task_id):
            raise NotFound("Task not found")
        return self._tasks.read(user_id=caller.user_id, task_id=task_id)
