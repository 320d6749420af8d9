"""Short ways to the repositories, for tests that care about one thing at a time."""

from typing import Any

from errand.errors import NotFound
from errand.ids import new_id
from errand.storage.receipts import Receipt
from errand.tasks.model import Status
from errand.tasks.repository import DynamoTasks
from errand.tasks.schemas import Task
from errand_testkit.fakes import ManualClock

ADA, BOB = new_id(), new_id()
_FIELDS: dict[str, Any] = {
    "title": "Buy milk",
    "description": None,
    "due_date": None,
    "links": [],
    "completed": False,
}


class Tasks:
    """DynamoTasks with what most tests do not care about filled in."""

    def __init__(self, clock: ManualClock) -> None:
        self.repository = DynamoTasks()
        self._clock = clock

    def create(
        self,
        *,
        user_id: str = ADA,
        task_id: str | None = None,
        receipt: Receipt | None = None,
        **fields: Any,
    ) -> Task:
        return self.repository.create(
            user_id=user_id,
            task_id=task_id or new_id(),
            fields=_FIELDS | fields,
            now=self._clock(),
            receipt=receipt,
        )

    def read(self, task: Task) -> Task:
        return self.repository.read(user_id=ADA, task_id=task.id)

    def update(
        self, task: Task, versions: set[int] | None = None, *, user_id: str = ADA, **changes: Any
    ) -> Task:
        return self.repository.update(
            user_id=user_id,
            task_id=task.id,
            changes=changes,
            now=self._clock(),
            versions=versions,
        )

    def delete(self, task: Task, versions: set[int] | None = None, *, user_id: str = ADA) -> None:
        self.repository.delete(user_id=user_id, task_id=task.id, versions=versions)

    def exists(self, task: Task) -> bool:
        try:
            self.read(task)
        except NotFound:
            return False
        return True

    def page(
        self,
        *,
        status: Status | None = None,
        after: str | None = None,
        limit: int = 100,
        ascending: bool = False,
    ) -> tuple[list[str], bool]:
        """Ids, and whether there are more."""
        page, more = self.repository.page(
            user_id=ADA, status=status, after=after, limit=limit, ascending=ascending
        )
        return [task.id for task in page], more

    def ids(
        self, *, status: Status | None = None, after: str | None = None, ascending: bool = False
    ) -> list[str]:
        return self.page(status=status, after=after, ascending=ascending)[0]

    def walk(
        self, limit: int, *, status: Status | None = None, ascending: bool = False
    ) -> list[list[str]]:
        """Ids on each page, to the last one."""
        pages: list[list[str]] = []
        more = True
        while more:
            after = pages[-1][-1] if pages else None
            page, more = self.page(status=status, after=after, limit=limit, ascending=ascending)
            pages.append(page)
        return pages
