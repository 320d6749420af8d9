"""Whatever happens on the way, every copy ends equal to the table; or not, without its numbers.

What the log counts is in the end what a recount of the table finds.

`make faults` runs it for 20,000 changes.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from errand import acting
from errand.history.changes import Change, Last, numbered
from errand.history.counts import NOTHING, Counted, Counts, plus
from errand.history.recording import ChangeLog
from errand.records import kept
from errand.storage.kinds import CHANGE, Table, attributes
from errand_testkit.depth import times
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.log import entries, recount
from errand_testkit.people import ADA
from errand_testkit.stored import present
from errand_testkit.sync_world import NAMES, NEARLY, World

pytestmark = pytest.mark.deeper

CHANGES = int(os.environ.get("OPS", times(150, deep=400)))
SEED = int(os.environ.get("SEED", "1"))
FEW = 250
SEEDS = pytest.mark.parametrize("seed", range(SEED, SEED + times(1, deep=3)))

type MakeWorld = Callable[..., World]


@pytest.fixture
def world_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeWorld]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    fake = FakeDynamo()
    client: Any = fake.connected().client
    monkeypatch.setattr(client, "_make_api_call", fake.call)

    def make(seed: int, **more: Any) -> World:
        world = World(fake, client, seed=seed, **more)
        monkeypatch.setattr(time, "sleep", lambda _: world.pass_time())
        return world

    yield make
    acting.begin(None)


def _is_converged(world: World) -> bool:
    truth = world.truth()
    assert len(truth) > 10
    return all(reader.expired == 0 and reader.records == truth for reader in world.readers)


@pytest.mark.parametrize(
    ("seed", "changes"), [(SEED, CHANGES), (SEED + 1, FEW), (SEED + 2, FEW)][: times(1, deep=3)]
)
def test_every_copy_ends_equal_to_the_table(
    world_of: MakeWorld, seed: int, changes: int, record_property: Callable[[str, object], None]
) -> None:
    world = world_of(seed)
    world.run(changes)
    assert _is_converged(world)
    log = entries(world.fake, ADA.id)
    numbers = [entry.number for entry in log]
    assert numbers == [*range(1, len(numbers) + 1)]
    counted = recount(world.fake, ADA.id)
    assert log[-1].counts == counted
    # Too early is as good as right: who is nearly full is looked at.
    assert counted[Counted.OPEN] < NEARLY or present(ADA).nearly_full
    record_property(
        "summary",
        f"sync: {len(world.fake.stream)} changes, {len(numbers)} entries, {world.keeper.kills} "
        f"kills, {len(world.truth())} records in {len(world.readers)} copies",
    )


class Unguarded(ChangeLog):
    """Whose numbers are taken without a look at whether somebody has them."""

    def _put(self, entry: Change) -> None:
        key = CHANGE.key(entry.user_id, numbered(entry.number))
        item = {**attributes(key), **kept(entry)}
        self._dynamodb.put_item(TableName=NAMES[Table.LOG], Item=item)


@pytest.mark.deep
@SEEDS
def test_numbers_that_nobody_guards_lose_changes(world_of: MakeWorld, seed: int) -> None:
    world = world_of(seed, make_log=lambda client: Unguarded(dynamodb=client, names=NAMES))
    world.run(FEW)
    assert not _is_converged(world)


class Apart(ChangeLog):
    """Whose counts are what it has seen itself, and not what the entry before says."""

    seen: Counts = NOTHING

    def _counts(self, change: Change, last: Last, more: Counts) -> Counts | None:
        del change, last
        self.seen = plus(self.seen, more)
        return self.seen


@pytest.mark.deep
@SEEDS
def test_counts_that_are_not_those_of_the_entry_before_go_wrong(
    world_of: MakeWorld, seed: int
) -> None:
    world = world_of(seed, make_log=lambda client: Apart(dynamodb=client, names=NAMES))
    world.run(FEW)
    assert _is_converged(world)
    assert entries(world.fake, ADA.id)[-1].counts != recount(world.fake, ADA.id)


@pytest.mark.deep
@SEEDS
def test_two_lanes_of_which_each_keeps_the_order_of_items_lose_changes(
    world_of: MakeWorld, seed: int
) -> None:
    """As with a ParallelizationFactor of 2."""

    def arrange(batch: Sequence[Any]) -> Sequence[Any]:
        return sorted(batch, key=lambda record: record["dynamodb"]["Keys"]["sk"]["S"][-1] > "c")

    world = world_of(seed, arrange=arrange)
    world.run(CHANGES)
    assert not _is_converged(world)
