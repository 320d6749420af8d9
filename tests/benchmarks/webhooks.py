"""Does one that hangs delay others? python -m tests.benchmarks.webhooks [--seconds 20].

Twenty receivers on loopback, each of a webhook of its own, all told of the same events: first all
of them answer, then one takes every request and says nothing. What is between an event and its
receivers is what is deployed, with real sockets and the real clock: the workers of both queues, as
many and with batches as large as template.yaml says, wait for messages as Lambda's pollers do.
DynamoDB is in memory. Prints the time from the event to its arrival at those that answer.
"""

import argparse
import asyncio
import heapq
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from statistics import quantiles
from typing import Any

from deliver_webhooks import Delivering
from errand.aws.queue import delay
from errand.clock import system_clock
from errand.ids import new_id
from errand.storage.guarded import GuardedTables
from errand.storage.kinds import ACCOUNT, WEBHOOK
from errand.webhooks.book import Book
from errand.webhooks.hints import Hint, encode
from errand.webhooks.ledger import Ledger
from errand.webhooks.model import Webhook
from errand.webhooks.sending import this_machine_too
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.people import ADA
from errand_testkit.stack import properties
from errand_testkit.webhooks import NAMES, Behaviour, Receiver, event, inline, never, status
from fan_out_webhooks import FanOut

RECEIVERS = 20
ACCEPTED = status(204)
WINDOW = 1.0  # seconds, in which a batch is filled


@dataclass
class Queue:
    """Messages by the time at which they can be taken."""

    messages: list[tuple[float, int, str]] = field(default_factory=list)
    numbers: Any = field(default_factory=count)

    def put(self, body: str, *, later: float) -> None:
        heapq.heappush(self.messages, (time.monotonic() + later, next(self.numbers), body))

    def take(self, most: int) -> list[str]:
        taken: list[str] = []
        now = time.monotonic()
        while len(taken) < most and self.messages and self.messages[0][0] <= now:
            taken.append(heapq.heappop(self.messages)[2])
        return taken


@dataclass
class Queues:
    """Of the deployment: `errand.webhooks.queues.Queues`."""

    of: dict[bool, Queue] = field(default_factory=lambda: {False: Queue(), True: Queue()})

    def send(self, hint: Hint, *, patient: bool, now: int) -> None:
        self.of[patient].put(encode(hint), later=delay(hint.not_before, now))

    def send_all(self, hints: Sequence[tuple[Hint, bool]], *, now: int) -> None:
        for hint, patient in hints:
            self.send(hint, patient=patient, now=now)


