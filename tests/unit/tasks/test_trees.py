"""Trees that take several transactions: what fails in the middle loses nothing and can go on."""

from typing import Any

import pytest

from errand.errors import StorageUnavailable
from errand.identity.caller import Caller
from errand.identity.scopes import OF_EVERYBODY
from errand.labels.repository import DynamoLabels
from errand.pages import Pager
from errand.projects.repository import DynamoProjects
from errand.records import Item
from errand.saved_filters.repository import DynamoSavedFilters
from errand.storage.unit import DynamoStore, Unit
from errand.tasks.queries import ListQuery
from errand.tasks.repository import DynamoTasks
from errand.tasks.schemas import TaskCreate
from errand.tasks.service import TaskService
from errand.tasks.trash import TrashService
from errand.tasks.trash_repository import DynamoTrash
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.storage import placing, room

ADA = Caller(user_id="ada", scopes=OF_EVERYBODY)
COUNT = 60


class FailingStore(DynamoStore):
    """Fails each commit after so many, until it is mended."""

    allowed = 1_000

    def commit(self, unit: Unit) -> Item:
        if self.allowed <= 0:
            raise StorageUnavailable
        self.allowed -= 1
        return super().commit(unit)


@pytest.fixture
def failing() -> FailingStore:
    return FailingStore()


@pytest.fixture
def tasks(failing: FailingStore, pager: Pager, clock: ManualClock) -> TaskService:
    return TaskService(
        tasks=DynamoTasks(),
        trash=DynamoTrash(),
        projects=DynamoProjects(),
        placing=placing(),
        labels=DynamoLabels,
        filters=DynamoSavedFilters,
        room=room(clock),
        store=failing,
        pager=pager,
        clock=clock,
    )


@pytest.fixture
def trash(failing: FailingStore, pager: Pager, clock: ManualClock) -> TrashService:
    return TrashService(
        tasks=DynamoTasks(),
        trash=DynamoTrash(),
        placing=placing(),
        room=room(clock),
        store=failing,
        pager=pager,
        clock=clock,
    )


@pytest.fixture
def root(tasks: TaskService) -> str:
    """A task with many parts, two levels deep."""

    def create(title: str, **fields: Any) -> str:
        new = TaskCreate.model_validate({"title": title} | fields)
        return tasks.create(caller=ADA, new=new).id

    found = create("Root")
    parent = create("Part", parent_id=found)
    for number in range(COUNT - 1):
        create(f"Part {number}", parent_id=parent)
    return found


def _kinds(fake: FakeDynamo) -> tuple[int, int]:
    """Tasks, and tasks in the trash."""
    keys = [item["sk"]["S"] for item in fake.all()]
    return sum(key.startswith("TASK#") for key in keys), sum(
        key.startswith("TRASH#") for key in keys
    )


def test_deletion_goes_on_where_it_failed(
    tasks: TaskService, failing: FailingStore, fake: FakeDynamo, root: str
) -> None:
    failing.allowed = 1
    with pytest.raises(StorageUnavailable):
        tasks.delete(caller=ADA, task_id=root)
    left, thrown = _kinds(fake)
    assert (left + thrown, thrown) == (COUNT + 1, COUNT - 45)
    assert tasks.read(caller=ADA, task_id=root).title == "Root"
    failing.allowed = 10
    tasks.delete(caller=ADA, task_id=root)
    assert _kinds(fake) == (0, COUNT + 1)


def test_what_comes_below_a_part_that_has_gone_is_refused(
    tasks: TaskService, fake: FakeDynamo, root: str
) -> None:
    part = next(
        task.id
        for task in tasks.list(caller=ADA, query=ListQuery(limit=100)).items
        if task.title == "Part"
    )
    late = TaskCreate.model_validate({"title": "Late", "parent_id": part})

    def add() -> None:
        tasks.create(caller=ADA, new=late)

    # Before the first and before the second transaction of the deletion.
    fake.interferences += [add, add]
    tasks.delete(caller=ADA, task_id=root)
    assert _kinds(fake) == (0, COUNT + 3)


def test_restoring_goes_on_where_it_failed(
    tasks: TaskService, trash: TrashService, failing: FailingStore, fake: FakeDynamo, root: str
) -> None:
    tasks.delete(caller=ADA, task_id=root)
    failing.allowed = 1
    with pytest.raises(StorageUnavailable):
        trash.restore(caller=ADA, task_id=root)
    left, thrown = _kinds(fake)
    assert (left + thrown, left) == (COUNT + 1, COUNT - 45)
    failing.allowed = 10
    trash.restore(caller=ADA, task_id=root)
    assert _kinds(fake) == (COUNT + 1, 0)
    tasks.delete(caller=ADA, task_id=root)
    assert _kinds(fake) == (0, COUNT + 1)


def test_deletion_for_good_goes_on_where_it_failed(
    tasks: TaskService, trash: TrashService, failing: FailingStore, fake: FakeDynamo, root: str
) -> None:
    tasks.delete(caller=ADA, task_id=root)
    failing.allowed = 1
    with pytest.raises(StorageUnavailable):
        trash.delete(caller=ADA, task_id=root)
    failing.allowed = 10
    trash.delete(caller=ADA, task_id=root)
    assert _kinds(fake) == (0, 0)
