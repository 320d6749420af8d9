"""What the log has missed is found by versions, and told; what it has, is not told again."""

from collections.abc import Callable

import pytest
from tools import reconcile

from errand.errors import Contended
from errand.history.changes import LOG_DAYS, Action
from errand.history.counts import Counted
from errand.history.reconciling import PAUSE_SECONDS, Reconciler
from errand.tasks.model import Task
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.log import NAMES, Follower, entries, recount
from errand_testkit.people import ADA, BOB
from errand_testkit.storage import Tasks
from errand_testkit.stored import store_account

DAY = 24 * 3600

type Make = Callable[..., Reconciler]


@pytest.fixture
def reconciler(fake: FakeDynamo, clock: ManualClock) -> Make:
    def make(pause: Callable[[float], None] = lambda _: None) -> Reconciler:
        return Reconciler(dynamodb=fake, names=NAMES, clock=clock, pause=pause)

    return make


@pytest.fixture
def task(tasks: Tasks, follower: Follower, clock: ManualClock) -> Task:
    """In the log as it is."""
    task = tasks.create(user_id=ADA.id)
    follower.follow()
    clock.advance(seconds=1)
    return task


def _lose(fake: FakeDynamo, follower: Follower) -> None:
    """What is in the stream by now nobody reads any more."""
    follower.reached = len(fake.stream)


def test_nothing_is_added_to_a_log_that_is_whole(
    fake: FakeDynamo, reconciler: Make, task: Task, tasks: Tasks, follower: Follower
) -> None:
    tasks.update(task, user_id=ADA.id, priority=1)
    gone = tasks.create(user_id=ADA.id)
    tasks.delete(gone, user_id=ADA.id)
    follower.follow()
    before = entries(fake, ADA.id)
    pauses: list[float] = []
    assert reconciler(pauses.append).reconcile(ADA.id) == 0
    assert entries(fake, ADA.id) == before
    assert pauses == []


def test_change_that_was_lost_is_told(
    fake: FakeDynamo, reconciler: Make, task: Task, tasks: Tasks, follower: Follower
) -> None:
    tasks.update(task, user_id=ADA.id, priority=1)
    _lose(fake, follower)
    assert reconciler().reconcile(ADA.id) == 1
    last = entries(fake, ADA.id)[-1]
    assert (last.id, last.action, last.version) == (task.id, Action.UPDATED, 2)
    assert (last.old, last.new, last.by) == ({}, {}, None)
    assert reconciler().reconcile(ADA.id) == 0


def test_record_that_came_or_went_is_told(
    fake: FakeDynamo, reconciler: Make, task: Task, tasks: Tasks, follower: Follower
) -> None:
    tasks.delete(task, user_id=ADA.id)
    new = tasks.create(user_id=ADA.id)
    _lose(fake, follower)
    assert reconciler().reconcile(ADA.id) == 2
    told = {entry.id: entry.action for entry in entries(fake, ADA.id)}
    assert told[task.id] is Action.DELETED
    assert told[new.id] is Action.UPDATED
    assert reconciler().reconcile(ADA.id) == 0


def test_log_that_has_nothing_is_told_everything(
    fake: FakeDynamo, reconciler: Make, tasks: Tasks
) -> None:
    for _ in range(3):
        tasks.create(user_id=ADA.id)
    # The account, too.
    assert reconciler().reconcile(ADA.id) == 4
    assert [entry.number for entry in entries(fake, ADA.id)] == [1, 2, 3, 4]


def test_stream_goes_on_where_it_was(
    fake: FakeDynamo, reconciler: Make, task: Task, tasks: Tasks, follower: Follower
) -> None:
    tasks.update(task, user_id=ADA.id, priority=1)
    _lose(fake, follower)
    tasks.create(user_id=ADA.id)
    reconciler().reconcile(ADA.id)
    before = len(entries(fake, ADA.id))
    follower.restart()
    # Both the new task, which it had not read yet, and what it had.
    assert follower.record(fake.stream) is None
    numbers = [entry.number for entry in entries(fake, ADA.id)]
    assert numbers == [*range(1, before + 3)]