class Trial:
    """Twenty webhooks of twenty accounts: what one account may be sent is not what is measured."""

    def __init__(self) -> None:
        tables = GuardedTables(dynamodb=FakeDynamo(), names=NAMES)
        self.tables, self.queues = tables, Queues()
        self.book, self.ledger = Book(tables), Ledger(tables)
        self.receivers: list[Receiver] = []
        self.users: list[str] = []
        self.told: dict[str, float] = {}
        self.arrived: defaultdict[int, list[float]] = defaultdict(list)

    async def run(self, *, hangs: bool, seconds: float, rate: float) -> list[float]:
        """Milliseconds of each event at each receiver that answers."""
        servers = [await self._serve(number, hangs=hangs) for number in range(RECEIVERS)]
        self._workers = [
            asyncio.ensure_future(self._work(source["BatchSize"], patient=patient))
            for patient, source in self._sources().items()
            for _ in range(source["ScalingConfig"]["MaximumConcurrency"])
        ]
        end = time.monotonic() + seconds
        await asyncio.gather(*(self._live(user_id, rate=rate, end=end) for user_id in self.users))
        await asyncio.sleep(3)
        for server in servers:
            server.close()
            server.close_clients()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        first = 1 if hangs else 0
        return [one for number in range(first, RECEIVERS) for one in self.arrived[number]]

    @staticmethod
    def _sources() -> dict[bool, dict[str, Any]]:
        events = properties("DeliverWebhooksFunction")["Events"]
        return {False: events["Prompt"]["Properties"], True: events["Patient"]["Properties"]}

    async def _serve(self, number: int, *, hangs: bool) -> asyncio.Server:
        behaviour: Behaviour = never if hangs and number == 0 else ACCEPTED
        receiver = Receiver([behaviour])
        self.receivers.append(receiver)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            before = len(receiver.received)
            await receiver.answer(reader, writer)
            for one in receiver.received[before:]:
                sent = one.headers["webhook-id"]
                if sent not in self.told:
                    continue
                self.arrived[number].append((time.monotonic() - self.told.pop(sent)) * 1000)

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        receiver.port = server.sockets[0].getsockname()[1]
        user_id = new_id()
        self.users.append(user_id)
        now = system_clock()
        self.tables.put(ACCOUNT, ACCOUNT.key(user_id), ADA)
        webhook = Webhook.new(new_id(), user_id, {"url": receiver.url}, now=now)
        self.tables.put(WEBHOOK, WEBHOOK.key(user_id, webhook.id), webhook)
        return server

    async def _live(self, user_id: str, *, rate: float, end: float) -> None:
        """Whoever it is does something now and then, and nobody waits for another."""
        while time.monotonic() < end:
            await asyncio.sleep(random.expovariate(rate))
            self._tell(user_id)

    def _tell(self, user_id: str) -> None:
        fan_out = FanOut(
            book=self.book,
            ledger=self.ledger,
            queues=self,
            bury=lambda *_: None,
            clock=system_clock,
        )
        fan_out.work([{"messageId": "1", "body": event(event_id=new_id(), user_id=user_id)}])

    def send(self, hint: Hint, *, patient: bool, now: int) -> None:
        self.queues.send(hint, patient=patient, now=now)

    def send_all(self, hints: Sequence[tuple[Hint, bool]], *, now: int) -> None:
        for hint, patient in hints:
            self.told[hint.delivery_id] = time.monotonic()
            self.send(hint, patient=patient, now=now)

    async def _work(self, size: int, *, patient: bool) -> None:
        """One of as many as may run at once: a batch, and when all of it is done the next."""
        delivering = Delivering(
            book=self.book,
            ledger=self.ledger,
            queues=self.queues,
            transport=this_machine_too,
            mail=None,
            bury=lambda *_: None,
            run=inline,
            chance=random.random,
        )
        queue = self.queues.of[patient]
        while True:
            batch: list[str] = []
            began = time.monotonic()
            while len(batch) < size:
                batch += queue.take(size - len(batch))
                if batch and time.monotonic() - began >= WINDOW:
                    break
                if not batch:
                    began = time.monotonic()
                await asyncio.sleep(0.02)
            messages = [
                {"messageId": str(number), "body": body} for number, body in enumerate(batch)
            ]
            await delivering.work(messages, is_patient=patient)


def _summary(name: str, found: list[float]) -> float:
    cuts = quantiles(found, n=100)
    line = f"{name:16} {len(found):6} arrived  p50 {cuts[49]:7.1f} ms  p95 {cuts[94]:7.1f} ms"
    line += f"  p99 {cuts[98]:7.1f} ms  max {max(found):7.1f} ms"
    print(line)  # noqa: T201 - what it is for
    return cuts[94]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=1.0, help="events of each account a second")
    arguments = parser.parse_args()
    options = {"seconds": arguments.seconds, "rate": arguments.rate}
    all_well = _summary("all answer", asyncio.run(Trial().run(hangs=False, **options)))
    one_hangs = _summary("one of 20 hangs", asyncio.run(Trial().run(hangs=True, **options)))
    print(f"p95 of the others: {one_hangs / all_well:.2f} times")  # noqa: T201 - as above


if __name__ == "__main__":
    main()
