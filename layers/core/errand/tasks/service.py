"""What a person can do with their tasks."""

from collections.abc import Collection
from dataclasses import dataclass

from errand import cursors, ids
from errand.clock import Clock
from errand.errors import InvalidInput, NotFound, PreconditionFailed
from errand.keys import Keys
from errand.storage.receipts import Receipt
from errand.tasks.model import Status
from errand.tasks.repository import TaskRepository
from errand.tasks.schemas import Task, TaskCreate, TaskUpdate

LIMIT_MAX = 100
SKIP_MAX = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class ListQuery:
    limit: int = 10
    skip: int = 0
    cursor: str | None = None
    completed: bool | None = None
    ascending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    tasks: list[Task]
    next_cursor: str | None


class TaskService:
    def __init__(self, *, tasks: TaskRepository, ring: Keys, clock: Clock) -> None:
        self._tasks = tasks
        self._ring = ring
        self._clock = clock

    def create(self, *, user_id: str, new: TaskCreate, receipt: Receipt | None = None) -> Task:
        return self._tasks.create(
            user_id=user_id,
            task_id=ids.new_id(),
            fields=new.model_dump(),
            now=self._clock(),
            receipt=receipt,
        )

    def read(self, *, user_id: str, task_id: str) -> Task:
        return self._tasks.read(user_id=user_id, task_id=_known(task_id))

    def page(self, *, user_id: str, query: ListQuery) -> Page:
        """Newest first, or oldest first if `query.ascending`.

        Raises InvalidCursor; InvalidInput for a skip past the bound.
        """
        if query.skip > SKIP_MAX:
            raise InvalidInput(
                f"skip is at most {SKIP_MAX}: go on with the cursor of the Link header"
            )
        context = f"{user_id}|{query.completed}|{query.ascending}"
        after = None
        if query.cursor is not None:
            after = cursors.unseal(self._ring, cursor=query.cursor, context=context)
        status = None if query.completed is None else Status.of(completed=query.completed)

        def read(after: str | None, limit: int) -> tuple[list[Task], bool]:
            return self._tasks.page(
                user_id=user_id,
                status=status,
                after=after,
                limit=limit,
                ascending=query.ascending,
            )

        tasks, more = read(after, query.skip + query.limit)
        skipped = 0
        # A page of DynamoDB ends at 1 MB: large tasks may take several to skip over.
        while more and len(tasks) <= query.skip - skipped:
            skipped += len(tasks)
            tasks, more = read(tasks[-1].id, query.skip - skipped + query.limit)
        tasks = tasks[query.skip - skipped :]
        cursor = cursors.seal(self._ring, last_id=tasks[-1].id, context=context) if more else None
        return Page(tasks, cursor)

    def update(
        self,
        *,
        user_id: str,
        task_id: str,
        update: TaskUpdate,
        versions: Collection[int] | None = None,
    ) -> Task:
        """Raises NotFound; PreconditionFailed if the task is in none of `versions`."""
        changes = update.changes()
        if not changes:
            task = self.read(user_id=user_id, task_id=task_id)
            if versions is not None and task.version not in versions:
                raise PreconditionFailed
            return task
        return self._tasks.update(
            user_id=user_id,
            task_id=_known(task_id),
            changes=changes,
            now=self._clock(),
            versions=versions,
        )

    def delete(
        self, *, user_id: str, task_id: str, versions: Collection[int] | None = None
    ) -> None:
        self._tasks.delete(user_id=user_id, task_id=_known(task_id), versions=versions)


def _known(task_id: str) -> str:
    """A malformed id names no task; nothing is asked of the database for it."""
    if not ids.is_id(task_id):
        raise NotFound("Task not found")
    return task_id
