"""Moving a task: into another project, section or task, and to a place among its neighbours."""

from collections.abc import Mapping, Sequence
from typing import Any

from errand import ids
from errand.clock import Clock
from errand.errors import InvalidInput, NotFound, Overtaken, PreconditionFailed
from errand.identity.caller import Caller
from errand.preconditions import ANY, Precondition
from errand.storage.unit import Store, Unit, repeated
from errand.tasks import order
from errand.tasks.model import Task
from errand.tasks.placing import PLACE, Destination, Placing, at_the_end
from errand.tasks.repository import TaskRepository

# To each side, when all places between two are taken: they are spread anew.
_NEIGHBOURS = 20


class MoveService:
    def __init__(
        self, *, tasks: TaskRepository, placing: Placing, store: Store, clock: Clock
    ) -> None:
        self._tasks = tasks
        self._placing = placing
        self._store = store
        self._clock = clock

    def move(
        self,
        *,
        caller: Caller,
        task_id: str,
        to: Mapping[str, Any],
        expected: Precondition = ANY,
    ) -> Task:
        """`to`: of `project_id`, `section_id`, `parent_id`, and `before`, `after` or `at`.

        Raises NotFound, InvalidInput, PreconditionFailed.
        """

        def change(old: Task) -> Task:
            if not expected.holds(old.version):
                raise PreconditionFailed
            unit, now = Unit(), self._clock()
            place, beside = self._place(caller, old, to)
            sent = {name: to[name] for name in PLACE if name in to} if beside is None else beside
            sent = self._placing.sent(old, sent)
            there = self._placing.destination(caller, old, sent) if sent else Destination.of(old)
            new = old.changed({}, now=now)
            new, _ = self._placing.carry(unit, old, new, there, place=place, caller=caller, now=now)
            self._tasks.rewrite(unit, old, new, user_id=caller.user_id)
            self._store.commit(unit)
            return new

        return repeated(lambda: self._read(caller, task_id, "Task not found"), change)

    def _place(
        self, caller: Caller, old: Task, to: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any] | None]:
        """Its key there; and, if it is told by a neighbour, where that stands."""
        neighbour_id = to.get("before") or to.get("after")
        if not neighbour_id:
            last = at_the_end()
            return (order.first(last) if to.get("at") == "start" else last), None
        neighbour = self._read(caller, neighbour_id, "The task to stand beside is not there")
        where = {name: getattr(neighbour, name) for name in PLACE}
        if neighbour.id == old.id or neighbour.is_completed:
            raise InvalidInput("A task stands beside another one that is open")
        if any(name in to and to[name] != where[name] for name in PLACE):
            raise InvalidInput("The task to stand beside is somewhere else")
        place = self._beside(caller, old, neighbour, behind=bool(to.get("after")))
        return place, where

    def _beside(self, caller: Caller, old: Task, neighbour: Task, *, behind: bool) -> str:
        next_to = self._tasks.beside(neighbour, user_id=caller.user_id, behind=behind, limit=2)
        other = next((one.position for one in next_to if one.id != old.id), None)
        if other is None:
            # Nobody is beyond: any place there is, if clocks are right.
            other = max(at_the_end(), neighbour.position + "v") if behind else ""
            front = order.first(at_the_end(), ahead_of=neighbour.position)
            if not behind and front < neighbour.position:
                return front
        pair = (neighbour.position, other) if behind else (other, neighbour.position)
        place = order.between(*pair)
        if place is None:
            self._spread(caller, neighbour)
            raise Overtaken
        return place

    def _spread(self, caller: Caller, neighbour: Task) -> None:
        """The neighbours on either side get places anew, so that there is room between them.

        In their own transaction, for the task that is moved may bring a tree along. They stand in
        the order in which they stood, also if nothing is moved then.
        """
        before, first = self._side(caller, neighbour, behind=False)
        after, last = self._side(caller, neighbour, behind=True)
        inner = [*reversed(before), neighbour, *after]
        places = order.spread(first or order.BEHIND_FRONTS, last or at_the_end(), len(inner))
        if places is None:
            raise InvalidInput("There is no room between these tasks: move it elsewhere first")
        unit = Unit()
        for task, place in zip(inner, places, strict=True):
            self._put(unit, caller, task, place)
        self._store.commit(unit)

    def _side(
        self, caller: Caller, neighbour: Task, *, behind: bool
    ) -> tuple[Sequence[Task], str | None]:
        """The nearest on one side, and the place of the one beyond, if there is one: it stays."""
        found = self._tasks.beside(
            neighbour, user_id=caller.user_id, behind=behind, limit=_NEIGHBOURS + 1
        )
        beyond = found[_NEIGHBOURS].position if len(found) > _NEIGHBOURS else None
        return found[:_NEIGHBOURS], beyond

    def _put(self, unit: Unit, caller: Caller, old: Task, place: str) -> None:
        new = old.changed({}, now=self._clock()).moved(
            old.project_id, old.section_id, old.root_id, parent_id=old.parent_id, place=place
        )
        self._tasks.rewrite(unit, old, new, user_id=caller.user_id)

    def _read(self, caller: Caller, task_id: str, otherwise: str) -> Task:
        try:
            if ids.is_id(task_id):
                return self._tasks.read(user_id=caller.user_id, task_id=task_id)
        except NotFound:
            pass
        raise NotFound(otherwise)
