"""Workers of webhooks that are killed anywhere, of any batch: nothing is lost, each has one id.

`make faults` runs it for 500 events.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from random import Random
from typing import Any

import httpx
import pytest

from errand.links.addresses import Address
from errand.links.guard import GuardedTransport
from errand.webhooks.delivery import Status
from errand.webhooks.hints import Hint
from errand_testkit.depth import times
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.webhooks import KeptQueues, World, event

SEED = int(os.environ.get("SEED", "1"))
EVENTS = min(int(os.environ.get("OPS", "120")), 500)
# Of calls; and of requests that are not accepted.
KILLS, REFUSALS = 0.002, 0.05
BATCH = 20


class Killed(BaseException):
    """No code of ours gets to see it."""


class KillableDynamo(FakeDynamo):
    def __init__(self, dice: Random) -> None:
        super().__init__()
        self.dice = dice
        self.kills = 0.0

    def call(self, operation: str, request: Any) -> dict[str, Any]:
        self.die()
        answer = super().call(operation, request)
        self.die()
        return answer

    def die(self) -> None:
        if self.dice.random() < self.kills:
            raise Killed


@dataclass
class KillableQueues(KeptQueues):
    dynamo: KillableDynamo = field(kw_only=True)

    def send(self, hint: Hint, *, patient: bool, now: int) -> None:
        self.dynamo.die()
        super().send(hint, patient=patient, now=now)
        self.dynamo.die()


class Mayhem:
    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)  # noqa: S311 - to be the same again
        self.dynamo = KillableDynamo(self.dice)
        self.world = World(self.dynamo)
        self.queues = self.world.queues = KillableQueues(dynamo=self.dynamo)
        self.world.transport = self._transport
        self.arrived: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.order: list[int] = []
        self.killed = 0

    def _transport(self) -> GuardedTransport:
        async def somewhere(_: str) -> list[Address]:
            return [ip_address("93.184.215.14")]

        return GuardedTransport(httpx.MockTransport(self._receive), resolve=somewhere)

    def _receive(self, request: httpx.Request) -> httpx.Response:
        message = request.headers["webhook-id"]
        self.asked[message] += 1
        if self.dice.random() < REFUSALS:
            return httpx.Response(500, stream=httpx.ByteStream(b""))
        self.arrived[message] += 1
        self.order.append(json.loads(request.content)["sequence"])
        self.dynamo.die()
        return httpx.Response(204, stream=httpx.ByteStream(b""))

    def happen(self, events: int) -> None:
        """In batches of ten, some of which come twice anyway."""
        for first in range(0, events, 10):
            bodies = [
                event(event_id=f"event {number}", sequence=number)
                for number in range(first, min(first + 10, events))
            ]
            times = 1 + (self.dice.random() < 0.1)
            for _ in range(times):
                self._until_done(lambda: self.world.fan_out(*bodies) == [])  # noqa: B023 - at once

    def deliver(self) -> None:
        """Until there are no messages left: a batch that fails comes again, when it is visible."""
        while self.queues.hints:
            self.queues.hints.sort(key=lambda one: one[0].not_before)
            is_patient = self.queues.hints[0][1]
            self.world.clock.now = max(self.world.clock.now + 1, self.queues.hints[0][0].not_before)
            batch = [
                one
                for one in self.queues.hints
                if one[1] is is_patient and one[0].not_before <= self.world.clock.now
            ][:BATCH]
            for one in batch:
                self.queues.hints.remove(one)
            hints = [hint for hint, _ in batch]
            self._until_done(lambda: self._work(hints, is_patient=is_patient))  # noqa: B023

    def _work(self, hints: list[Hint], *, is_patient: bool) -> bool:
        return asyncio.run(self.world.deliver(*hints, is_patient=is_patient)) == []

    def _until_done(self, work: Callable[[], bool]) -> None:
        while True:
            self.dynamo.kills = KILLS
            try:
                if work():
                    return
            except Killed:
                self.killed += 1
                # Until the batch is visible again.
                self.world.clock.advance(270)
            finally:
                self.dynamo.kills = 0


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(SEED, SEED + times(1, deep=2)))
def test_nothing_is_lost_and_each_delivery_keeps_its_id(
    seed: int, record_property: Callable[[str, object], None]
) -> None:
    mayhem = Mayhem(seed)
    mayhem.world.webhook()
    mayhem.happen(EVENTS)
    mayhem.deliver()
    deliveries = mayhem.world.deliveries()
    assert len(deliveries) == EVENTS
    assert {one.status for one in deliveries} == {Status.DELIVERED}
    assert mayhem.arrived.keys() == {one.id for one in deliveries}
    assert mayhem.killed > EVENTS / 100
    figures = {
        "seed": seed,
        "events": EVENTS,
        "killed": mayhem.killed,
        "requests": mayhem.asked.total(),
        "arrived twice, with the same id": mayhem.arrived.total() - EVENTS,
        "lost": 0,
    }
    record_property("webhooks", figures)
    print(figures)  # noqa: T201 - what `make faults` shows


@pytest.mark.deep
def test_nothing_is_lost_of_a_line_and_its_order_is_kept() -> None:
    mayhem = Mayhem(SEED)
    mayhem.world.webhook(in_order=True)
    mayhem.happen(min(EVENTS, 60))
    mayhem.deliver()
    assert {one.status for one in mayhem.world.deliveries()} == {Status.DELIVERED}
    assert mayhem.world.places() == 0
    # Each for the first time: what comes again is known by its id.
    first = list(dict.fromkeys(mayhem.order))
    assert first == sorted(first) == [*range(min(EVENTS, 60))]
