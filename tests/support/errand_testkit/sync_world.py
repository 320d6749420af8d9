"""A world in which devices write, the log is kept and copies are made, and nothing goes well.

Time is virtual, and chance is seeded but for ids. Answers are lost, requests arrive up to 12 s
late, clocks are a second off, whoever keeps the log is killed and comes back, with batches of the
stream that come twice, late and in halves.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from errand.comments.model import commented
from errand.errors import CursorExpired, ErrandError
from errand.fields import Shown
from errand.history.accounts import Accounts
from errand.history.recording import ChangeLog
from errand.identity.caller import Caller
from errand.identity.scopes import Scope
from errand.records import load, show
from errand.storage.kinds import Key, Table, kind_at, record_of
from errand.storage.leftovers import Leftovers
from errand_api.features import sync
from errand_testkit.dynamo import TABLES, FakeDynamo
from errand_testkit.people import ADA, NOW
from errand_testkit.replica import Replica
from errand_testkit.stored import store_account
from errand_testkit.sync_devices import Device, services_of
from record_changes import Recorder

WRITERS, READERS = 8, 3
LATEST_MS, SKEW_MS = 12_000, 1_000
BATCH = 100
# So few that it is met again and again, from either side.
NEARLY = 12
NAMES = {Table.DATA: TABLES[0], Table.LOG: TABLES[1]}


type MakeLog = Callable[[Any], ChangeLog]
type Arrange = Callable[[Sequence[Any]], Sequence[Any]]


@dataclass
class Time:
    now: int = NOW

    def of(self, skew: int) -> Callable[[], int]:
        return lambda: self.now + skew


@dataclass
class Network:
    """Between whoever asks and the tables. `share`: of the requests, of which something becomes."""

    fake: FakeDynamo
    time: Time
    random: Random
    share: float = 0.05
    between: Callable[[], None] = lambda: None
    _late: list[tuple[int, str, Mapping[str, Any]]] = field(default_factory=list)

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """As botocore's client makes it. Raises ReadTimeoutError for an answer that is lost."""
        if self.random.random() < self.share:
            # What others do between two requests of one.
            self.between()
        self.deliver()
        if self.random.random() >= self.share:
            return self.fake.call(operation, request)
        fate = self.random.choice(("dropped", "late", "lost", "twice"))
        if fate == "late" and operation not in {"Query", "GetItem", "BatchGetItem"}:
            due = self.time.now + self.random.randrange(LATEST_MS)
            self._late.append((due, operation, request))
        elif fate in {"lost", "twice"}:
            for _ in range(1 + (fate == "twice")):
                self._try(operation, request)
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    def deliver(self) -> None:
        """What is due by now."""
        due = [one for one in self._late if one[0] <= self.time.now]
        self._late = [one for one in self._late if one[0] > self.time.now]
        for _, operation, request in due:
            self._try(operation, request)

    def heal(self) -> None:
        self.share = 0.0
        self.time.now += LATEST_MS
        self.deliver()

    def _try(self, operation: str, request: Mapping[str, Any]) -> None:
        # Of what is refused nobody hears, either.
        with suppress(ClientError):
            self.fake.call(operation, request)

    def get_item(self, **request: Any) -> dict[str, Any]:
        return self.call("GetItem", request)

    def put_item(self, **request: Any) -> dict[str, Any]:
        return self.call("PutItem", request)

    def update_item(self, **request: Any) -> dict[str, Any]:
        return self.call("UpdateItem", request)

    def query(self, **request: Any) -> dict[str, Any]:
        return self.call("Query", request)


