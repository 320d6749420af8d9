"""Devices that work without a network end up equal, and nothing that somebody wrote is lost."""

import os
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from errand_testkit.depth import times
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.log import Follower, unwatched
from errand_testkit.offline.people import DAILY, Account

STEPS = int(os.environ.get("OPS", "150"))
SEED = int(os.environ.get("SEED", "1"))
SEEDS = pytest.mark.parametrize("seed", range(SEED, SEED + times(1, deep=3)))

type MakeAccount = Callable[..., Account]


@pytest.fixture
def account_of(
    john: httpx2.Client, tables: None, dynamodb: FakeDynamo, clock: ManualClock
) -> MakeAccount:
    del tables
    follow = Follower(unwatched(dynamodb)).follow

    def account_of(seed: int, **more: Any) -> Account:
        # A minute has room for 1,000 writes.
        return Account(john, seed=seed, follow=follow, pass_time=lambda: clock.advance(1), **more)

    return account_of


@pytest.mark.deep
@pytest.mark.deeper
@SEEDS
def test_devices_converge_and_nothing_written_is_lost(
    account_of: MakeAccount, seed: int, record_property: Callable[[str, object], None]
) -> None:
    account = account_of(seed)
    account.live(STEPS)
    account.heal()
    truth = account.truth()
    for device in account.devices:
        assert device.client.state.outbox == [], f"seed {seed}"
        assert device.client.state.copy.records == truth, f"seed {seed}"
    assert account.lost() == [], f"seed {seed}"
    there, created, refused = account.made()
    # What was refused may be carried out by a request that comes late.
    assert created - refused <= there <= created, f"seed {seed}"
    kept = [one for (kind, _), one in truth.items() if kind == "comment" and one["replaced"]]
    told = {one["comment_id"] for device in account.devices for one in device.client.state.told}
    assert {one["id"] for one in kept} <= told, f"seed {seed}"
    record_property(
        "summary",
        f"offline clients, seed {seed}: {sum(len(one.written) for one in account.devices)} texts, "
        f"{account.network.failures} failures, {sum(one.crashes for one in account.devices)} "
        f"crashes, {len(kept)} conflicts, {len(truth)} records in {len(account.devices)} copies, "
        f"{sum(len(one.client.state.refused) for one in account.devices)} refused",
    )


@pytest.fixture
def account(account_of: MakeAccount) -> Account:
    """On a network without failures."""
    account = account_of(SEED)
    account.network.is_calm = True
    return account


@pytest.fixture
def task(account: Account) -> str:
    """That all devices know, and can do without a network what they like with."""
    ada, *_ = account.devices
    temp_id = ada.client.create(title="Buy milk", **DAILY)
    account.heal()
    for device in account.devices:
        device.is_cut_off = True
    return ada.client.state.ids[temp_id]


def test_what_is_done_is_seen_at_once_on_this_device(account: Account) -> None:
    ada, bob, _ = account.devices
    milk = ada.client.create(title="Buy milk")
    ada.client.edit(milk, title="Buy oat milk")
    assert ada.client.tasks()[milk]["title"] == "Buy oat milk"
    bread = ada.client.create(title="Buy bread", parent_id=milk)
    ada.restart()
    account.heal()
    known = bob.client.tasks()
    assert {task["title"] for task in known.values()} == {"Buy oat milk", "Buy bread"}
    ids = ada.client.state.ids
    assert known[ids[bread]]["parent_id"] == ids[milk]
    ada.client.delete(bread)
    assert [*ada.client.tasks()] == [ids[milk]]


def test_both_texts_of_a_conflict_are_kept_and_told(account: Account, task: str) -> None:
    ada, bob, cyd = account.devices
    ada.client.edit(task, title="Buy oat milk", priority=1)
    bob.client.edit(task, title="Buy soy milk")
    account.heal()
    known = cyd.client.tasks()[task]
    assert (known["title"], known["priority"]) == ("Buy soy milk", 1)
    assert [one["text"] for one in cyd.client.state.copy.of("comment")] == ["Buy oat milk"]
    assert [one["replaced"] for one in bob.client.state.told] == ["Buy oat milk"]


def test_what_was_written_outlives_a_deletion(account: Account, task: str) -> None:
    ada, bob, cyd = account.devices
    ada.client.delete(task)
    bob.client.edit(task, title="Buy oat milk")
    bob.client.comment(task, "The one with the blue cap")
    account.heal()
    assert cyd.client.tasks()[task]["title"] == "Buy oat milk"
    assert len(cyd.client.state.copy.of("comment")) == 1
    assert bob.client.state.refused == []


def test_what_was_ticked_off_does_not(account: Account, task: str) -> None:
    ada, bob, cyd = account.devices
    ada.client.delete(task)
    bob.client.complete(task)
    account.heal()
    assert cyd.client.tasks() == {}
    assert [one["problem"]["code"] for one in bob.client.state.refused] == ["in_trash"]


def test_occurrence_that_two_have_done_is_done_once(account: Account, task: str) -> None:
    ada, bob, cyd = account.devices
    ada.client.complete(task)
    bob.client.complete(task)
    account.heal()
    assert len(cyd.client.state.copy.of("completion")) == 1
    assert cyd.client.tasks()[task]["due_date"] == "2026-11-23"


@pytest.mark.deep
@SEEDS
def test_without_merging_something_is_lost(account_of: MakeAccount, seed: int) -> None:
    account = account_of(seed, merges=False)
    account.live(STEPS)
    account.heal()
    assert account.lost() != [], f"seed {seed}"
