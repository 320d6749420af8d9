"""People, tables, services and functions, step by step, until all has come to rest."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from random import Random
from typing import Any

from errand_testkit.chain.aws import BOUNCING, S3, Bus, Ses, Sqs
from errand_testkit.chain.functions import FUNCTIONS, Kit, Work
from errand_testkit.chain.hearing import Heard
from errand_testkit.chain.history import History
from errand_testkit.chain.mischief import Client, Killed, Mischief, Process
from errand_testkit.chain.people import Person, Place
from errand_testkit.chain.receivers import Receivers
from errand_testkit.chain.scheduler import Scheduler
from errand_testkit.chain.sources import Feed, QueueFeed, Records, StreamFeed
from errand_testkit.chain.wiring import Source, wiring
from errand_testkit.dynamo import STREAMED, FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.sockets import FakeGateway

SHARDS = 2
# Of calls something becomes.
SHARE = 0.012
# Of a function, as long as no more are busy at once.
_INSTANCES = 4
# Of runs so many times as many are killed.
_KILLS = 5
# Milliseconds after which nothing goes on but schedules: what is tried for a day is over.
_REST = 3 * 24 * 3600 * 1000
# Functions with an event loop.
_LOOPS = frozenset({"DeliverWebhooksFunction", "NotifyBrowsersFunction"})
# Seconds that pass with a step, at most.
_STEP = 4

type Functions = Mapping[str, Callable[[Kit], Work]]


class World:
    """`functions`: makes the workers of each, by its logical id."""

    def __init__(self, seed: int, *, functions: Functions = FUNCTIONS) -> None:
        self.dice = Random(seed)  # noqa: S311 - to be the same again
        self.clock = ManualClock()
        self.fake = FakeDynamo(clock=self.clock)
        self._connection: Any = self.fake.connected().client
        self.mischief = Mischief(self.dice, self.clock)
        self.mischief.between = self._interfere
        self.sqs = Sqs(wiring(), self.mischief)
        self.bus = Bus(wiring(), self.sqs, self.mischief)
        self.scheduler = Scheduler(self.sqs, self.mischief)
        self.ses = Ses(self.sqs)
        self.s3 = S3(self.sqs)
        self.gateway = FakeGateway()
        self.receivers = Receivers(self.mischief)
        self.history = History(self.fake, self.clock)
        self.heard = Heard(self.fake, self.history, self.mischief)
        self.bus.hear, self.ses.hear = self.heard.event, self.heard.mail
        self.receivers.hear = self._hear_notice
        self.buried: list[object] = []
        self.killed: Counter[str] = Counter()
        # Of the run before.
        self._calls: Counter[str] = Counter()
        self._functions = functions
        self._idle: dict[str, list[tuple[Process, Work]]] = defaultdict(list)
        self._shards: dict[str, list[list[Any]]] = {
            table: [[] for _ in range(SHARDS)] for table in STREAMED
        }
        self._partitions: dict[str, int] = {}
        self._reached = dict.fromkeys(STREAMED, 0)
        self._feeds = [*self._connected()]
        self.sqs.read = {feed.source.of for feed in self._feeds}
        self._is_between = False
        place = Place(self.fake, self.gateway, self.s3, self.clock, self.dice)
        self.people = [Person(place, name) for name in ("ada", "bob", BOUNCING, "eve")]

    def run(self, events: int) -> None:
        """Until so many are on the bus, of which one of the people leaves halfway; then all heals.

        Everybody who is still there changes something once more, and listens.
        """
        self.mischief.share = SHARE
        for person in self.people:
            person.begin()
        while len(self.bus.published) < events:
            self._step()
            if len(self.bus.published) > events / 2 and not self.people[-1].is_gone:
                self.people[-1].leave()
        self._drain()
        self.mischief.share = 0
        self._drain()
        for person in self.people:
            if not person.is_gone:
                person.open_socket()
                person.create()
        self._drain()

    @property
    def given_up(self) -> int:
        """Records of streams that were left out, too old or tried too often: hints for sockets."""
        return sum(feed.given_up for feed in self._feeds if isinstance(feed, StreamFeed))

    def _drain(self) -> None:
        """Until nothing is on its way but what comes again each day."""
        end = self.clock() + _REST
        while True:
            self._follow()
            if self._work():
                continue
            times = [feed.next_at() for feed in self._feeds] + [self.scheduler.next_at()]
            left = [at for at in times if at is not None and at < end]
            if not left:
                return
            self.clock.now = max(self.clock.now, min(left))

    def _step(self) -> None:
        self.clock.advance(self.dice.random() * _STEP)
        if self.dice.random() < 0.25:
            self._somebody()
        else:
            self._work()
        self._follow()

    def _somebody(self) -> None:
        with self._models(self.fake.call):
            self.dice.choice([one for one in self.people if not one.is_gone]).step()

    def _work(self) -> bool:
        """On any batch. Whether there was anything to do."""
        self.scheduler.fire()
        ready = [feed for feed in self._feeds if self._is_ready(feed)]
        if ready:
            self.dice.choice(ready).step()
        return bool(ready)

    def _is_ready(self, feed: Feed) -> bool:
        at = feed.next_at()
        # An event loop within an event loop is none.
        is_possible = feed.source.function not in _LOOPS or not _is_in_loop()
        return at is not None and at <= self.clock() and is_possible

    def _interfere(self) -> None:
        """What others do between two calls of one."""
        if self._is_between:
            return
        self._is_between = True
        # Who acts is known by the context, and is not who was interrupted.
        copy_context().run(self._go_on)
        self._is_between = False

    def _go_on(self) -> None:
        for _ in range(self.dice.randint(1, 4)):
            if self.dice.random() < 0.3:
                self._somebody()
            else:
                self._work()
            self._follow()

    @contextmanager
    def _models(self, call: Callable[..., Any]) -> Iterator[None]:
        """Whose calls of PynamoDB these are."""
        before, self._connection._make_api_call = self._connection._make_api_call, call
        try:
            yield
        finally:
            self._connection._make_api_call = before

    def _follow(self) -> None:
        """What is new in tables is in their streams."""
        self.mischief.arrive()
        self.history.follow()
        for table in STREAMED:
            stream = self.fake.streams[table]
            for record in stream[self._reached[table] :]:
                partition = record["dynamodb"]["Keys"]["pk"]["S"]
                # The same with each run, though ids are not.
                place = self._partitions.setdefault(partition, len(self._partitions))
                self._shards[table][place % SHARDS].append(record)
            self._reached[table] = len(stream)

    def _connected(self) -> Iterator[Feed]:
        for source in wiring().chain(self._functions):
            if source.of in STREAMED:
                for shard in self._shards[source.of]:
                    yield StreamFeed(source, shard, self.mischief, self._invoke)
            else:
                queue = self.sqs.queues[source.of]
                letters = self.sqs.queues.get(queue.shape.letters or "")
                yield QueueFeed(source, queue, letters, self.mischief, self._invoke)

    def _invoke(self, source: Source, records: Records) -> set[str] | None:
        idle = self._idle[source.function]
        # One of several, which may not have been asked for long.
        place = self.dice.randrange(min(len(idle) + 1, _INSTANCES))
        process, work = idle.pop(place) if place < len(idle) else self._instance(source.function)
        last = self._last_call(source.function)
        process.begin(self.clock(), seconds=source.timeout, last=last)
        try:
            failed = work(source, records)
        except Killed:
            self.killed[source.function] += 1
            return None
        finally:
            self._follow()
            self._calls[source.function] = process.calls
        idle.append((process, work))
        return {failed} if isinstance(failed, str) else {*(failed or ())}

    def _last_call(self, function: str) -> int | None:
        """With which a run of it is killed, if it is: each, until one was."""
        if not self.mischief.happens(_KILLS) and (self.killed[function] or not self.mischief.share):
            return None
        return self.dice.randint(1, max(1, self._calls[function]))

    def _instance(self, function: str) -> tuple[Process, Work]:
        process = Process(function)

        def client(service: Any) -> Client:
            # What is asked of other services nobody could call back.
            return Client(self.mischief, process, service, is_late=service is self.fake)

        def ask(operation: str, request: Any) -> Any:
            act = partial(self.fake.call, operation, request)
            return self.mischief.call(process, act)

        kit = Kit(
            dynamodb=client(self.fake),
            sqs=client(self.sqs),
            events=client(self.bus),
            scheduler=client(self.scheduler),
            ses=client(self.ses),
            gateway=client(self.gateway),
            s3=client(self.s3),
            models=lambda: self._models(ask),
            transport=self.receivers.transport_of(process),
            bury=lambda *letter: self.buried.append((function, *letter)),
            clock=self.clock,
            chance=self.dice.random,
        )
        return process, self._functions[function](kit)

    def _hear_notice(self, name: str, body: bytes) -> None:
        [person] = [one for one in self.people if one.name == name]
        self.heard.notice(person.browser, person.account.id, body)


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