class LogKeeper:
    """What Lambda does with the stream: one batch after the other, until each is done, or worse."""

    def __init__(self, world: "World", make_log: MakeLog, arrange: Arrange) -> None:
        self._world = world
        self._make_log = make_log
        self._arrange = arrange
        self.reached = 0
        self.kills = 0
        # Two instances: one that has been idle remembers what was true then.
        self._instances = [self._new(), self._new()]

    def step(self) -> None:
        random, stream = self._world.random, self._world.fake.stream
        batch = stream[self.reached : self.reached + random.randint(1, BATCH)]
        if random.random() < 0.15:
            # Again what was done long ago, whole or in part.
            start = random.randrange(max(self.reached, 1))
            self._invoke(stream[start : min(start + BATCH, self.reached)])
        if batch and self._invoke(batch):
            self.reached += len(batch)
        elif len(batch) > 1 and random.random() < 0.5:
            half = len(batch) // 2
            if self._invoke(batch[:half]):
                self.reached += half

    def drain(self) -> None:
        while self.reached < len(self._world.fake.stream):
            self.step()

    def _new(self) -> Recorder:
        network = self._world.network
        return Recorder(
            log=self._make_log(network),
            accounts=Accounts(dynamodb=network, table=NAMES[Table.DATA], nearly=NEARLY),
            leftovers=Leftovers(
                dynamodb=network.fake, table=NAMES[Table.DATA], commented=commented
            ),
            bury=lambda _: None,
        )

    def _invoke(self, batch: Sequence[object]) -> bool:
        """Whether all of it was done, as far as Lambda hears."""
        random = self._world.random
        which = random.randrange(len(self._instances))
        recorder = self._instances[which]
        # Killed in the middle: what it had done by then is done.
        until = random.randrange(len(batch)) if batch and random.random() < 0.1 else len(batch)
        failed = recorder.record(self._arrange(batch[:until]))
        if until < len(batch):
            self.kills += 1
            self._instances[which] = self._new()
            return False
        # Or its answer never came.
        return failed is None and random.random() >= self._world.network.share


class Reader:
    """Keeps a copy; its answers get lost, and now and then it begins again."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._service = services_of(world.time.of(0)).of(sync.service)
        self._caller = Caller(user_id=ADA.id, scopes=frozenset(Scope), session_id="reader")
        self.replica = Replica()
        self.expired = 0
        self.is_behind = True

    def step(self) -> None:
        random = self._world.random
        if random.random() < 0.01:
            self.replica.begin_again()
        try:
            page = self._service.page(
                caller=self._caller,
                cursor=self.replica.cursor,
                limit=random.choice((1, 3, 10, 100)),
            )
        except CursorExpired:
            self.expired += 1
            self.replica.begin_again()
            return
        except ErrandError:
            return
        if random.random() >= self._world.network.share:
            self.replica.take(page)
            self.is_behind = page["more"]

    def catch_up(self) -> None:
        self.is_behind = True
        while self.is_behind:
            self.step()

    @property
    def records(self) -> dict[tuple[str, str], Any]:
        return dict(self.replica.records)


class World:
    """`make_log`: what keeps the log is given the network and makes its ChangeLog.

    `arrange`: in which order it gets the records of a batch.
    """

    def __init__(
        self,
        fake: FakeDynamo,
        client: Any,
        *,
        seed: int,
        make_log: MakeLog = lambda client: ChangeLog(dynamodb=client, names=NAMES),
        arrange: Arrange = lambda batch: batch,
    ) -> None:
        self.fake = fake
        self.random = Random(seed)  # noqa: S311 - to be the same again
        self.time = Time()
        self.network = Network(fake, self.time, self.random)
        store_account(ADA)
        client._make_api_call = self.network.call
        self.devices = [
            Device(self, number, self.time.of(self.random.randint(-SKEW_MS, SKEW_MS)))
            for number in range(WRITERS)
        ]
        self.keeper = LogKeeper(self, make_log, arrange)
        self.readers = [Reader(self) for _ in range(READERS)]
        self._is_between = False
        self.network.between = self._interfere

    def pass_time(self) -> None:
        """Instead of any pause."""
        self.time.now += self.random.randrange(500)

    def run(self, changes: int) -> None:
        """Until so many are in the stream; then all heals, and everybody catches up."""
        while len(self.fake.stream) < changes:
            self.pass_time()
            self._step()
        self.network.heal()
        self.keeper.drain()
        for reader in self.readers:
            reader.catch_up()

    def truth(self) -> dict[tuple[str, str], Any]:
        """What the table has of kinds that are told, by kind and id."""
        found = {}
        for item in self.fake.all():
            kind = kind_at(Key(item["pk"]["S"], item["sk"]["S"]))
            if kind.logged_as:
                value = show(load(record_of(kind), item), Shown.API)
                place = item["sk"]["S"]
                record_id = place.rpartition("#")[2] if "#" in place else value["id"]
                found[kind.logged_as, record_id] = value
        return found

    def _step(self) -> None:
        choice = self.random.random()
        if choice < 0.8:
            self.random.choice(self.devices).step()
        elif choice < 0.93:
            self.keeper.step()
        else:
            self.random.choice(self.readers).step()

    def _interfere(self) -> None:
        if self._is_between:
            return
        self._is_between = True
        try:
            self.random.choice(self.devices).step()
        finally:
            self._is_between = False
