"""A search by the index: segment after segment, also while they are replaced."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest

from errand.search.asked import Asked
from errand.search.documents import DAY
from errand.search.indexed import IndexSearch, Outcome
from errand.search.query import parse
from errand.search.repository import Opened, SearchRepository
from errand.tasks.model import Task
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.index import index_keeper, index_store
from errand_testkit.people import ADA
from errand_testkit.storage import Tasks

STREAM = "2026-11-22T08:00:00.000"
RANDOM = Random(5)  # noqa: S311 - texts, not secrets


def keep(fake: FakeDynamo, tasks: Sequence[Task], clock: ManualClock) -> None:
    ids = {task.id for task in tasks}
    assert index_keeper(fake).keep(ADA.id, ids, stream=STREAM, at=clock())


@pytest.fixture
def made(fake: FakeDynamo, tasks: Tasks, clock: ManualClock) -> list[Task]:
    """Tasks in several segments, the youngest of them in the head."""
    made: list[Task] = []
    for count in (300, 60, 3):
        some = [
            tasks.create(user_id=ADA.id, title=f"Task {RANDOM.getrandbits(160):x}")
            for _ in range(count)
        ]
        keep(fake, some, clock)
        made += some
    clock.advance(seconds=600)
    head = index_store(fake).head(ADA.id)
    assert head is not None
    assert len(head.segments) > 1
    assert head.young.rows
    return made


def search(
    text: str, *, first: int = 0, limit: int = 10, repository: Any = None, **more: Any
) -> Outcome | None:
    by = IndexSearch(repository or SearchRepository(), epoch=STREAM, **more)
    asked = Asked(ADA.id, parse(text), None, limit, 1_795_336_200_000 // DAY)
    return by.search(asked, first=first)


def test_all_segments_are_looked_through_at_once(made: list[Task]) -> None:
    for task in (made[0], made[320], made[-1]):
        found = search(task.title, newest=5)
        assert found is not None
        assert [one.id for one, _ in found.best] == [task.id]
        assert (found.count, found.looked_at, found.following) == (1, len(made), None)


def test_more_segments_than_are_looked_through_at_once_follow(made: list[Task]) -> None:
    looked_at, first, ids = 0, 0, set()
    while True:
        found = search("task", first=first, limit=100, places=1, newest=5)
        assert found is not None
        looked_at += found.looked_at
        ids |= {task.id for task, _ in found.best}
        assert found.count == found.looked_at
        if found.following is None:
            break
        first = found.following
    assert first > 0
    assert looked_at == len(made)
    assert len(ids) > 100


class Interfered(SearchRepository):
    """With what somebody else does before ids are read, so many times."""

    def __init__(self, does: Callable[[], Any], times: int) -> None:
        self._does = does
        self._left = times
        self.opened_times = 0

    def opened(self, **asked: Any) -> Opened:
        self.opened_times += 1
        return super().opened(**asked)

    def ids(self, **asked: Any) -> Any:
        if self._left:
            self._left -= 1
            self._does()
        return super().ids(**asked)


def test_segments_that_are_replaced_meanwhile_are_read_again(
    fake: FakeDynamo, tasks: Tasks, clock: ManualClock, made: list[Task]
) -> None:
    def replace_all() -> None:
        index_keeper(fake).rebuild(ADA.id, stream=STREAM)
        keep(fake, [tasks.create(user_id=ADA.id)], clock)

    once = Interfered(replace_all, times=1)
    found = search(made[0].title, repository=once, newest=5)
    assert found is not None
    assert [one.id for one, _ in found.best] == [made[0].id]
    assert once.opened_times == 2
    again = Interfered(replace_all, times=9)
    assert search(made[0].title, repository=again, newest=5) is None
    assert again.opened_times == 2


def test_of_several_versions_the_task_is_told_once_and_as_it_is(
    fake: FakeDynamo, tasks: Tasks, clock: ManualClock, made: list[Task]
) -> None:
    task = made[0]
    changed = tasks.update(task, user_id=ADA.id, title=f"{task.title} again")
    keep(fake, [task], clock)
    clock.advance(seconds=600)
    found = search(task.title, newest=5)
    assert found is not None
    assert [one.title for one, _ in found.best] == [changed.title]
    # The old row is looked at, too, as long as its segment has it.
    assert (found.count, found.looked_at) == (1, len(made) + 1)


def test_index_of_another_table_is_none(made: list[Task]) -> None:
    by = IndexSearch(SearchRepository(), epoch="another")
    assert by.search(Asked(ADA.id, parse(made[0].title), None, 10, 20_000), first=0) is None
