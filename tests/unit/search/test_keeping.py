"""The index of an account has what its tasks are, however their changes come."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from tools import reindex

from errand.comments.model import Comment
from errand.comments.repository import DynamoComments
from errand.errors import Contended
from errand.ids import new_id
from errand.search.gathering import PAGE
from errand.search.head import Head
from errand.storage.kinds import SEARCH_INDEX
from errand.tasks.model import Task
from errand_testkit.dynamo import TABLES, FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.index import (
    IndexFollower,
    has_index,
    index_keeper,
    index_store,
    indexed,
    pieces,
    recounted,
)
from errand_testkit.people import ADA, BOB, NOW
from errand_testkit.storage import Tasks
from errand_testkit.stored import commit, store_account

STREAM = "2026-11-22T08:00:00.000"
RANDOM = Random(11)  # noqa: S311 - texts, not secrets


def some_words(count: int = 6) -> str:
    return " ".join(f"{RANDOM.getrandbits(40):x}" for _ in range(count))


def add_comment(task: Task, text: str) -> Comment:
    comment = Comment.new(new_id(), task.id, {"text": text}, author_id=ADA.id, now=NOW)
    commit(lambda unit: DynamoComments().add(unit, comment, user_id=ADA.id))
    return comment


def head(fake: FakeDynamo) -> Head:
    found = index_store(fake).head(ADA.id)
    assert found is not None
    return found


def keep(fake: FakeDynamo, *tasks: Task, page: int = PAGE) -> bool:
    ids = {task.id for task in tasks}
    return index_keeper(fake, page=page).keep(ADA.id, ids, stream=STREAM, at=NOW)


def test_first_change_makes_the_index_of_all_that_is_there(fake: FakeDynamo, tasks: Tasks) -> None:
    first, second = (tasks.create(user_id=ADA.id, title=title) for title in ("Rent", "Milk"))
    add_comment(first, "By standing order")
    assert keep(fake, second)
    assert indexed(fake, ADA.id) == recounted(fake, ADA.id)
    assert {row for row, _ in indexed(fake, ADA.id).values()} == {
        " rent\x1f\x1f\x1f by standing order",
        " milk",
    }


def test_changes_that_the_log_tells_are_in_the_index(
    fake: FakeDynamo, tasks: Tasks, follower: IndexFollower, clock: ManualClock
) -> None:
    some = [tasks.create(user_id=ADA.id, title=f"Task {number}") for number in range(8)]
    follower.follow()
    clock.advance(seconds=1)
    tasks.update(some[0], user_id=ADA.id, title="Another")
    tasks.update(some[1], user_id=ADA.id, completed=True)
    tasks.delete(some[2], user_id=ADA.id)
    comment = add_comment(some[3], "Said of it")
    commit(
        lambda unit: DynamoComments().rewrite(
            unit, comment, comment.changed({"text": "Said otherwise"}, now=NOW), user_id=ADA.id
        )
    )
    removed = add_comment(some[4], "Never mind")
    follower.follow()
    commit(lambda unit: DynamoComments().remove(unit, removed, user_id=ADA.id))
    follower.follow()
    found = indexed(fake, ADA.id)
    assert found == recounted(fake, ADA.id)
    assert len(found) == 7
    assert found[some[0].id] == (" another", False)
    assert found[some[1].id] == (" task 1", True)
    assert found[some[3].id] == (" task 3\x1f\x1f\x1f said otherwise", False)
    assert found[some[4].id] == (" task 4", False)


def test_what_is_not_searched_writes_nothing(
    fake: FakeDynamo, tasks: Tasks, follower: IndexFollower, clock: ManualClock
) -> None:
    task = tasks.create(user_id=ADA.id)
    follower.follow()
    version = head(fake).version
    clock.advance(seconds=1)
    tasks.update(task, user_id=ADA.id, priority=1)
    follower.follow()
    assert head(fake).version == version


def test_few_changes_are_one_write_of_one_item(
    fake: FakeDynamo, tasks: Tasks, follower: IndexFollower
) -> None:
    tasks.create(user_id=ADA.id)
    follower.follow()
    tasks.create(user_id=ADA.id)
    follower.fake.operations = []
    follower.follow()
    writes = [
        one for one in follower.fake.operations if one not in {"GetItem", "BatchGetItem", "Query"}
    ]
    assert writes == ["PutItem", "PutItem"]  # the log's, the index's
    assert pieces(fake, ADA.id) == set()


@pytest.mark.deep
def test_segments_of_many_are_pieces_and_those_they_replace_are_gone(
    fake: FakeDynamo, tasks: Tasks, clock: ManualClock
) -> None:
    made: list[Task] = []
    for _ in range(30):
        made += [tasks.create(user_id=ADA.id, title=some_words()) for _ in range(10)]
        keep(fake, *made[-10:])
    clock.advance(seconds=1)
    for start in range(0, 300, 20):
        tasks.update(made[start], user_id=ADA.id, completed=True)
        tasks.delete(made[start + 1], user_id=ADA.id)
        keep(fake, made[start], made[start + 1])
    assert indexed(fake, ADA.id) == recounted(fake, ADA.id)
    told = head(fake)
    assert told.segments
    names = {f"WORDPIECE#texts#{one.place:03}" for one in told.segments}
    names |= {f"WORDPIECE#{one.stamp}#versions" for one in told.segments}
    names |= {f"WORDPIECE#{one.stamp}#{at:04}" for one in told.segments for at in range(one.blocks)}
    assert pieces(fake, ADA.id) == names
    assert len({one.place for one in told.segments}) == len(told.segments)


def test_changes_told_again_and_in_any_order_change_nothing(
    fake: FakeDynamo, tasks: Tasks, clock: ManualClock
) -> None:
    some = [tasks.create(user_id=ADA.id, title=some_words()) for _ in range(40)]
    clock.advance(seconds=1)
    for task in some[::3]:
        tasks.delete(task, user_id=ADA.id)
    batches = [some[start : start + 8] for start in range(0, 40, 8)]
    order = [*batches, *batches, *batches]
    Random(3).shuffle(order)  # noqa: S311 - no secret
    for batch in order:
        keep(fake, *batch)
    assert indexed(fake, ADA.id) == recounted(fake, ADA.id)


def test_two_at_once_lose_nothing(fake: FakeDynamo, tasks: Tasks) -> None:
    one, other = (tasks.create(user_id=ADA.id, title=title) for title in ("One", "Other"))
    keep(fake)
    made = tasks.create(user_id=ADA.id, title="Made meanwhile")
    fake.interferences = [lambda: keep(fake, made, other)]
    assert keep(fake, one)
    assert indexed(fake, ADA.id) == recounted(fake, ADA.id)


def test_without_the_condition_one_of_two_would_be_lost(fake: FakeDynamo, tasks: Tasks) -> None:
    """So the test before would see it."""

    class Unguarded:
        def __getattr__(self, name: str) -> Any:
            return getattr(fake, name)

        def put_item(self, *, ConditionExpression: str, **request: Any) -> Any:  # noqa: N803
            assert ConditionExpression == "v = :before"
            return fake.put_item(**request)

    one = tasks.create(user_id=ADA.id, title="One")
    keep(fake)
    made = tasks.create(user_id=ADA.id, title="Made meanwhile")
    fake.interferences = [lambda: keep(fake, made)]
    index_keeper(Unguarded()).keep(ADA.id, {one.id}, stream=STREAM, at=NOW)
    assert indexed(fake, ADA.id).keys() == {one.id}


def test_who_is_overtaken_again_and_again_gives_up(fake: FakeDynamo, tasks: Tasks) -> None:
    task = tasks.create(user_id=ADA.id)
    fake.interferences = [lambda: keep(fake, task)] * 20
    with pytest.raises(Contended):
        keep(fake, task)


@pytest.mark.parametrize("page", [2, 4, 1000])
def test_index_of_many_is_made_page_by_page(fake: FakeDynamo, tasks: Tasks, page: int) -> None:
    some = [tasks.create(user_id=ADA.id, title=some_words()) for _ in range(10)]
    add_comment(some[4], "Comment")
    steps = 1
    while not keep(fake, some[0], page=page):
        assert not head(fake).is_complete
        steps += 1
        # Is gone behind the place that has been reached, or before it.
        tasks.delete(some.pop(), user_id=ADA.id) if steps == 2 else None
    assert indexed(fake, ADA.id) == recounted(fake, ADA.id)
    assert (steps > 2) == (page < 1000)


def test_what_goes_while_an_index_is_made_is_not_in_it(fake: FakeDynamo, tasks: Tasks) -> None:
    """Told before the page was read in which it would be."""
    some = [tasks.create(user_id=ADA.id, title=some_words()) for _ in range(9)]
    keep(fake, some[0], page=2)
    tasks.delete(some[8], user_id=ADA.id)
    while not keep(fake, some[8], page=2):
        pass
    assert indexed(fake, ADA.id) == recounted(fake, ADA.id)


@pytest.mark.deep
def test_rebuilt_index_has_no_old_rows_and_the_pieces_of_its_segments_alone(
    fake: FakeDynamo, tasks: Tasks, clock: ManualClock
) -> None:
    some = [tasks.create(user_id=ADA.id, title=some_words(20)) for _ in range(120)]
    for start in range(0, 120, 8):
        keep(fake, *some[start : start + 8])
    clock.advance(seconds=1)
    # Of somebody who was killed.
    left = f"WORDPIECE#{new_id()}#0000"
    key = {"pk": {"S": f"USER#{ADA.id}"}, "sk": {"S": left}}
    fake.put_item(TableName=TABLES[2], Item={**key, "c": {"B": b""}})
    for task in some:
        tasks.update(task, user_id=ADA.id, title=some_words(20))
        keep(fake, task)
    assert sum(size.rows for size in head(fake).sizes) > 120
    assert index_keeper(fake).rebuild(ADA.id, stream=STREAM) == 120
    assert indexed(fake, ADA.id) == recounted(fake, ADA.id)
    stamps = {one.stamp for one in head(fake).segments}
    assert {name.split("#")[1] for name in pieces(fake, ADA.id)} == stamps | {"texts"}


def test_index_of_a_table_that_was_restored_is_made_anew(fake: FakeDynamo, tasks: Tasks) -> None:
    task = tasks.create(user_id=ADA.id, title="Rent")
    keep(fake, task)
    lost = tasks.create(user_id=ADA.id, title="Lost")
    keep(fake, lost)
    del fake.items[TABLES[0]][f"USER#{ADA.id}", f"TASK#{lost.id}"]
    index_keeper(fake).keep(ADA.id, {task.id}, stream="another", at=NOW)
    assert head(fake).stream == "another"
    assert indexed(fake, ADA.id) == recounted(fake, ADA.id)


def test_damaged_index_is_made_anew(fake: FakeDynamo, tasks: Tasks) -> None:
    some = [tasks.create(user_id=ADA.id, title=some_words(20)) for _ in range(60)]
    keep(fake, *some)
    [told] = head(fake).segments
    del fake.items[TABLES[2]][f"USER#{ADA.id}", f"WORDPIECE#{told.stamp}#versions"]
    keep(fake, *some)
    while not keep(fake):
        pass
    assert indexed(fake, ADA.id) == recounted(fake, ADA.id)


def test_account_that_is_gone_is_not_indexed_again(
    fake: FakeDynamo, tasks: Tasks, follower: IndexFollower
) -> None:
    tasks.create(user_id=ADA.id)
    follower.follow()
    tasks.create(user_id=ADA.id)
    follower._log.follow()
    for table in fake.items.values():
        for key in [key for key in table if key[0] == f"USER#{ADA.id}"]:
            if key[1].startswith(("ACCOUNT", "WORD")):
                del table[key]
    follower.follow()
    assert not has_index(fake, ADA.id)


def test_account_that_goes_while_its_index_is_made_gets_none(
    fake: FakeDynamo, tasks: Tasks
) -> None:
    for _ in range(6):
        tasks.create(user_id=ADA.id)

    def go() -> None:
        for table in fake.items.values():
            for key in [key for key in table if key[0] == f"USER#{ADA.id}"]:
                del table[key]

    keep(fake, page=2)
    # Before the second page is written.
    fake.interferences = [lambda: None, go]
    index_keeper(fake, page=2).rebuild(ADA.id, stream=STREAM)
    assert not has_index(fake, ADA.id)


class Killed(Exception):
    pass


def test_killed_at_any_write_it_has_all_when_it_comes_again(
    fake: FakeDynamo, tasks: Tasks, clock: ManualClock
) -> None:
    """The batch that was not answered for comes again, to another instance."""
    some = [tasks.create(user_id=ADA.id, title=some_words(12)) for _ in range(60)]
    batches = [some[start : start + 6] for start in range(0, 60, 6)]
    clock.advance(seconds=1)

    class Mortal:
        def __init__(self, until: int) -> None:
            self.left = until

        def __getattr__(self, name: str) -> Any:
            def call(**request: Mapping[str, Any]) -> Any:
                if "write" in name or "put" in name:
                    self.left -= 1
                if self.left < 0:
                    raise Killed
                return getattr(fake, name)(**request)

            return call

    for batch in batches:
        tasks.update(batch[0], user_id=ADA.id, completed=True)
        tasks.delete(batch[1], user_id=ADA.id)
        for until in range(12):
            ids = {task.id for task in batch}
            try:
                index_keeper(Mortal(until)).keep(ADA.id, ids, stream=STREAM, at=NOW)
            except Killed:
                if has_index(fake, ADA.id):
                    indexed(fake, ADA.id)
                continue
            break
        found, expected = indexed(fake, ADA.id), recounted(fake, ADA.id)
        assert {one.id: found[one.id] for one in batch if one.id in found} == {
            one.id: expected[one.id] for one in batch if one.id in expected
        }
    assert indexed(fake, ADA.id) == recounted(fake, ADA.id)
    assert SEARCH_INDEX.key(ADA.id) in fake.items[TABLES[2]]


def test_every_account_is_indexed_but_those_that_are_gone(
    fake: FakeDynamo, tasks: Tasks, clock: ManualClock
) -> None:
    store_account(BOB)
    tasks.create(user_id=ADA.id)
    for _ in range(3):
        tasks.create(user_id=BOB.id)
    keeper = index_keeper(fake, clock=clock)
    accounts = [ADA.id, BOB.id, new_id()]
    assert reindex.reindex(keeper, accounts, stream=STREAM) == "2 accounts, 4 tasks indexed"
    assert reindex.reindex(keeper, [BOB.id], stream=STREAM) == "1 accounts, 3 tasks indexed"
    assert indexed(fake, BOB.id) == recounted(fake, BOB.id)
    assert not has_index(fake, accounts[2])
