"""Two changes of a task in one millisecond, which tells a change from its own repetition."""

from dataclasses import replace

import pytest

from errand.errors import Overtaken
from errand.identity.caller import Caller
from errand.keys import KeyRing
from errand.pages import Pager
from errand.tasks.schemas import TaskUpdate
from errand.tasks.service import TaskService
from errand_testkit.fakes import ManualClock
from errand_testkit.storage import ADA, Tasks

pytestmark = pytest.mark.usefixtures("tables")


@pytest.mark.parametrize("versions", [{1}, None], ids=["of a version", "of any version"])
def test_changes_in_one_millisecond_are_both_made(
    tasks: Tasks, clock: ManualClock, ring: KeyRing, versions: set[int] | None
) -> None:
    task = tasks.create()
    service = TaskService(tasks=tasks.repository, store=tasks.store, pager=Pager(ring), clock=clock)
    changed = service.update(
        caller=Caller(user_id=ADA, scopes=frozenset()),
        task_id=task.id,
        update=TaskUpdate.model_validate({"title": "Buy bread"}),
        versions=versions,
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
