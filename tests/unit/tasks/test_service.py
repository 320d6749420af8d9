"""What a person can do with their tasks, on tasks kept in memory."""

from datetime import UTC, datetime
from itertools import chain

import pytest

from errand.errors import (
    IdempotencyKeyReused,
    InvalidCursor,
    InvalidInput,
    NotFound,
    PreconditionFailed,
)
from errand.keys import KeyRing
from errand.storage.receipts import Receipt
from errand.tasks.schemas import Task, TaskCreate, TaskUpdate
from errand.tasks.service import SKIP_MAX, ListQuery, TaskService
from errand_testkit.fakes import InMemoryTasks, ManualClock

ADA, BOB = "ada", "bob"
RECEIPT = Receipt(pk="USER#ada", sk="IDEMPOTENCY#1", fingerprint="milk")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def service(ring: KeyRing, clock: ManualClock) -> TaskService:
    return TaskService(tasks=InMemoryTasks(), ring=ring, clock=clock)


def _fill(service: TaskService, count: int) -> list[str]:
    """Ids of new tasks, every third of them completed, newest first."""
    tasks = [
        service.create(
            user_id=ADA, new=TaskCreate(title=f"Task {number}", completed=number % 3 == 0)
        )
        for number in range(count)
    ]
    return [task.id for task in reversed(tasks)]


def _ids(tasks: list[Task]) -> list[str]:
    return [task.id for task in tasks]


def _walk(
    service: TaskService, limit: int, *, completed: bool | None = None, ascending: bool = False
) -> list[list[str]]:
    """Ids on each page, to the last one."""
    pages, cursor = [], None
    while True:
        query = ListQuery(limit=limit, cursor=cursor, completed=completed, ascending=ascending)
        page = service.page(user_id=ADA, query=query)
        pages.append(_ids(page.tasks))
        cursor = page.next_cursor
        if cursor is None:
            return pages


def _all(
    service: TaskService, *, completed: bool | None = None, ascending: bool = False
) -> list[str]:
    return list(chain(*_walk(service, 3, completed=completed, ascending=ascending)))


def test_new_task_is_open_and_dated(service: TaskService, clock: ManualClock) -> None:
    task = service.create(user_id=ADA, new=TaskCreate(title="Buy milk"))
    now = datetime.fromtimestamp(clock() / 1000, UTC)
    assert (task.version, task.completed, task.created_at, task.updated_at) == (1, False, now, now)
    assert service.read(user_id=ADA, task_id=task.id) == task


def test_same_receipt_creates_once(service: TaskService) -> None:
    new = TaskCreate(title="Buy milk")
    first = service.create(user_id=ADA, new=new, receipt=RECEIPT)
    assert service.create(user_id=ADA, new=new, receipt=RECEIPT) == first
    assert _walk(service, 10) == [[first.id]]


def test_receipt_of_another_request_is_refused(service: TaskService) -> None:
    service.create(user_id=ADA, new=TaskCreate(title="Buy milk"), receipt=RECEIPT)
    other = Receipt(pk=RECEIPT.pk, sk=RECEIPT.sk, fingerprint="bread")
    with pytest.raises(IdempotencyKeyReused):
        service.create(user_id=ADA, new=TaskCreate(title="Buy bread"), receipt=other)


@pytest.mark.parametrize(
    "task_id", ["", "1", "../ACCOUNT", "06H08Q0RF9QCV4E83S3NDG2TL8", "x" * 5000]
)
def test_malformed_id_names_no_task(service: TaskService, task_id: str) -> None:
    with pytest.raises(NotFound):
        service.read(user_id=ADA, task_id=task_id)
    with pytest.raises(NotFound):
        service.update(user_id=ADA, task_id=task_id, update=TaskUpdate(title="Buy bread"))
    with pytest.raises(NotFound):
        service.update(user_id=ADA, task_id=task_id, update=TaskUpdate())
    with pytest.raises(NotFound):
        service.delete(user_id=ADA, task_id=task_id)


def test_task_of_somebody_else_is_not_there(service: TaskService) -> None:
    task = service.create(user_id=ADA, new=TaskCreate(title="Buy milk"))
    with pytest.raises(NotFound):
        service.read(user_id=BOB, task_id=task.id)
    with pytest.raises(NotFound):
        service.update(user_id=BOB, task_id=task.id, update=TaskUpdate(title="Mine now"))
    with pytest.raises(NotFound):
        service.delete(user_id=BOB, task_id=task.id)
    assert service.page(user_id=BOB, query=ListQuery()).tasks == []
    assert service.read(user_id=ADA, task_id=task.id) == task


def test_update_counts_and_dates(service: TaskService, clock: ManualClock) -> None:
    task = service.create(user_id=ADA, new=TaskCreate(title="Buy milk"))
    clock.advance(seconds=60)
    changed = service.update(user_id=ADA, task_id=task.id, update=TaskUpdate(completed=True))
    assert changed.version == 2
    assert (changed.updated_at - task.updated_at).total_seconds() == 60
    assert changed.completed_at == changed.updated_at
    assert changed.created_at == task.created_at


def test_update_of_nothing_changes_nothing(service: TaskService, clock: ManualClock) -> None:
    task = service.create(user_id=ADA, new=TaskCreate(title="Buy milk"))
    clock.advance(seconds=60)
    assert service.update(user_id=ADA, task_id=task.id, update=TaskUpdate()) == task


