"""Changes of a task in one millisecond, by clocks that differ, and attempts that arrive late."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from errand.errors import Overtaken
from errand.identity.caller import Caller
from errand.keys import KeyRing
from errand.labels.repository import DynamoLabels
from errand.pages import Pager
from errand.projects.repository import DynamoProjects
from errand.saved_filters.repository import DynamoSavedFilters
from errand.tasks.service import TaskService
from errand.tasks.trash_repository import DynamoTrash
from errand.tasks.update_schemas import TaskUpdate
from errand_testkit.fakes import ManualClock
from errand_testkit.storage import ADA, Tasks, among, placing, room

pytestmark = pytest.mark.usefixtures("tables")

CALLER = Caller(user_id=ADA, scopes=frozenset())


@pytest.fixture
def service(tasks: Tasks, clock: ManualClock, ring: KeyRing) -> TaskService:
    return TaskService(
        tasks=tasks.repository,
        trash=DynamoTrash(),
        projects=DynamoProjects(),
        placing=placing(),
        labels=DynamoLabels,
        filters=DynamoSavedFilters,
        room=room(clock),
        store=tasks.store,
        pager=Pager(ring),
        clock=clock,
    )


@pytest.mark.parametrize("versions", [{1}, None], ids=["of a version", "of any version"])
def test_changes_in_one_millisecond_are_both_made(
    tasks: Tasks, service: TaskService, versions: set[int] | None
) -> None:
    task = tasks.create()
    changed = service.update(
        caller=CALLER,
        task_id=task.id,
        update=TaskUpdate.model_validate({"title": "Buy bread"}),
        expected=among(versions),
    )
    assert changed == replace(task, title="Buy bread", updated_at=task.updated_at + 1, version=2)


@pytest.mark.parametrize("versions", [{1}, None], ids=["of a version", "of any version"])
def test_change_in_the_millisecond_of_another_is_overtaken(
    tasks: Tasks, clock: ManualClock, versions: set[int] | None
) -> None:
    task = tasks.create()
    with pytest.raises(Overtaken):
        tasks.change(task, versions, now=clock(), title="Buy bread")
    assert tasks.read(task) == task


@pytest.mark.parametrize("versions", [{1}, None], ids=["of a version", "of any version"])
def test_update_whose_answer_was_lost_is_known_again(
    tasks: Tasks, lose_answer: Callable[..., None], versions: set[int] | None
) -> None:
    task = tasks.create()
    later = task.updated_at + 1
    lose_answer("UpdateItem")
    changed = tasks.change(task, versions, now=later, title="Buy bread")
    assert changed == replace(task, title="Buy bread", updated_at=later, version=2)
    assert tasks.read(task) == changed


def test_rewriting_whose_answer_was_lost_is_known_again(
    tasks: Tasks, lose_answer: Callable[..., None]
) -> None:
    task = tasks.create()
    new = task.completed(now=task.updated_at + 1)
    lose_answer("UpdateItem")
    tasks.rewrite(task, new)
    assert tasks.read(task) == new


def test_attempt_that_arrives_late_undoes_nothing(tasks: Tasks) -> None:
    task = tasks.create()
    sent = task.updated_at + 1
    changed = tasks.change(task, now=sent + 1000, title="Buy bread")
    with pytest.raises(Overtaken):
        tasks.change(task, now=sent, title="Buy butter")
    assert tasks.read(task) == changed


@pytest.mark.parametrize("versions", [{2}, None], ids=["of a version", "of any version"])
def test_clock_that_is_behind_goes_on_from_the_time_of_the_task(
    tasks: Tasks, clock: ManualClock, service: TaskService, versions: set[int] | None
) -> None:
    task = tasks.create()
    ahead = tasks.change(task, now=clock() + 5000, title="Buy bread")
    changed = service.update(
        caller=CALLER,
        task_id=task.id,
        update=TaskUpdate.model_validate({"description": "Rye"}),
        expected=among(versions),
    )
    assert changed == replace(ahead, description="Rye", updated_at=ahead.updated_at + 1, version=3)
