"""Whatever happens to who keeps it, the index ends equal to a recount of all tasks.

Answers are lost, calls are refused, instances are killed in the middle of a write or overtaken by
another, and batches of the log come twice, late, in halves and out of order.
"""

import os
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from errand.comments.model import Comment
from errand.comments.repository import DynamoComments
from errand.ids import new_id
from errand.tasks.model import Task
from errand_testkit.depth import times
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.index import (
    STREAM,
    index_keeper,
    index_store,
    indexed,
    log_of,
    pieces,
    recounted,
)
from errand_testkit.log import Follower
from errand_testkit.people import ADA, NOW
from errand_testkit.storage import Tasks
from errand_testkit.stored import commit, store_account
from index_tasks import Indexer

CHANGES = int(os.environ.get("OPS", "120"))
SEED = int(os.environ.get("SEED", "1"))
SEEDS = pytest.mark.parametrize("seed", range(SEED, SEED + times(1, deep=3)))
PAGE = 40

type Record = dict[str, Any]


class Killed(BaseException):
    """Of an instance: nothing of it goes on."""


class Network:
    """Before the tables, for one instance. `share`: of the calls, of which something becomes."""

    def __init__(self, fake: FakeDynamo, random: Random, share: float) -> None:
        self._fake = fake
        self._random = random
        self.share = share
        self.between: Callable[[], object] = lambda: None

    def __getattr__(self, name: str) -> Any:
        def call(**request: Mapping[str, Any]) -> Any:
            if self._random.random() >= self.share:
                return getattr(self._fake, name)(**request)
            match self._random.choice(("refused", "dropped", "lost", "killed", "dead", "between")):
                case "refused":
                    refused: Any = {"Error": {"Code": "ThrottlingException", "Message": "No"}}
                    raise ClientError(refused, name)
                case "dropped":
                    raise ReadTimeoutError(endpoint_url="https://dynamodb")
                case "lost":
                    getattr(self._fake, name)(**request)
                    raise ReadTimeoutError(endpoint_url="https://dynamodb")
                case "killed":
                    raise Killed
                case "dead":
                    getattr(self._fake, name)(**request)
                    raise Killed
            between, self.between = self.between, lambda: None
            between()
            self.between = between
            return getattr(self._fake, name)(**request)

        return call


class World:
    """An account that changes, its log, and instances that keep its index."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - chance that comes again
        self.clock = ManualClock()
        self.fake = FakeDynamo()
        self.fake.connected()
        store_account(ADA)
        self.kills = 0
        self._log = Follower(self.fake)
        self._tasks = Tasks(self.clock)
        self._alive: dict[str, Task] = {}
        self._comments: list[Comment] = []
        self._reached = 0

    def change(self) -> None:
        self.clock.advance(seconds=1)
        act = self.random.random()
        if act < 0.5 or len(self._alive) < 5:
            task = self._tasks.create(user_id=ADA.id, title=self._words())
            self._alive[task.id] = task
            return
        task = self.random.choice([*self._alive.values()])
        if act < 0.75:
            fields: Any = {"title": self._words()} if act < 0.65 else {"completed": act < 0.7}
            self._tasks.update(task, user_id=ADA.id, **fields)
        elif act < 0.85:
            self._tasks.delete(self._alive.pop(task.id), user_id=ADA.id)
        elif act < 0.93 or not self._comments:
            fields = {"text": self._words()}
            comment = Comment.new(new_id(), task.id, fields, author_id=ADA.id, now=NOW)
            commit(lambda unit: DynamoComments().add(unit, comment, user_id=ADA.id))
            self._comments.append(comment)
        else:
            comment = self._comments.pop(self.random.randrange(len(self._comments)))
            commit(lambda unit: DynamoComments().remove(unit, comment, user_id=ADA.id))

    def index(self, *, share: float) -> None:
        """A batch of what the log has told since, or what was told before once more."""
        records = self._told()
        if self.random.random() < 0.2:
            start = self.random.randrange(max(self._reached, 1))
            again = records[start : start + 30]
            self.random.shuffle(again)
            self._deliver(again, share)
        batch = records[self._reached : self._reached + self.random.randint(1, 30)]
        if self._deliver(batch, share):
            self._reached += len(batch)
        elif self.random.random() < 0.5:
            half = batch[: len(batch) // 2]
            if self._deliver(half, share):
                self._reached += len(half)

    def drain(self) -> None:
        while self._reached < len(self._told()):
            self.index(share=0)

    def rebuild(self, *, share: float) -> None:
        """As `make reindex` does, until it gets through; meanwhile others go on."""
        while True:
            network = self._network(share)
            try:
                index_keeper(network, page=PAGE).rebuild(ADA.id, stream=STREAM)
            except (Killed, ClientError, ReadTimeoutError):
                self.kills += 1
                continue
            return

    def _told(self) -> list[Record]:
        self._log.follow()
        return log_of(self.fake)

    def _network(self, share: float) -> Network:
        network = Network(self.fake, self.random, share)

        def another() -> None:
            self.change()
            records = self._told()
            start = self.random.randrange(len(records))
            self._indexer(self.fake).index(records[start : start + 10])

        network.between = another
        return network

    def _indexer(self, client: Any) -> Indexer:
        return Indexer(keeper=index_keeper(client, page=PAGE), stream=STREAM)

    def _deliver(self, batch: list[Record], share: float) -> bool:
        """Whether all of it was done, as far as Lambda hears."""
        try:
            return self._indexer(self._network(share)).index(batch) == []
        except Killed:
            self.kills += 1
            return False

    def _words(self) -> str:
        return " ".join(f"{self.random.getrandbits(50):x}" for _ in range(8))


@pytest.mark.deep
@SEEDS
def test_index_ends_equal_to_a_recount(
    seed: int, record_property: Callable[[str, object], None]
) -> None:
    world = World(seed)
    for _ in range(CHANGES):
        world.change()
        if world.random.random() < 0.3:
            world.index(share=0.05)
        if world.random.random() < 0.005:
            world.rebuild(share=0.02)
    world.drain()
    found = indexed(world.fake, ADA.id)
    assert found == recounted(world.fake, ADA.id)
    assert len(found) > CHANGES / 4
    record_property(
        "summary", f"index: {CHANGES} changes, {world.kills} kills, {len(found)} tasks found again"
    )


@pytest.mark.deep
@SEEDS
def test_rebuilt_index_is_equal_to_a_recount(seed: int) -> None:
    """Of an account that had none, and whose log nobody has read."""
    world = World(seed)
    for _ in range(max(CHANGES, 200)):
        world.change()
    world.rebuild(share=0.02)
    assert len(pieces(world.fake, ADA.id)) > 2
    world.drain()
    assert indexed(world.fake, ADA.id) == recounted(world.fake, ADA.id)
    head = index_store(world.fake).head(ADA.id)
    assert head is not None
    assert head.is_complete
