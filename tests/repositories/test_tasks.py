"""Tasks in DynamoDB: every condition, and what each of them costs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from errand.errors import AnsweredBefore, NotFound, PreconditionFailed
from errand.storage.attempts import ConditionFailed
from errand.storage.receipts import Receipt
from errand.storage.unit import Unit
from errand.tasks.due import Due
from errand.tasks.model import Status, Task
from errand_testkit.fakes import ManualClock
from errand_testkit.items import head_of, headed
from errand_testkit.storage import ADA, BOB, Tasks

pytestmark = pytest.mark.usefixtures("tables")

LINKS = ("https://example.com/milk", "https://example.com/bread")
FULL: dict[str, Any] = {
    "title": "Buy milk",
    "description": "Two litres",
    "due_date": date(2026, 12, 24),
    "links": LINKS,
    "completed": True,
}


@pytest.fixture
def item(client: Any) -> Callable[[Task], dict[str, Any]]:
    """A task as it is stored."""

    def read(task: Task) -> dict[str, Any]:
        key = {"pk": {"S": f"USER#{ADA}"}, "sk": {"S": f"TASK#{task.id}"}}
        stored: dict[str, Any] = client.get_item(TableName="DataTable", Key=key)["Item"]
        return stored

    return read


def test_new_task_comes_back_as_it_is_stored(tasks: Tasks, clock: ManualClock) -> None:
    task = tasks.create(**FULL)
    assert tasks.read(task) == task
    assert task == Task(
        id=task.id,
        title="Buy milk",
        description="Two litres",
        due=Due(date(2026, 12, 24)),
        links=LINKS,
        completed_at=clock(),
        created_at=clock(),
        updated_at=clock(),
        version=1,
    )


def test_nothing_is_stored_for_what_a_task_has_not(
    tasks: Tasks, item: Callable[[Task], dict[str, Any]]
) -> None:
    task = tasks.create()
    assert {*item(task)} == {"pk", "sk", "h", "vs", "vp"}
    assert {*head_of(item(task))} == {"t", "ca", "ua", "v"}
    assert item(task)["vs"] == {"S": f"o{task.id}"}


def test_item_of_a_full_task(tasks: Tasks, item: Callable[[Task], dict[str, Any]]) -> None:
    task = tasks.create(**FULL)
    now = {"N": "1795336200000"}
    assert item(task) == headed(
        {
            "pk": {"S": f"USER#{ADA}"},
            "sk": {"S": f"TASK#{task.id}"},
            "t": {"S": "Buy milk"},
            "d": {"S": "Two litres"},
            "du": {"S": "2026-12-24"},
            "l": {"L": [{"S": link} for link in LINKS]},
            "ca": now,
            "ua": now,
            "cd": now,
            "v": {"N": "1"},
            "vs": {"S": f"c{task.id}"},
            "vd": {"S": f"c001795336200000{task.id}"},
        }
    )


def test_empty_description_stays_empty(tasks: Tasks) -> None:
    assert tasks.read(tasks.create(description="")).description == ""


def test_id_is_used_once(tasks: Tasks) -> None:
    task = tasks.create()
    with pytest.raises(ConditionFailed):
        tasks.create(task_id=task.id, title="Another")
    assert tasks.read(task) == task


def test_creation_whose_answer_was_lost_is_not_repeated(
    tasks: Tasks, lose_answer: Callable[[], None], sent: list[str]
) -> None:
    lose_answer()
    task = tasks.create()
    assert sent == ["PutItem", "GetItem"]
    assert tasks.read(task) == task


@pytest.mark.parametrize("name", ["read", "update", "delete"])
def test_missing_task_is_not_found(tasks: Tasks, name: str) -> None:
    task = tasks.create()
    tasks.delete(task)
    with pytest.raises(NotFound):
        getattr(tasks, name)(task)


@pytest.mark.parametrize("versions", [{1}, set()], ids=str)
def test_missing_task_is_in_no_version(tasks: Tasks, versions: set[int]) -> None:
    task = tasks.create()
    tasks.delete(task)
    with pytest.raises(NotFound):
        tasks.update(task, versions, title="Buy bread")
    with pytest.raises(NotFound):
        tasks.delete(task, versions)


def test_task_of_somebody_else_is_not_found(tasks: Tasks) -> None:
    task = tasks.create()
    with pytest.raises(NotFound):
        tasks.repository.read(user_id=BOB, task_id=task.id)
    with pytest.raises(NotFound):
        tasks.update(task, user_id=BOB, title="Mine")
    with pytest.raises(NotFound):
        tasks.delete(task, user_id=BOB)
    assert tasks.read(task) == task


def test_update_of_a_missing_task_creates_nothing(tasks: Tasks, client: Any) -> None:
    task = tasks.create()
    tasks.delete(task)
    with pytest.raises(NotFound):
        tasks.update(task, title="Buy bread")
    assert client.scan(TableName="DataTable")["Items"] == []


def test_update_changes_what_was_sent(tasks: Tasks, clock: ManualClock) -> None:
    task = tasks.create(**FULL)
    clock.advance(seconds=1)
    changed = tasks.update(task, title="Buy bread")
    assert changed == tasks.read(task)
    assert changed == replace(task, title="Buy bread", updated_at=clock(), version=2)


def test_update_can_set_everything(tasks: Tasks, clock: ManualClock) -> None:
    task = tasks.create()
    clock.advance(seconds=1)
    changed = tasks.update(task, **FULL)
    assert changed == tasks.read(task)
    assert changed == replace(
        Task.new(task.id, FULL, now=clock()), created_at=task.created_at, version=2
    )


@pytest.mark.parametrize(
    ("changes", "attribute"),
    [
        ({"description": None}, "d"),
        ({"due_date": None}, "du"),
        ({"links": None}, "l"),
        ({"links": ()}, "l"),
        ({"completed": False}, "cd"),
    ],
    ids=str,
)
def test_clearing_removes_the_attribute(
    tasks: Tasks,
    item: Callable[[Task], dict[str, Any]],
    changes: dict[str, Any],
    attribute: str,
) -> None:
    task = tasks.create(**FULL)
    assert attribute in head_of(item(task))
    tasks.update(task, **changes)
    assert attribute not in head_of(item(task))


@pytest.mark.parametrize("versions", [None, {1}, {1, 2}, {7, 1, 9}], ids=str)
def test_expected_version_is_changed(tasks: Tasks, versions: set[int] | None) -> None:
    task = tasks.create()
    assert tasks.update(task, versions, title="Buy bread").version == 2


@pytest.mark.parametrize("versions", [{2}, {0, 2}, {10**15}, set()], ids=str)
def test_unexpected_version_is_left_alone(tasks: Tasks, versions: set[int]) -> None:
    task = tasks.create()
    with pytest.raises(PreconditionFailed):
        tasks.update(task, versions, title="Buy bread")
    with pytest.raises(PreconditionFailed):
        tasks.delete(task, versions)
    assert tasks.read(task) == task


def test_stale_version_is_refused(tasks: Tasks) -> None:
    task = tasks.create()
    changed = tasks.update(task, {1}, title="Buy bread")
    with pytest.raises(PreconditionFailed):
        tasks.update(task, {1}, title="Buy butter")
    assert tasks.read(task) == changed


@pytest.mark.parametrize("versions", [{1}, None], ids=["of a version", "of any version"])
def test_update_whose_answer_was_lost_is_not_repeated(
    tasks: Tasks,
    clock: ManualClock,
    lose_answer: Callable[[], None],
    sent: list[str],
    versions: set[int] | None,
) -> None:
    task = tasks.create()
    clock.advance(seconds=1)
    lose_answer()
    changed = tasks.update(task, versions, title="Buy bread")
    assert sent == ["PutItem", "UpdateItem", "UpdateItem"]
    assert (changed.title, changed.version) == ("Buy bread", 2)
    assert tasks.read(task) == changed


def test_update_of_a_stale_version_is_refused_however_often_it_is_sent(
    tasks: Tasks, clock: ManualClock, lose_answer: Callable[[], None]
) -> None:
    task = tasks.create()
    changed = tasks.update(task, title="Buy bread")
    clock.advance(seconds=1)
    lose_answer()
    with pytest.raises(PreconditionFailed):
        tasks.update(task, {1}, title="Buy butter")
    assert tasks.read(task) == changed


def test_completing_twice_keeps_the_first_time(tasks: Tasks, clock: ManualClock) -> None:
    task = tasks.create()
    first = tasks.update(task, completed=True)
    clock.advance(seconds=60)
    second = tasks.update(task, completed=True)
    assert first.completed_at == second.completed_at == task.created_at
    assert second.updated_at > first.updated_at


def test_reopening_forgets_the_time(tasks: Tasks, clock: ManualClock) -> None:
    task = tasks.create(completed=True)
    assert tasks.update(task, completed=False).completed_at is None
    clock.advance(seconds=60)
    assert tasks.update(task, completed=True).completed_at == clock()


def test_expected_version_is_deleted(tasks: Tasks) -> None:
    task = tasks.create()
    tasks.delete(task, {1, 5})
    assert not tasks.exists(task)


def test_deletion_whose_answer_was_lost_is_a_deletion(
    tasks: Tasks, lose_answer: Callable[[], None], sent: list[str]
) -> None:
    task = tasks.create()
    unit = Unit()
    tasks.repository.remove(unit, task, user_id=ADA)
    lose_answer()
    tasks.store.commit(unit)
    assert sent == ["PutItem", "DeleteItem", "DeleteItem"]
    assert not tasks.exists(task)


def test_every_operation_is_one_round_trip(
    tasks: Tasks, clock: ManualClock, sent: list[str]
) -> None:
    receipt = Receipt(path="/tasks", name="1", fingerprint="milk")
    task = tasks.create()
    tasks.create(receipt=receipt)
    with pytest.raises(AnsweredBefore):
        tasks.create(receipt=receipt)
    tasks.read(task)
    clock.advance(seconds=1)
    tasks.update(task, {1}, title="Buy bread")
    found = tasks.slice(status=Status.OPEN, limit=1, ascending=True)
    tasks.ids(status=Status.OPEN, after=found.reached, ascending=True)
    tasks.delete(task)
    assert sent == [
        "PutItem",
        "TransactWriteItems",
        "TransactWriteItems",
        "GetItem",
        "UpdateItem",
        "Query",
        "Query",
        "GetItem",
        "DeleteItem",
    ]
