"""What a person can do with their tasks."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest

from errand.errors import (
    AnsweredBefore,
    IdempotencyKeyReused,
    InvalidCursor,
    InvalidInput,
    NotFound,
    PreconditionFailed,
)
from errand.identity.caller import Caller
from errand.identity.scopes import OF_EVERYBODY
from errand.labels.repository import DynamoLabels
from errand.pages import Pager
from errand.projects.repository import DynamoProjects
from errand.saved_filters.repository import DynamoSavedFilters
from errand.schemas import Draft
from errand.storage.receipts import Receipt
from errand.tasks.model import SKIP_MAX, Task
from errand.tasks.queries import ListQuery
from errand.tasks.repository import DynamoTasks
from errand.tasks.schemas import TaskCreate
from errand.tasks.service import TaskService
from errand.tasks.trash_repository import DynamoTrash
from errand.tasks.update_schemas import TaskUpdate
from errand.tasks.views import TASK_JSON
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.storage import among, placing, room

ADA, BOB = (Caller(user_id=name, scopes=OF_EVERYBODY) for name in ("ada", "bob"))
MILK = TaskCreate.model_validate({"title": "Buy milk"})
BREAD = TaskUpdate.model_validate({"title": "Buy bread"})
DONE = TaskUpdate.model_validate({"completed": True})
NOTHING = TaskUpdate()
RECEIPT = Receipt(path="/tasks", name="1", fingerprint="milk")


@pytest.fixture
def service(store: ContendedStore, pager: Pager, clock: ManualClock) -> TaskService:
    return TaskService(
        tasks=DynamoTasks(),
        trash=DynamoTrash(),
        projects=DynamoProjects(),
        placing=placing(),
        labels=DynamoLabels,
        filters=DynamoSavedFilters,
        room=room(clock),
        store=store,
        pager=pager,
        clock=clock,
    )


def _create(service: TaskService, **fields: Any) -> Task:
    return service.create(caller=ADA, new=TaskCreate.model_validate(fields))


def _query(*, ascending: bool = False, **fields: Any) -> ListQuery:
    return ListQuery(order="asc" if ascending else "desc", **fields)


def _fill(service: TaskService, count: int) -> list[str]:
    """Ids of new tasks, every third of them completed, newest first."""
    tasks = [
        _create(service, title=f"Task {number}", completed=number % 3 == 0)
        for number in range(count)
    ]
    return [task.id for task in reversed(tasks)]


def _ids(tasks: Sequence[Task]) -> list[str]:
    return [task.id for task in tasks]


def _walk(
    service: TaskService, limit: int, *, completed: bool | None = None, ascending: bool = False
) -> list[list[str]]:
    """Ids on each page, to the last one."""
    pages, cursor = [], None
    while True:
        query = _query(limit=limit, cursor=cursor, completed=completed, ascending=ascending)
        page = service.list(caller=ADA, query=query)
        pages.append(_ids(page.items))
        cursor = page.cursor
        if cursor is None:
            return pages


def _all(
    service: TaskService, *, completed: bool | None = None, ascending: bool = False
) -> list[str]:
    return list(chain(*_walk(service, 3, completed=completed, ascending=ascending)))


def test_new_task_is_open_and_dated(service: TaskService, clock: ManualClock) -> None:
    task = service.create(caller=ADA, new=MILK)
    assert (task.version, task.is_completed) == (1, False)
    assert task.created_at == task.updated_at == clock()
    assert service.read(caller=ADA, task_id=task.id) == task


def test_same_receipt_creates_once(service: TaskService) -> None:
    first = service.create(caller=ADA, new=MILK, receipt=RECEIPT)
    with pytest.raises(AnsweredBefore) as again:
        service.create(caller=ADA, new=MILK, receipt=RECEIPT)
    assert again.value.answer == TASK_JSON.one(first)
    assert _walk(service, 10) == [[first.id]]


def test_receipt_of_another_request_is_refused(service: TaskService) -> None:
    service.create(caller=ADA, new=MILK, receipt=RECEIPT)
    other = replace(RECEIPT, fingerprint="bread")
    with pytest.raises(IdempotencyKeyReused):
        service.create(caller=ADA, new=MILK, receipt=other)


@pytest.mark.parametrize(
    "task_id", ["", "1", "../ACCOUNT", "06H08Q0RF9QCV4E83S3NDG2TL8", "x" * 5000]
)
def test_malformed_id_names_no_task(service: TaskService, task_id: str) -> None:
    with pytest.raises(NotFound):
        service.read(caller=ADA, task_id=task_id)
    with pytest.raises(NotFound):
        service.update(caller=ADA, task_id=task_id, update=BREAD)
    with pytest.raises(NotFound):
        service.update(caller=ADA, task_id=task_id, update=NOTHING)
    with pytest.raises(NotFound):
        service.delete(caller=ADA, task_id=task_id)


def test_task_of_somebody_else_is_not_there(service: TaskService) -> None:
    task = service.create(caller=ADA, new=MILK)
    with pytest.raises(NotFound):
        service.read(caller=BOB, task_id=task.id)
    with pytest.raises(NotFound):
        service.update(caller=BOB, task_id=task.id, update=BREAD)
    with pytest.raises(NotFound):
        service.delete(caller=BOB, task_id=task.id)
    assert service.list(caller=BOB, query=ListQuery()).items == []
    assert service.read(caller=ADA, task_id=task.id) == task


def test_update_counts_and_dates(service: TaskService, clock: ManualClock) -> None:
    task = service.create(caller=ADA, new=MILK)
    clock.advance(seconds=60)
    changed = service.update(caller=ADA, task_id=task.id, update=DONE)
    assert changed.version == 2
    assert changed.updated_at - task.updated_at == 60_000
    assert changed.completed_at == changed.updated_at
    assert changed.created_at == task.created_at


def test_update_of_nothing_changes_nothing(service: TaskService, clock: ManualClock) -> None:
    task = service.create(caller=ADA, new=MILK)
    clock.advance(seconds=60)
    assert service.update(caller=ADA, task_id=task.id, update=NOTHING) == task


@pytest.mark.parametrize("update", [NOTHING, BREAD])
def test_update_asks_for_the_version(service: TaskService, update: Draft) -> None:
    task = service.create(caller=ADA, new=MILK)
    with pytest.raises(PreconditionFailed):
        service.update(caller=ADA, task_id=task.id, update=update, expected=among({2, 3}))
    assert service.update(
        caller=ADA, task_id=task.id, update=update, expected=among({1, 2})
    ).version


def test_deletion_asks_for_the_version(service: TaskService) -> None:
    task = service.create(caller=ADA, new=MILK)
    with pytest.raises(PreconditionFailed):
        service.delete(caller=ADA, task_id=task.id, expected=among(()))
    service.delete(caller=ADA, task_id=task.id, expected=among({1}))
    with pytest.raises(NotFound):
        service.read(caller=ADA, task_id=task.id)


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
    cursor = service.list(caller=ADA, query=ListQuery(limit=2)).cursor
    service.delete(caller=ADA, task_id=ids[1])
    _create(service, title="On the first page")
    assert _ids(service.list(caller=ADA, query=ListQuery(cursor=cursor)).items) == ids[2:]


@pytest.mark.parametrize(
    ("caller", "completed", "ascending"),
    [(BOB, None, False), (ADA, True, False), (ADA, False, False), (ADA, None, True)],
)
def test_cursor_belongs_to_one_list(
    service: TaskService, caller: Caller, *, completed: bool | None, ascending: bool
) -> None:
    _fill(service, 2)
    cursor = service.list(caller=ADA, query=ListQuery(limit=1)).cursor
    query = _query(cursor=cursor, completed=completed, ascending=ascending)
    with pytest.raises(InvalidCursor):
        service.list(caller=caller, query=query)


def test_limit_may_change_between_pages(service: TaskService) -> None:
    ids = _fill(service, 6)
    cursor = service.list(caller=ADA, query=ListQuery(limit=2)).cursor
    page = service.list(caller=ADA, query=ListQuery(limit=3, cursor=cursor))
    assert _ids(page.items) == ids[2:5]


@pytest.mark.parametrize("skip", [0, 1, 4, 6, 7, 8, SKIP_MAX])
def test_skip_leaves_out_the_first(service: TaskService, skip: int) -> None:
    ids = _fill(service, 7)
    page = service.list(caller=ADA, query=ListQuery(skip=skip, limit=2))
    assert _ids(page.items) == ids[skip : skip + 2]
    assert (page.cursor is not None) == (skip + 2 < 7)


def test_skip_counts_from_the_cursor(service: TaskService) -> None:
    ids = _fill(service, 6)
    cursor = service.list(caller=ADA, query=ListQuery(limit=2)).cursor
    query = ListQuery(skip=1, limit=2, cursor=cursor)
    assert _ids(service.list(caller=ADA, query=query).items) == ids[3:5]


def test_skip_has_a_bound(service: TaskService) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        service.list(caller=ADA, query=ListQuery(skip=SKIP_MAX + 1))


@pytest.mark.parametrize("fitting", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("skip", [0, 1, 3, 5, 9, 10, 11])
def test_large_tasks_make_short_pages(
    pager: Pager, clock: ManualClock, fitting: int, skip: int
) -> None:
    fake = FakeDynamo(page_bytes=fitting * 8_000 - 4_000)
    fake.connected()
    store = ContendedStore()
    service = TaskService(
        tasks=DynamoTasks(),
        trash=DynamoTrash(),
        projects=DynamoProjects(),
        placing=placing(),
        labels=DynamoLabels,
        filters=DynamoSavedFilters,
        room=room(clock),
        store=store,
        pager=pager,
        clock=clock,
    )
    links = [f"https://example.com/{'x' * 1980}"] * 4
    ids = [_create(service, title="Of about 8 KB", links=links).id for _ in range(10)][::-1]
    page = service.list(caller=ADA, query=ListQuery(skip=skip, limit=4))
    found = _ids(page.items)
    # Whatever fits on it, in order, and never an empty page with more behind it.
    assert found == ids[skip : skip + len(found)]
    assert bool(found) == (skip < 10)
    while page.cursor:
        page = service.list(caller=ADA, query=ListQuery(limit=4, cursor=page.cursor))
        found += _ids(page.items)
    assert found == ids[skip:]