@pytest.mark.parametrize("update", [TaskUpdate(), TaskUpdate(title="Buy bread")])
def test_update_asks_for_the_version(service: TaskService, update: TaskUpdate) -> None:
    task = service.create(user_id=ADA, new=TaskCreate(title="Buy milk"))
    with pytest.raises(PreconditionFailed):
        service.update(user_id=ADA, task_id=task.id, update=update, versions={2, 3})
    assert service.update(user_id=ADA, task_id=task.id, update=update, versions={1, 2}).version


def test_deletion_asks_for_the_version(service: TaskService) -> None:
    task = service.create(user_id=ADA, new=TaskCreate(title="Buy milk"))
    with pytest.raises(PreconditionFailed):
        service.delete(user_id=ADA, task_id=task.id, versions=())
    service.delete(user_id=ADA, task_id=task.id, versions={1})
    with pytest.raises(NotFound):
        service.read(user_id=ADA, task_id=task.id)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 100])
def test_pages_are_full_and_end_without_an_empty_one(service: TaskService, limit: int) -> None:
    ids = _fill(service, 7)
    assert _walk(service, limit) == [ids[start : start + limit] for start in range(0, 7, limit)]


def test_list_of_nothing_is_one_empty_page(service: TaskService) -> None:
    assert _walk(service, 10) == [[]]


@pytest.mark.parametrize("completed", [None, False, True])
def test_oldest_first_is_newest_first_backwards(
    service: TaskService, *, completed: bool | None
) -> None:
    _fill(service, 8)
    newest = _all(service, completed=completed)
    oldest = _all(service, completed=completed, ascending=True)
    assert oldest == newest[::-1]


def test_filters_part_the_list(service: TaskService) -> None:
    ids = _fill(service, 7)
    assert _all(service, completed=True) == [ids[0], ids[3], ids[6]]
    assert _all(service, completed=False) == [ids[1], ids[2], ids[4], ids[5]]


def test_cursor_goes_on_where_its_task_was(service: TaskService) -> None:
    ids = _fill(service, 4)
    cursor = service.page(user_id=ADA, query=ListQuery(limit=2)).next_cursor
    service.delete(user_id=ADA, task_id=ids[1])
    service.create(user_id=ADA, new=TaskCreate(title="On the first page"))
    assert _ids(service.page(user_id=ADA, query=ListQuery(cursor=cursor)).tasks) == ids[2:]


@pytest.mark.parametrize(
    ("user_id", "completed", "ascending"),
    [(BOB, None, False), (ADA, True, False), (ADA, False, False), (ADA, None, True)],
)
def test_cursor_belongs_to_one_list(
    service: TaskService, user_id: str, *, completed: bool | None, ascending: bool
) -> None:
    _fill(service, 2)
    cursor = service.page(user_id=ADA, query=ListQuery(limit=1)).next_cursor
    query = ListQuery(cursor=cursor, completed=completed, ascending=ascending)
    with pytest.raises(InvalidCursor):
        service.page(user_id=user_id, query=query)


def test_limit_may_change_between_pages(service: TaskService) -> None:
    ids = _fill(service, 6)
    cursor = service.page(user_id=ADA, query=ListQuery(limit=2)).next_cursor
    page = service.page(user_id=ADA, query=ListQuery(limit=3, cursor=cursor))
    assert _ids(page.tasks) == ids[2:5]


@pytest.mark.parametrize("skip", [0, 1, 4, 6, 7, 8, SKIP_MAX])
def test_skip_leaves_out_the_first(service: TaskService, skip: int) -> None:
    ids = _fill(service, 7)
    page = service.page(user_id=ADA, query=ListQuery(skip=skip, limit=2))
    assert _ids(page.tasks) == ids[skip : skip + 2]
    assert (page.next_cursor is not None) == (skip + 2 < 7)


def test_skip_counts_from_the_cursor(service: TaskService) -> None:
    ids = _fill(service, 6)
    cursor = service.page(user_id=ADA, query=ListQuery(limit=2)).next_cursor
    query = ListQuery(skip=1, limit=2, cursor=cursor)
    assert _ids(service.page(user_id=ADA, query=query).tasks) == ids[3:5]


def test_skip_has_a_bound(service: TaskService) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        service.page(user_id=ADA, query=ListQuery(skip=SKIP_MAX + 1))


@pytest.mark.parametrize("page_max", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("skip", [0, 1, 3, 5, 9, 10, 11])
def test_large_tasks_make_short_pages(ring: KeyRing, page_max: int, skip: int) -> None:
    service = TaskService(tasks=InMemoryTasks(page_max=page_max), ring=ring, clock=ManualClock())
    ids = _fill(service, 10)
    page = service.page(user_id=ADA, query=ListQuery(skip=skip, limit=4))
    found = _ids(page.tasks)
    # Whatever fits on it, in order, and never an empty page with more behind it.
    assert found == ids[skip : skip + len(found)]
    assert bool(found) == (skip < 10)
    while page.next_cursor:
        page = service.page(user_id=ADA, query=ListQuery(limit=4, cursor=page.next_cursor))
        found += _ids(page.tasks)
    assert found == ids[skip:]
