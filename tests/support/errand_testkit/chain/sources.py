"""What Lambda does with a queue and with a shard of a stream: batches, until each is done.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-errors.html
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from errand_testkit.chain.aws import Message, Queue
from errand_testkit.chain.mischief import Mischief
from errand_testkit.chain.wiring import Source

type Records = Sequence[dict[str, Any]]
# What failed, by the identifiers of batchItemFailures; None: the instance has ended.
type Invoke = Callable[[Source, Records], set[str] | None]

_FIRST_PAUSE, _LONGEST_PAUSE = 1_000, 60_000


class Feed(Protocol):
    source: Source

    def next_at(self) -> int | None:
        """When there is something to do; None: there is nothing."""

    def step(self) -> None: ...


class QueueFeed:
    """Several batches may be under way. `letters`: where messages end that come too often."""

    def __init__(
        self, source: Source, queue: Queue, letters: Queue | None, mischief: Mischief, run: Invoke
    ) -> None:
        self.source = source
        self._queue = queue
        self._letters = letters
        self._mischief = mischief
        self._run = run

    def next_at(self) -> int | None:
        return min((one.visible_at for one in self._queue.messages), default=None)

    def step(self) -> None:
        batch = self._receive()
        if not batch:
            return
        arn = f"arn:aws:sqs:eu-central-1:123456789012:{self.source.of}"
        records = [{"messageId": one.id, "body": one.body, "eventSourceARN": arn} for one in batch]
        # Who comes for the last time has had bad luck enough.
        is_last = any(one.receives == self._queue.shape.receives for one in batch)
        with self._mischief.spares(is_last):
            failed = self._run(self.source, records)
        for one in batch:
            # Lambda's own deletion may fail, too.
            if failed is not None and one.id not in failed and not self._mischief.happens():
                self._queue.messages.remove(one)

    def _receive(self) -> list[Message]:
        now, dice = self._mischief.clock(), self._mischief.dice
        ready = self._queue.ready(now)
        batch: dict[str, Message] = {}
        for one in dice.sample(ready, min(len(ready), dice.randint(1, self.source.size))):
            if self._letters is not None and one.receives == self._queue.shape.receives:
                self._queue.messages.remove(one)
                self._letters.messages.append(one)
            elif one.id not in batch:
                batch[one.id] = one
                one.receives += 1
                one.visible_at = now + self._queue.shape.visibility * 1000
        return [*batch.values()]


class StreamFeed:
    """`shard`: its records, to which more are added. One batch of it is worked on at a time."""

    def __init__(
        self, source: Source, shard: Sequence[dict[str, Any]], mischief: Mischief, run: Invoke
    ) -> None:
        self.source = source
        self.given_up = 0
        self._shard = shard
        self._mischief = mischief
        self._run = run
        self._reached = 0
        self._attempts = 0
        self._not_before = 0
        # So many at once, after a batch that failed as a whole.
        self._half: int | None = None
        self._is_busy = False

    def next_at(self) -> int | None:
        is_waiting = self._reached < len(self._shard) and not self._is_busy
        return self._not_before if is_waiting else None

    def step(self) -> None:
        self._is_busy = True
        self._drop_old()
        size = self._half or self._mischief.dice.randint(1, self.source.size)
        batch = self._shard[self._reached : self._reached + size]
        wanted = [record for record in batch if self.source.takes(record)]
        failed = self._run(self.source, wanted) if wanted else set()
        if failed is None:
            self._come_again(batch, done=0, half=max(1, len(batch) // 2))
        elif failed:
            numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
            self._come_again(batch, done=min(map(numbers.index, failed)), half=None)
        elif not (wanted and self._mischief.happens()):
            # Otherwise what was done is not noted, and all of it comes again.
            self._go_on(len(batch))
        self._is_busy = False

    def _go_on(self, records: int) -> None:
        self._reached += records
        self._attempts, self._not_before, self._half = 0, 0, None

    def _come_again(self, batch: Sequence[Any], *, done: int, half: int | None) -> None:
        if done:
            self._go_on(done)
        self._attempts += 1
        self._half = half
        pause = min(_FIRST_PAUSE << min(self._attempts, 10), _LONGEST_PAUSE)
        self._not_before = self._mischief.clock() + pause
        if 0 <= self.source.retries < self._attempts:
            self.given_up += len(batch) - done
            self._go_on(len(batch) - done)

    def _drop_old(self) -> None:
        if self.source.oldest < 0:
            return
        oldest = self._mischief.clock() // 1000 - self.source.oldest
        while self._reached < len(self._shard):
            record = self._shard[self._reached]
            if record["dynamodb"]["ApproximateCreationDateTime"] >= oldest:
                return
            self.given_up += self.source.takes(record)
            self._go_on(1)
