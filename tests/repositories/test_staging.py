"""What waits to be written is read as if it had been, and is written at once."""

import random
from collections.abc import Callable, Sequence
from itertools import batched

import pytest

from errand.errors import NotFound, Overtaken, PreconditionFailed
from errand.storage.staging import Staging
from errand.tasks.lists import TaskRange, by_project, by_status
from errand.tasks.model import Task
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.storage import ADA, BOB, Tasks

ALL = by_status(None, ascending=False)
OPEN = by_status(completed=False, ascending=True)
RANGES = (ALL, OPEN, by_project("inbox", ascending=True))


def _pages(tasks: Tasks, of: TaskRange, limit: int) -> list[list[Task]]:
    pages: list[list[Task]] = []
    after = None
    while True:
        found = tasks.repository.slice(user_id=ADA, of=of, after=after, limit=limit)
        pages.append([*found.items])
        after = found.reached
        if after is None:
            return pages


def _all(tasks: Tasks, of: TaskRange, limit: int = 100) -> list[Task]:
    return [task for page in _pages(tasks, of, limit) for task in page]


def _some(tasks: Tasks, clock: ManualClock, there: Sequence[Task], chance: random.Random) -> None:
    """Of each task what may be done to it, and new ones; some twice."""
    for task in there:
        clock.now += chance.randint(0, 2)
        act = chance.choice(["leave", "title", "complete", "delete", "long", "other"])
        if act == "title":
            tasks.update(task, title=f"New {task.title}")
        elif act == "complete":
            tasks.update(tasks.update(task, completed=True), title="Done")
        elif act == "delete":
            tasks.delete(tasks.update(task, title="Late"))
        elif act == "long":
            tasks.update(task, description="x" * chance.randint(1, 900))
    for number in range(3):
        made = tasks.create(title=f"Made {number}")
        if number:
            tasks.update(made, completed=number == 1)
    tasks.create(user_id=BOB)


@pytest.mark.parametrize("seed", range(6))
def test_lists_are_those_that_there_will_be(
    seed: int, fake: FakeDynamo, tasks: Tasks, clock: ManualClock
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test
    there = [tasks.create(title=f"Task {number}") for number in range(12)]
    before = fake.all()
    staging = Staging()
    with staging.opened():
        _some(tasks, clock, there, chance)
        seen = [_pages(tasks, of, limit) for of in RANGES for limit in (1, 3, 100)]
        assert fake.all() == before
    assert [_all(tasks, of) for of in RANGES] != [
        [task for page in pages for task in page] for pages in seen[2::3]
    ]
    tasks.store.commit(staging.unit())
    for of, pages in zip(RANGES, batched(seen, 3, strict=True), strict=True):
        for found in pages:
            assert [task for page in found for task in page] == _all(tasks, of)
    assert fake.operations.count("TransactWriteItems") == 1


def test_what_is_written_twice_is_one_write(fake: FakeDynamo, tasks: Tasks) -> None:
    task = tasks.create()
    staging = Staging()
    with staging.opened():
        tasks.update(tasks.update(task, title="Buy bread"), description="Rye")
        assert tasks.read(task).version == 3
        made = tasks.create(title="Buy rolls")
        tasks.delete(made)
        assert not tasks.exists(made)
    assert len(staging) == 1
    tasks.store.commit(staging.unit())
    assert (tasks.read(task).title, tasks.read(task).description) == ("Buy bread", "Rye")
    assert len(fake.all()) == 1


def test_conditions_are_asked_of_what_waits(fake: FakeDynamo, tasks: Tasks) -> None:
    task = tasks.create()
    with Staging().opened():
        tasks.change(task, {1}, now=task.updated_at + 1, title="Buy bread")
        with pytest.raises(PreconditionFailed):
            tasks.change(task, {1}, now=task.updated_at + 2, title="Buy rolls")
        with pytest.raises(NotFound):
            tasks.change(task, now=task.updated_at + 2, user_id=BOB, title="Buy rolls")
    assert tasks.read(task) == task
    assert fake.all() != []


@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
def test_whoever_was_faster_is_not_overwritten(
    fake: FakeDynamo, tasks: Tasks, *, twice: bool
) -> None:
    task, other = tasks.create(), tasks.create()
    staging = Staging()
    with staging.opened():
        tasks.update(other, title="Buy rolls")
        old = tasks.update(task, completed=True)
        if twice:
            tasks.update(old, title="Buy bread")
    faster = tasks.update(task, description="Two litres")
    with pytest.raises(Overtaken):
        tasks.store.commit(staging.unit())
    assert (tasks.read(task), tasks.read(other)) == (faster, other)
    assert fake.operations[-3] == "TransactWriteItems"


@pytest.mark.usefixtures("tables")
def test_answer_that_was_lost_is_no_failure(
    tasks: Tasks, lose_answer: Callable[..., None], sent: list[str]
) -> None:
    """Moto carries a transaction out again, whatever its token: its conditions do not hold then."""
    changed, gone, late = tasks.create(), tasks.create(), tasks.create()
    staging = Staging()
    with staging.opened():
        made = tasks.update(tasks.create(title="Buy rolls"), priority=1)
        tasks.update(tasks.update(changed, title="Buy bread"), priority=2)
        tasks.delete(tasks.update(late, title="Late"))
        tasks.delete(gone)
    sent.clear()
    lose_answer("TransactWriteItems")
    tasks.store.commit(staging.unit())
    assert sent.count("TransactWriteItems") > 1
    assert {task.title for task in _all(tasks, ALL)} == {"Buy rolls", "Buy bread"}
    assert tasks.read(made).version == 2