def test_what_is_on_its_way_is_waited_for(
    reconciler: Make, task: Task, tasks: Tasks, follower: Follower
) -> None:
    tasks.update(task, user_id=ADA.id, priority=1)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        follower.follow()

    assert reconciler(pause).reconcile(ADA.id) == 0
    assert pauses == [PAUSE_SECONDS]


@pytest.mark.usefixtures("task")
def test_of_what_has_not_changed_for_a_year_no_more_is_told_than_how_much_it_is(
    fake: FakeDynamo, reconciler: Make, clock: ManualClock
) -> None:
    fake.items["LogTable"].clear()
    clock.advance(seconds=LOG_DAYS * DAY)
    assert reconciler().reconcile(ADA.id) == 1
    [told] = entries(fake, ADA.id)
    assert (told.kind, told.version, told.counts) == ("account", 1, recount(fake, ADA.id))
    assert reconciler().reconcile(ADA.id) == 0


def test_what_is_counted_is_right_again(
    fake: FakeDynamo, reconciler: Make, task: Task, tasks: Tasks, follower: Follower
) -> None:
    tasks.update(task, user_id=ADA.id, completed=True)
    tasks.create(user_id=ADA.id)
    _lose(fake, follower)
    assert reconciler().reconcile(ADA.id) == 2
    *_, first, last = entries(fake, ADA.id)
    # What is wrong is as wrong as it was until all is told.
    assert first.counts == {Counted.OPEN: 1, Counted.INBOX: 1}
    assert last.counts == recount(fake, ADA.id)
    tasks.create(user_id=ADA.id)
    follower.follow()
    assert entries(fake, ADA.id)[-1].counts == recount(fake, ADA.id)


def test_counts_that_are_wrong_though_nothing_is_missing_are_told_anew(
    fake: FakeDynamo, reconciler: Make, task: Task, follower: Follower
) -> None:
    [place] = [at for at, item in fake.items["LogTable"].items() if task.id in item["k"]["S"]]
    fake.items["LogTable"][place]["n"] = {"S": '{"o":7}'}
    assert reconciler().reconcile(ADA.id) == 1
    last = entries(fake, ADA.id)[-1]
    assert (last.kind, last.id, last.action) == ("account", ADA.id, Action.UPDATED)
    assert last.counts == {Counted.OPEN: 1, Counted.INBOX: 1}
    follower.restart()
    assert follower.record(fake.stream) is None
    assert entries(fake, ADA.id)[-1] == last


@pytest.mark.usefixtures("task")
def test_account_that_changes_meanwhile_is_compared_again(
    fake: FakeDynamo, reconciler: Make, tasks: Tasks, follower: Follower
) -> None:
    fake.items["LogTable"].clear()

    def write() -> None:
        tasks.create(user_id=ADA.id)
        follower.follow()

    fake.interferences = [write]
    assert reconciler().reconcile(ADA.id) == 2
    assert entries(fake, ADA.id)[-1].counts == recount(fake, ADA.id)


@pytest.mark.usefixtures("task")
def test_account_that_never_rests_is_left(
    fake: FakeDynamo, reconciler: Make, tasks: Tasks, follower: Follower
) -> None:
    def pause(_: float) -> None:
        tasks.create(user_id=ADA.id)

    pause(0)
    _lose(fake, follower)
    tasks.create(user_id=ADA.id)
    with pytest.raises(Contended):
        reconciler(pause).reconcile(ADA.id)
    told = reconcile.reconcile(reconciler(pause), ADA.id)
    assert told == "1 accounts compared, 0 entries added, 1 never at rest: run it again"


def test_every_account_is_compared(
    fake: FakeDynamo, reconciler: Make, tasks: Tasks, follower: Follower
) -> None:
    store_account(BOB)
    tasks.create(user_id=BOB.id)
    _lose(fake, follower)
    told = reconcile.reconcile(reconciler(), None)
    assert told == "2 accounts compared, 3 entries added"
    assert len(entries(fake, BOB.id)) == 2
    assert reconcile.reconcile(reconciler(), ADA.id) == "1 accounts compared, 0 entries added"
