"""What a person can do with their tasks."""

from collections.abc import Sequence
from functools import partial

from errand import ids
from errand.clock import Clock
from errand.errors import InvalidInput, NotFound, Overtaken, PreconditionFailed
from errand.identity.caller import Caller
from errand.pages import Page, Pager
from errand.preconditions import ANY, Precondition
from errand.projects.model import INBOX, PROJECTS_MAX, Project
from errand.schemas import Draft
from errand.storage.receipts import Receipt, commit_once_with
from errand.storage.unit import Store, Unit, repeated
from errand.tasks import lists
from errand.tasks.decisions import Changes, is_blind
from errand.tasks.lists import TaskRange, View
from errand.tasks.model import SKIP_MAX, Completion, Task, Trashed
from errand.tasks.ports import ProjectsOfTasks
from errand.tasks.repository import TaskRepository, TrashRepository
from errand.tasks.schemas import TASK_JSON, ListQuery
from errand.tasks.times import milliseconds
from errand.views import JsonView

# Of changes of one task at once each takes the place behind another; nobody waits for long.
_ATTEMPTS = 10


class TaskService:
    """`record`: what a new task is, which `view` shows."""

    def __init__(
        self,
        *,
        tasks: TaskRepository,
        trash: TrashRepository,
        projects: ProjectsOfTasks,
        store: Store,
        pager: Pager,
        clock: Clock,
        record: type[Task] = Task,
        view: JsonView[Task] = TASK_JSON,
    ) -> None:
        self._tasks = tasks
        self._trash = trash
        self._projects = projects
        self._store = store
        self._pager = pager
        self._clock = clock
        self._record = record
        self._view = view

    def create(self, *, caller: Caller, new: Draft, receipt: Receipt | None = None) -> Task:
        """Raises AnsweredBefore for a receipt that is there."""
        fields = new.fields()
        self._check_project(caller, fields)
        now = self._clock()
        task = self._record.new(ids.new_id(), fields, now=now, here=caller.timezone)
        unit = Unit()
        self._tasks.add(unit, task, user_id=caller.user_id)
        answer = self._view.one(task)
        commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=now)
        self._store.commit(unit)
        return task

    def read(self, *, caller: Caller, task_id: str) -> Task:
        return self._tasks.read(user_id=caller.user_id, task_id=_known(task_id))

    def list(self, *, caller: Caller, query: ListQuery) -> Page[Task]:
        """Raises InvalidCursor; InvalidInput for a skip past the bound."""
        if query.skip > SKIP_MAX:
            raise InvalidInput(
                f"skip is at most {SKIP_MAX}: go on with the cursor of the Link header"
            )
        now = self._clock()
        of = (
            self._filtered(caller, query, now=now)
            if query.filter is not None
            else _range(query, now=now, here=caller.timezone)
        )
        read = partial(self._tasks.slice, user_id=caller.user_id, of=of)
        return self._pager.page(
            read,
            view=f"tasks|{caller.user_id}|{query.shown}",
            limit=query.limit,
            cursor=query.cursor,
            skip=query.skip,
        )

    def _filtered(self, caller: Caller, query: ListQuery, *, now: int) -> TaskRange:
        # Imported when somebody filters: most instances never do.
        from errand.tasks import filtering  # noqa: PLC0415

        found = filtering.parsed(query.filter)
        known: Sequence[Project] = ()
        if filtering.names_projects(found):
            known = self._projects.slice(
                user_id=caller.user_id, after=None, limit=PROJECTS_MAX
            ).items
        return filtering.by_filter(
            found, known, now=now, here=caller.timezone, ascending=query.ascending
        )

    def update(
        self,
        *,
        caller: Caller,
        task_id: str,
        update: Draft,
        expected: Precondition = ANY,
    ) -> Task:
        """Raises NotFound, InvalidInput, PreconditionFailed."""
        changes = update.changes()
        if not changes:
            return self._read_in(expected, caller=caller, task_id=task_id)
        self._check_project(caller, changes)
        if not is_blind(changes):
            return self._rewrite(caller, task_id, changes, expected)
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
            return self._tasks.of(self._store.commit(unit))

        def later() -> int:
            """Than what overtook, whose clock may be ahead of ours."""
            return max(self._clock(), self.read(caller=caller, task_id=known).updated_at + 1)

        return repeated(later, change, known=self._clock(), attempts=_ATTEMPTS)

    def _check_project(self, caller: Caller, changes: Changes) -> None:
        """Raises NotFound. A project that is deleted just then keeps the id it had."""
        project_id = changes.get("project_id", INBOX)
        if project_id != INBOX and not self._projects.read(
            user_id=caller.user_id, project_id=project_id
        ):
            raise NotFound("Project not found")

    def _rewrite(
        self, caller: Caller, task_id: str, changes: Changes, expected: Precondition
    ) -> Task:
        """For changes that fit or not, depending on what else the task has."""

        def change(old: Task) -> Task:
            unit = Unit()
            now = self._clock()
            new = old.changed(changes, now=now, here=caller.timezone)
            self._tasks.rewrite(unit, old, new, user_id=caller.user_id)
            if changes.get("completed") and not new.is_completed:
                completion = Completion.of(old, ids.new_id(), at=now)
                self._tasks.add_completion(unit, completion, user_id=caller.user_id)
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
        """It is in the trash then. Raises NotFound, PreconditionFailed."""

        def change(old: Task) -> None:
            unit = Unit()
            still = Precondition(frozenset({old.version}))
            self._tasks.remove(unit, user_id=caller.user_id, task_id=old.id, expected=still)
            self._trash.add(unit, Trashed.of(old, now=self._clock()), user_id=caller.user_id)
            try:
                self._store.commit(unit)
            except PreconditionFailed:
                raise Overtaken from None

        repeated(lambda: self._read_in(expected, caller=caller, task_id=task_id), change)


def _range(query: ListQuery, *, now: int, here: str) -> TaskRange:
    ascending = query.ascending
    since, until = query.completed_since, query.completed_until
    if query.view is View.COMPLETED or since or until:
        return lists.completed_between(
            milliseconds(since) if since else None,
            milliseconds(until) if until else None,
            ascending=ascending,
        )
    if query.view is not None:
        return lists.due(query.view, now=now, here=here, ascending=ascending)
    if query.project_id is not None:
        return lists.by_project(query.project_id, ascending=ascending)
    if query.priority is not None:
        return lists.by_priority(query.priority, ascending=ascending)
    return lists.by_status(query.completed, ascending=ascending)


def _known(task_id: str) -> str:
    """A malformed id names no task; nothing is asked of the database for it."""
    if not ids.is_id(task_id):
        raise NotFound("Task not found")
    return task_id
