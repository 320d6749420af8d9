"""What the log counts is what a recount of the table finds, at every entry."""

from typing import Any

import pytest

from errand.errors import MalformedRecord
from errand.history.changes import LOG_DAYS
from errand.history.counts import KEYS, Counted, Counts, counted, difference
from errand.ids import new_id
from errand.projects.model import INBOX, Project
from errand.projects.repository import DynamoProjects
from errand.tasks import lists
from errand.tasks.lists import TaskRange
from errand.tasks.model import Completion, Task, Trashed
from errand.tasks.trash_repository import DynamoTrash
from errand_testkit.dynamo import FakeDynamo, stream_record
from errand_testkit.fakes import ManualClock
from errand_testkit.log import Follower, entries, recorder, recount
from errand_testkit.people import ADA, NOW
from errand_testkit.storage import Tasks
from errand_testkit.stored import change_account, commit

PROJECT = new_id()
LISTS: dict[Counted, TaskRange] = {
    Counted.OPEN: lists.by_status(completed=False, ascending=False),
    Counted.COMPLETED: lists.by_status(completed=True, ascending=False),
    Counted.TRASH: lists.deleted(ascending=False),
    Counted.INBOX: lists.by_project(INBOX, ascending=True),
    Counted.PRIORITY_1: lists.by_priority(1, ascending=False),
    Counted.PRIORITY_2: lists.by_priority(2, ascending=False),
    Counted.PRIORITY_3: lists.by_priority(3, ascending=False),
}


def last(fake: FakeDynamo) -> Counts | None:
    return entries(fake, ADA.id)[-1].counts


@pytest.mark.parametrize(("one", "of"), LISTS.items(), ids=[*LISTS])
def test_counter_is_the_size_of_a_list(one: Counted, of: TaskRange) -> None:
    assert KEYS[one] == (of.index.sort, of.prefix)


def test_what_was_done_is_counted_with_occurrences() -> None:
    of = lists.completed_between(None, None, ascending=False)
    name, prefix = KEYS[Counted.DONE]
    assert name == of.index.sort
    assert of.between
    assert all(key.startswith(prefix) for key in of.between)
    assert {*KEYS} == {*LISTS, Counted.DONE} == {*Counted}


def test_new_account_has_nothing(fake: FakeDynamo, follower: Follower) -> None:
    follower.follow()
    assert last(fake) == {}


def _trash(tasks: Tasks, task: Task) -> Trashed:
    trashed = Trashed.of(task, now=NOW)
    tasks.delete(task, user_id=ADA.id)
    commit(lambda unit: DynamoTrash().add(unit, trashed, user_id=ADA.id))
    return trashed


def test_each_change_is_counted(
    fake: FakeDynamo, follower: Follower, tasks: Tasks, clock: ManualClock
) -> None:
    def counted_is(**expected: int) -> None:
        clock.advance(seconds=1)
        follower.follow()
        names = {Counted[name.upper()]: number for name, number in expected.items()}
        assert last(fake) == names == recount(fake, ADA.id)

    task = tasks.create(user_id=ADA.id)
    counted_is(open=1, inbox=1)
    other = tasks.create(user_id=ADA.id, priority=2, project_id=PROJECT)
    counted_is(open=2, inbox=1, priority_2=1)
    other = tasks.update(other, user_id=ADA.id, priority=1)
    counted_is(open=2, inbox=1, priority_1=1)
    task = tasks.update(task, user_id=ADA.id, title="Buy bread")
    task = tasks.update(task, user_id=ADA.id, completed=True)
    counted_is(open=1, completed=1, done=1, priority_1=1)
    completion = Completion.of(other, new_id(), at=NOW)
    commit(lambda unit: tasks.repository.add_completion(unit, completion, user_id=ADA.id))
    counted_is(open=1, completed=1, done=2, priority_1=1)
    trashed = _trash(tasks, task)
    counted_is(open=1, done=1, trash=1, priority_1=1)
    restored = trashed.restored(now=NOW)
    commit(lambda unit: DynamoTrash().remove(unit, trashed, user_id=ADA.id))
    commit(lambda unit: tasks.repository.add(unit, restored, user_id=ADA.id))
    counted_is(open=1, completed=1, done=2, priority_1=1)
    tasks.update(restored, user_id=ADA.id, completed=False)
    counted_is(open=2, inbox=1, done=1, priority_1=1)


def test_what_is_no_task_changes_no_counter(
    fake: FakeDynamo, follower: Follower, tasks: Tasks
) -> None:
    tasks.create(user_id=ADA.id)
    project = Project.new(PROJECT, {"name": "Home"}, now=NOW)
    commit(lambda unit: DynamoProjects().add(unit, project, user_id=ADA.id))
    change_account(ADA, now=NOW + 1, full_name="Ada")
    follower.follow()
    assert len(entries(fake, ADA.id)) == 4
    assert last(fake) == {Counted.OPEN: 1, Counted.INBOX: 1}


@pytest.mark.parametrize("name", ["vs", "vp"])
@pytest.mark.parametrize("damage", [{"N": "1"}, {"S": 1}, "o", None], ids=str)
def test_key_that_is_none_counts_nothing(name: str, damage: Any) -> None:
    assert counted({name: damage}) == {}
    assert difference(None, None) == {}


