"""Lists of tasks: every page in every order, and where the next one begins."""

from typing import Any

import pytest

from errand.tasks.model import Status
from errand_testkit.storage import ADA, BOB, Tasks

pytestmark = pytest.mark.usefixtures("tables")


def _pages(ids: list[str], limit: int) -> list[list[str]]:
    return [ids[start : start + limit] for start in range(0, len(ids), limit)] or [[]]


@pytest.mark.parametrize("ascending", [False, True], ids=["newest", "oldest"])
@pytest.mark.parametrize("status", [None, *Status], ids=["all", "open", "completed"])
def test_pages_are_full_and_end_without_an_empty_one(
    tasks: Tasks, status: Status | None, *, ascending: bool
) -> None:
    created = [tasks.create(completed=number % 2 == 0) for number in range(12)]
    tasks.create(user_id=BOB)
    ids = [
        task.id
        for task in (created if ascending else reversed(created))
        if status in {None, Status.of(completed=task.is_completed)}
    ]
    for limit in (1, 2, 3, 4, 6, 12, 100):
        assert tasks.walk(limit, status=status, ascending=ascending) == _pages(ids, limit)


@pytest.mark.parametrize("status", [None, *Status], ids=["all", "open", "completed"])
def test_list_of_nothing_is_one_empty_page(tasks: Tasks, status: Status | None) -> None:
    assert tasks.walk(10, status=status) == [[]]


def test_task_moves_between_the_views(tasks: Tasks) -> None:
    task = tasks.create()
    assert (tasks.ids(status=Status.OPEN), tasks.ids(status=Status.COMPLETED)) == (
        [task.id],
        [],
    )
    tasks.update(task, completed=True)
    assert (tasks.ids(status=Status.OPEN), tasks.ids(status=Status.COMPLETED)) == (
        [],
        [task.id],
    )
    tasks.update(task, completed=False)
    assert (tasks.ids(status=Status.OPEN), tasks.ids(status=Status.COMPLETED)) == (
        [task.id],
        [],
    )


@pytest.mark.parametrize("status", [None, Status.OPEN], ids=["all", "open"])
def test_list_goes_on_where_a_deleted_task_was(tasks: Tasks, status: Status | None) -> None:
    oldest, middle, newest = (tasks.create() for _ in range(3))
    down, up = (
        tasks.slice(status=status, limit=2, ascending=ascending).reached
        for ascending in (False, True)
    )
    tasks.delete(middle)
    assert tasks.ids(status=status, after=down) == [oldest.id]
    assert tasks.ids(status=status, after=up, ascending=True) == [newest.id]


def test_view_goes_on_where_a_task_that_left_it_was(tasks: Tasks) -> None:
    oldest, middle, _ = (tasks.create() for _ in range(3))
    reached = tasks.slice(status=Status.OPEN, limit=2).reached
    tasks.update(middle, completed=True)
    assert tasks.ids(status=Status.OPEN, after=reached) == [oldest.id]


def test_only_tasks_are_listed(tasks: Tasks, client: Any) -> None:
    for key in ("ACCOUNT", "PROJECT#1", "TASKS", "TASL#1"):
        item = {"pk": {"S": f"USER#{ADA}"}, "sk": {"S": key}}
        client.put_item(TableName="DataTable", Item=item)
    task = tasks.create()
    assert tasks.walk(1) == tasks.walk(1, ascending=True) == [[task.id]]


@pytest.mark.deep
@pytest.mark.parametrize("status", [None, Status.OPEN], ids=["all", "open"])
@pytest.mark.parametrize("ascending", [False, True], ids=["newest", "oldest"])
def test_page_ends_at_1_mb(tasks: Tasks, status: Status | None, *, ascending: bool) -> None:
    created = [tasks.create(title="\U0001f95b" * 60_000) for _ in range(9)]
    ids = [task.id for task in (created if ascending else reversed(created))]
    pages = tasks.walk(9, status=status, ascending=ascending)
    assert len(pages) > 1
    assert sum(pages, []) == ids  # noqa: RUF017 - a few short lists
