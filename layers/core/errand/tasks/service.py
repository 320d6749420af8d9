"""What a person can do with their tasks."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from errand import ids
from errand.clock import Clock
from errand.epoch import since_epoch
from errand.errors import InvalidInput, NotFound, PreconditionFailed
from errand.identity.caller import Caller
from errand.pages import Page, Pager
from errand.preconditions import ANY, Precondition
from errand.projects.model import PROJECTS_MAX
from errand.schemas import Draft
from errand.storage.receipts import Receipt, commit_once_with
from errand.storage.unit import Store, Unit, repeated
from errand.tasks import lists
from errand.tasks.decisions import Changes, is_blind
from errand.tasks.deletion import Deletion
from errand.tasks.lists import TaskRange, View
from errand.tasks.model import SKIP_MAX, Completion, Task
from errand.tasks.placing import PLACE, Destination, Placing
from errand.tasks.ports import Beside, FiltersOfTasks, LabelsOfTasks, ProjectsOfTasks
from errand.tasks.repository import TaskRepository
from errand.tasks.room import Room
from errand.tasks.subtasks import alone, done_with, stays
from errand.tasks.trash_repository import TrashRepository
from errand.tasks.views import TASK_JSON
from errand.views import JsonView

if TYPE_CHECKING:
    from errand.tasks.queries import ListQuery

# Of changes of one task at once each takes the place behind another; nobody waits for long.
_ATTEMPTS = 10


class TaskService:
    """`record`: what a new task is, which `view` shows; `labels`, `filters`: made when needed."""

    def __init__(
        self,
        *,
        tasks: TaskRepository,
        trash: TrashRepository,
        projects: ProjectsOfTasks,
        placing: Placing,
        labels: Callable[[], LabelsOfTasks],
        filters: Callable[[], FiltersOfTasks],
        room: Room,
        store: Store,
        pager: Pager,
        clock: Clock,
        record: type[Task] = Task,
        view: JsonView[Task] = TASK_JSON,
    ) -> None:
        self._tasks = tasks
        self._deletion = Deletion(
            tasks=tasks, trash=trash, subtasks=placing.subtasks, store=store, clock=clock
        )
        self._projects = projects
        self._placing = placing
        self._labels = labels
        self._filters = filters
        self._room = room
        self._store = store
        self._pager = pager
        self._clock = clock
        self._record = record
        self._view = view

    def create(self, *, caller: Caller, new: Draft, receipt: Receipt | None = None) -> Task:
        """Raises AnsweredBefore for a receipt that is there; NotFound, InvalidInput."""
        fields = new.fields()
        sent = self._placing.sent(
            None, {name: value for name, value in new.changes().items() if value is not None}
        )
        now = self._clock()

        def make(_: None) -> Task:
            unit = Unit()
            content = self._with_labels(unit, caller, fields, now=now)
            if sent:
                to = self._placing.destination(caller, None, sent)
                content = {**content, **to.fields()}
            task = self._record.new(ids.new_id(), content, now=now, here=caller.timezone)
            if sent and to.parent:
                self._placing.subtasks.join(
                    unit, to.parent, task, alone(task), user_id=caller.user_id
                )
            self._tasks.add(unit, task, user_id=caller.user_id)
            answer = self._view.one(task)
            commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=now)
            self._room.check(caller, unit.growth, receipt=receipt)
            self._store.commit(unit)
            return task

        return repeated(lambda: None, make)

    def read(self, *, caller: Caller, task_id: str) -> Task:
        return self._tasks.read(user_id=caller.user_id, task_id=_known(task_id))

    def list(self, *, caller: Caller, query: "ListQuery") -> Page[Task]:
        """Raises NotFound, InvalidCursor; InvalidInput for a skip past the bound."""
        return self.explained(caller=caller, query=query)[0]

    def explained(self, *, caller: Caller, query: "ListQuery") -> tuple[Page[Task], TaskRange]:
        """With the range of keys that it is read from."""
        if query.skip > SKIP_MAX:
            raise InvalidInput(
                f"skip is at most {SKIP_MAX}: go on with the cursor of the Link header"
            )
        now = self._clock()
        if query.saved_filter is not None:
            query = self._saved(caller, query)
        if query.filter is not None:
            of = self._filtered(caller, query, now=now)
        elif query.parent_id is not None:
            of = self._below(caller, query.parent_id, ascending=query.ascending)
        else:
            of = _range(query, now=now, here=caller.timezone)
        if query.sort is not None:
            of = replace(of, sort=query.sort)
        read = partial(self._tasks.slice, user_id=caller.user_id, of=of)
        page = self._pager.page(
            read,
            view=f"tasks|{caller.user_id}|{query.shown}",
            limit=query.limit,
            cursor=query.cursor,
            skip=query.skip,
        )
        return page, of

    def _saved(self, caller: Caller, query: "ListQuery") -> "ListQuery":
        """With what it says by now: a cursor is none of it any more when that has changed."""
        saved = self._filters().read(user_id=caller.user_id, filter_id=str(query.saved_filter))
        if saved is None:
            raise NotFound("Filter not found")
        return query.model_copy(update={"filter": saved.query})

    def _below(self, caller: Caller, parent_id: str, *, ascending: bool) -> TaskRange:
        """Raises NotFound."""
        parent = self.read(caller=caller, task_id=parent_id)
        return lists.by_parent(parent.project_id, parent.id, ascending=ascending)

    def _filtered(self, caller: Caller, query: "ListQuery", *, now: int) -> TaskRange:
        # Imported when somebody filters: most instances never do.
        from errand.tasks import filtering  # noqa: PLC0415

        found = filtering.parsed(query.filter)
        named = filtering.kinds_named(found)
        known: dict[str, Any] = {}
        if "project" in named:
            known["projects"] = self._projects.slice(
                user_id=caller.user_id, after=None, limit=PROJECTS_MAX
            ).items
        if "section" in named:
            known["sections"] = self._placing.sections(caller)
        if "label" in named:
            known["labels"] = self._labels().read(user_id=caller.user_id)
        return filtering.by_filter(
            found,
            filtering.Known(**known),
            now=now,
            here=caller.timezone,
            ascending=query.ascending,
        )

    def update(
        self,
        *,
        caller: Caller,
        task_id: str,
        update: Draft,
        expected: Precondition = ANY,
        beside: Beside | None = None,
    ) -> Task:
        """Raises NotFound, InvalidInput, PreconditionFailed; with what is written `beside` it."""
        changes = update.changes()
        if not changes:
            return self._read_in(expected, caller=caller, task_id=task_id)
        if beside or not is_blind(changes):
            return self._rewrite(caller, task_id, changes, expected, beside)
        known = _known(task_id)

        def change(now: int) -> Task:
            unit = Unit()
            self._tasks.update(
                unit,
                user_id=caller.user_id,
                task_id=known,
                changes=changes,
                now=now,
                expected=expected,
            )
            return self._tasks.of(self._store.commit(unit), user_id=caller.user_id)

        def later() -> int:
            """Than what overtook, whose clock may be ahead of ours."""
            return max(self._clock(), self.read(caller=caller, task_id=known).updated_at + 1)

        return repeated(later, change, known=self._clock(), attempts=_ATTEMPTS)

    def _with_labels(self, unit: Unit, caller: Caller, changes: Changes, *, now: int) -> Changes:
        """With the ids of labels; those that there are not yet are added to the unit.

        Raises InvalidInput if an account has too many then.
        """
        names = changes.get("labels")
        if not names:
            return {**changes, "label_ids": ()} if "labels" in changes else changes
        known = self._labels().read(user_id=caller.user_id)
        labels = known.with_names(names, now=now, new_id=ids.new_id)
        if labels is not known:
            self._labels().write(unit, known, labels, user_id=caller.user_id)
        borne = {label.id: label.name for label in map(labels.named, names) if label}
        return {**changes, "labels": tuple(borne.values()), "label_ids": tuple(borne)}

    def _rewrite(
        self,
        caller: Caller,
        task_id: str,
        changes: Changes,
        expected: Precondition,
        beside: Beside | None,
    ) -> Task:
        """For changes that fit or not, depending on what else the task has."""

        def change(old: Task) -> Task:
            unit = Unit()
            now = self._clock()
            content = self._with_labels(unit, caller, changes, now=now)
            sent = self._placing.sent(old, changes)
            content = {name: one for name, one in content.items() if name not in PLACE}
            to = self._placing.destination(caller, old, sent) if sent else Destination.of(old)
            new = old.changed(content, now=now, here=caller.timezone)
            if old.is_completed and not new.is_completed:
                to = self._placing.there(caller, to)
            comes_again = bool(changes.get("completed")) and not new.is_completed
            is_other = comes_again or new.is_completed != old.is_completed
            becomes = done_with(old, new, now=now) if is_other else stays
            new, reset = self._placing.carry(
                unit, old, new, to, becomes=becomes, caller=caller, now=now
            )
            if comes_again:
                completion = Completion.of(old, ids.new_id(), at=now, reset=reset)
                self._tasks.add_completion(unit, completion, user_id=caller.user_id)
            if beside:
                beside(unit, old)
            self._tasks.rewrite(unit, old, new, user_id=caller.user_id)
            self._room.check(caller, unit.growth)
            self._store.commit(unit)
            return new

        return repeated(
            lambda: self._read_in(expected, caller=caller, task_id=task_id),
            change,
        )

    def _read_in(self, expected: Precondition, *, caller: Caller, task_id: str) -> Task:
        task = self.read(caller=caller, task_id=task_id)
        if not expected.holds(task.version):
            raise PreconditionFailed
        return task

    def delete(self, *, caller: Caller, task_id: str, expected: Precondition = ANY) -> None:
        """It is in the trash then, and all below it. Raises NotFound, PreconditionFailed."""

        def change(old: Task) -> None:
            self._deletion.carry_out(old, user_id=caller.user_id)

        repeated(lambda: self._read_in(expected, caller=caller, task_id=task_id), change)


def _range(query: "ListQuery", *, now: int, here: str) -> TaskRange:
    ascending = query.ascending
    since, until = query.completed_since, query.completed_until
    if query.view is View.COMPLETED or since or until:
        return lists.completed_between(
            since_epoch(since) if since else None,
            since_epoch(until) if until else None,
            ascending=ascending,
        )
    if query.view is not None:
        return lists.of_view(query.view, now=now, here=here, ascending=ascending)
    if query.project_id is not None:
        if query.section_id is not None:
            return lists.by_section(query.project_id, query.section_id, ascending=ascending)
        return lists.by_project(query.project_id, ascending=ascending)
    if query.priority is not None:
        return lists.by_priority(query.priority, ascending=ascending)
    return lists.by_status(query.completed, ascending=ascending)


def _known(task_id: str) -> str:
    """A malformed id names no task; nothing is asked of the database for it."""
    if not ids.is_id(task_id):
        raise NotFound("Task not found")
    return task_id