def test_batch_that_comes_again_counts_nothing_twice(
    fake: FakeDynamo, follower: Follower, tasks: Tasks
) -> None:
    for _ in range(3):
        tasks.create(user_id=ADA.id)
    follower.record(fake.stream[:3])
    for again in (fake.stream, fake.stream[2:], fake.stream):
        follower.restart()
        assert follower.record(again) is None
    assert last(fake) == recount(fake, ADA.id)


# ---------------------------------------------------------------------------- counted anew


@pytest.fixture
def returned(fake: FakeDynamo, follower: Follower, tasks: Tasks, clock: ManualClock) -> None:
    """Whose log has expired, with three tasks."""
    for number in range(3):
        tasks.create(user_id=ADA.id, completed=number == 0)
    follower.follow()
    fake.items["LogTable"].clear()
    follower.restart()
    clock.advance(seconds=LOG_DAYS * 24 * 3600)


def _later(fake: FakeDynamo) -> list[dict[str, Any]]:
    """Records of what came after a year, told at the time at which it came."""
    seconds = 1_795_336_200 + LOG_DAYS * 24 * 3600
    return [
        {**one, "dynamodb": {**one["dynamodb"], "ApproximateCreationDateTime": seconds}}
        # Before them: the account with its two names, and three tasks.
        for one in fake.stream[6:]
    ]


@pytest.mark.usefixtures("returned")
def test_account_whose_log_has_expired_is_counted_with_its_next_change(
    fake: FakeDynamo, follower: Follower, tasks: Tasks
) -> None:
    tasks.create(user_id=ADA.id)
    follower.record(_later(fake))
    assert last(fake) == recount(fake, ADA.id)
    assert last(fake) == {Counted.OPEN: 3, Counted.COMPLETED: 1, Counted.DONE: 1, Counted.INBOX: 3}


@pytest.mark.deep
@pytest.mark.usefixtures("returned")
def test_what_is_on_its_way_is_never_counted_twice(
    fake: FakeDynamo, follower: Follower, tasks: Tasks
) -> None:
    for _ in range(70):
        tasks.create(user_id=ADA.id)
    follower.record(_later(fake))
    told = [entry.counts for entry in entries(fake, ADA.id)]
    # The table was ahead of the log; so it is until the last of them.
    assert told == [None] * 70
    for _ in range(64 - 6):
        tasks.create(user_id=ADA.id)
        follower.record(_later(fake)[-1:])
    assert last(fake) is None
    tasks.create(user_id=ADA.id)
    follower.record(_later(fake)[-1:])
    assert last(fake) == recount(fake, ADA.id)


@pytest.mark.usefixtures("returned")
def test_more_than_the_lane_may_wait_for_is_left_to_reconcile(
    fake: FakeDynamo, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.create(user_id=ADA.id)
    monkeypatch.setattr(fake, "_page_bytes", 10)
    for _ in range(10):
        tasks.create(user_id=ADA.id, completed=True)
    follower = recorder(fake, bury=lambda _: None)
    assert follower.record(_later(fake)[:1]) is None
    assert last(fake) is None
    assert fake.operations.count("Query") <= 12


def test_table_that_was_restored_is_not_what_the_log_counted(
    fake: FakeDynamo, follower: Follower, tasks: Tasks
) -> None:
    tasks.create(user_id=ADA.id)
    follower.follow()
    tasks.create(user_id=ADA.id)
    old, new = fake.stream[-1]["dynamodb"].get("OldImage"), fake.stream[-1]["dynamodb"]["NewImage"]
    follower.record([stream_record(1, old, new, epoch="2027-01-01T00:00:00.000")])
    assert last(fake) is None


def test_less_than_nothing_is_not_counted(fake: FakeDynamo, follower: Follower) -> None:
    """What it was added by is lost."""
    follower.follow()
    item = {"pk": {"S": f"USER#{ADA.id}"}, "sk": {"S": f"TASK#{new_id()}"}, "vs": {"S": "o1"}}
    times = {"ca": {"N": "1"}, "ua": {"N": "1"}, "v": {"N": "1"}, "t": {"S": "Buy milk"}}
    follower.record([stream_record(9, {**item, "h": {"M": times}}, None)])
    assert last(fake) is None


def test_entry_of_another_version_has_counters_that_are_not_known(
    fake: FakeDynamo, follower: Follower
) -> None:
    follower.follow()
    [item] = fake.items["LogTable"].values()
    item["n"] = {"S": '{"o":2,"later":3}'}
    assert last(fake) == {Counted.OPEN: 2}


@pytest.mark.parametrize("text", ["[]", "7", "null", "{", '{"o":"many"}', '{"o":[]}'])
def test_counts_that_are_none_are_malformed(
    fake: FakeDynamo, follower: Follower, text: str
) -> None:
    follower.follow()
    [item] = fake.items["LogTable"].values()
    item["n"] = {"S": text}
    with pytest.raises(MalformedRecord):
        entries(fake, ADA.id)


def test_writer_reads_nothing_more_to_count(
    fake: FakeDynamo, follower: Follower, tasks: Tasks
) -> None:
    follower.follow()
    tasks.create(user_id=ADA.id)
    fake.operations.clear()
    follower.follow()
    assert fake.operations == ["GetItem", "PutItem"]
