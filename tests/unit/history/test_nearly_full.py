"""An account says itself that its open tasks are nearly as many as there may be."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from errand.history.accounts import Accounts, Known
from errand.history.changes import Last
from errand.history.counts import Counted
from errand.history.reconciling import Reconciler
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.log import NAMES, Follower, entries, recorder
from errand_testkit.people import ADA
from errand_testkit.storage import Tasks
from errand_testkit.stored import present, remove_account

NEARLY = 3

type Fill = Callable[[int], list[Any]]


@pytest.fixture
def follower(fake: FakeDynamo) -> Follower:
    return Follower(fake, nearly=NEARLY)


@pytest.fixture
def fill(tasks: Tasks) -> Fill:
    return lambda number: [tasks.create(user_id=ADA.id) for _ in range(number)]


def test_account_with_much_room_is_left_alone(
    fake: FakeDynamo, follower: Follower, fill: Fill
) -> None:
    fill(NEARLY - 1)
    follower.follow()
    assert present(ADA).nearly_full is None
    assert "UpdateItem" not in fake.operations


def test_account_says_so_once_and_takes_it_back(
    fake: FakeDynamo, follower: Follower, fill: Fill, tasks: Tasks, clock: ManualClock
) -> None:
    made = fill(NEARLY + 2)
    follower.follow()
    # Behind the account itself: the change with which there were so many.
    assert present(ADA).nearly_full == 1 + NEARLY
    assert fake.operations.count("UpdateItem") == 1
    clock.advance(seconds=1)
    for task in made[:3]:
        tasks.update(task, user_id=ADA.id, completed=True)
    follower.follow()
    assert present(ADA).nearly_full is None


def test_nobody_hears_of_it(fake: FakeDynamo, follower: Follower, fill: Fill) -> None:
    fill(NEARLY)
    follower.follow()
    assert present(ADA).version == 1
    assert len(entries(fake, ADA.id)) == 1 + NEARLY
    [told] = [one for one in fake.stream if one["eventName"] == "MODIFY"]
    assert {"nf"} == {*told["dynamodb"]["NewImage"]} - {*told["dynamodb"]["OldImage"]}


class Dying:
    """A client whose instance is killed before it can say so."""

    def __init__(self, fake: FakeDynamo) -> None:
        self._fake = fake

    def __getattr__(self, name: str) -> Any:
        if name == "update_item":
            raise KeyboardInterrupt
        return getattr(self._fake, name)


def test_writer_that_is_killed_just_before_is_made_up_for(
    fake: FakeDynamo, follower: Follower, fill: Fill
) -> None:
    fill(NEARLY)
    dying = recorder(Dying(fake), bury=lambda _: None, nearly=NEARLY)
    with pytest.raises(KeyboardInterrupt):
        dying.record(fake.stream)
    assert len(entries(fake, ADA.id)) == 1 + NEARLY
    assert present(ADA).nearly_full is None
    # The batch comes again, of which all is known.
    follower.follow()
    assert present(ADA).nearly_full == 1 + NEARLY
    assert len(entries(fake, ADA.id)) == 1 + NEARLY


def _last(number: int, opened: int) -> Last:
    return Last(number, "", 0, {Counted.OPEN: opened})


def test_attempt_that_comes_late_takes_nothing_back(fake: FakeDynamo) -> None:
    accounts = Accounts(dynamodb=fake, table="DataTable", nearly=NEARLY)
    fresh, full = (Known(ADA.id, is_nearly_full=is_full) for is_full in (False, True))
    accounts.follow(fresh, _last(7, NEARLY))
    accounts.follow(full, _last(5, 0))
    assert present(ADA).nearly_full == 7
    accounts.follow(fresh, _last(6, NEARLY))
    assert present(ADA).nearly_full == 7
    accounts.follow(full, _last(8, 0))
    assert present(ADA).nearly_full is None


def test_account_that_is_gone_does_not_come_back(fake: FakeDynamo) -> None:
    remove_account(present(ADA))
    accounts = Accounts(dynamodb=fake, table="DataTable", nearly=NEARLY)
    assert accounts.find(ADA.id) is None
    accounts.follow(Known(ADA.id, is_nearly_full=False), _last(7, NEARLY))
    accounts.follow(Known(ADA.id, is_nearly_full=True), _last(7, 0))
    assert fake.all() == []


def test_account_without_room_for_what_it_would_say_is_no_failure(fake: FakeDynamo) -> None:
    """Its collection has 10 GB: it takes no more tasks anyway, and other accounts wait."""
    full = "ItemCollectionSizeLimitExceededException"

    def refuse(operation: str, _: object) -> None:
        if operation == "UpdateItem":
            raise ClientError({"Error": {"Code": full, "Message": "No"}}, operation)

    fake._watch = refuse
    accounts = Accounts(dynamodb=fake, table="DataTable", nearly=NEARLY)
    accounts.follow(Known(ADA.id, is_nearly_full=False), _last(7, NEARLY))
    assert present(ADA).nearly_full is None


def test_who_has_not_been_counted_says_what_it_said(fake: FakeDynamo) -> None:
    known = Known(ADA.id, is_nearly_full=True)
    accounts = Accounts(dynamodb=fake, table="DataTable", nearly=NEARLY)
    fake.operations.clear()
    assert accounts.follow(known, Last(7)) is known
    assert fake.operations == []


def test_who_is_counted_anew_says_what_is_right(
    fake: FakeDynamo, fill: Fill, clock: ManualClock
) -> None:
    fill(1)
    [account] = [item for item in fake.all() if item["sk"]["S"] == "ACCOUNT"]
    account["nf"] = {"N": "0"}
    reconciler = Reconciler(dynamodb=fake, names=NAMES, clock=clock, pause=lambda _: None)
    for _ in range(2):
        reconciler.reconcile(ADA.id)
        assert present(ADA).nearly_full is None
        [account] = [item for item in fake.all() if item["sk"]["S"] == "ACCOUNT"]
        # By a writer that was killed: nothing is missing in the log.
        account["nf"] = {"N": "0"}
