"""Rules that need the whole task: it is written as decided on, or not at all."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from errand.errors import NotFound, Overtaken
from errand.tasks.decisions import Changes
from errand.tasks.model import Status
from errand_testkit.fakes import ManualClock
from errand_testkit.storage import ADA, BOB, Tasks

pytestmark = pytest.mark.usefixtures("tables")

FULL: dict[str, Any] = {
    "title": "Buy milk",
    "description": "Two litres",
    "due_date": date(2026, 12, 24),
    "links": ("https://example.com/milk",),
    "completed": True,
}


@pytest.mark.parametrize(
    "changes",
    [{"title": "Buy bread"}, {"completed": False}, {"description": None, "links": None}, FULL],
    ids=["title", "reopened", "cleared", "everything"],
)
def test_rewritten_task_is_the_one_decided_on(
    tasks: Tasks, clock: ManualClock, stored: Callable[[], dict[str, Any]], changes: Changes
) -> None:
    old = tasks.create(**FULL)
    clock.advance(seconds=1)
    new = old.changed(changes, now=clock())
    tasks.rewrite(old, new)
    assert tasks.read(old) == new
    assert stored()[f"USER#{ADA} TASK#{new.id}"]["vs"] == {"S": new.status_key}
    assert tasks.ids(status=Status.of(completed=new.is_completed)) == [new.id]


@pytest.mark.parametrize("changes", [{"title": "Buy butter"}, {"completed": True}], ids=str)
def test_rewriting_what_has_changed_is_overtaken(
    tasks: Tasks, clock: ManualClock, changes: Changes
) -> None:
    old = tasks.create()
    clock.advance(seconds=1)
    changed = tasks.update(old, **changes)
    with pytest.raises(Overtaken):
        tasks.rewrite(old, old.changed({"title": "Buy bread"}, now=clock()))
    assert tasks.read(old) == changed


def test_rewriting_what_is_gone_creates_nothing(tasks: Tasks, clock: ManualClock) -> None:
    old = tasks.create()
    tasks.delete(old)
    with pytest.raises(NotFound, match="Task not found"):
        tasks.rewrite(old, old.completed(now=clock()))
    assert not tasks.exists(old)


def test_rewriting_changes_nothing_of_somebody_else(tasks: Tasks, clock: ManualClock) -> None:
    old = tasks.create()
    with pytest.raises(NotFound):
        tasks.rewrite(old, old.completed(now=clock()), user_id=BOB)
    assert tasks.read(old) == old
