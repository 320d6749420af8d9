"""Counters of attempts in EphemeralTable, and the addresses from which accounts were logged in to.

An attempt is counted by one conditional write, several counters by one transaction, so that of many
attempts at once no more are let through than one after the other.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from pynamodb.attributes import NumberAttribute

from errand.errors import TooManyAttempts
from errand.storage.operations import (
    ConditionFailed,
    Delete,
    Put,
    RawItem,
    TransactionConflict,
    TransactionFailed,
    Update,
    Write,
    execute,
    get,
    query,
    transact,
)
from errand.storage.tables import EphemeralItem
from errand.throttling.model import KNOWN_SECONDS, Attempt, Counter, Place, Step

_COUNTER = "THROTTLE"
# As many as a transaction takes; nobody logs in from a thousand addresses in 90 days.
_PLACES_AT_ONCE = 100
_FORGETTING_ROUNDS = 10


class CounterItem(EphemeralItem):
    n = NumberAttribute()
    at = NumberAttribute()


class CounterRepository(Protocol):
    def count(self, steps: Sequence[Step], *, now: int) -> list[Step]: ...

    def settle(
        self,
        *,
        forgotten: Sequence[Attempt] = (),
        refunded: Sequence[Attempt] = (),
        place: Place | None = None,
        now: int,
    ) -> None: ...

    def is_known(self, place: Place, *, now: int) -> bool: ...

    def forget_places(self, account: str) -> None: ...


class DynamoCounters:
    """CounterRepository on EphemeralTable."""

    def count(self, steps: Sequence[Step], *, now: int) -> list[Step]:
        """Nothing if every step was counted; else none was, and these are what is stored now.

        Raises TooManyAttempts while others hold the counters.
        """
        try:
            failures = _failures([_counting(step, now) for step in steps])
        except TransactionConflict:
            raise TooManyAttempts(1) from None
        return [
            replace(step, seen=_counter(failure.item)) if failure else step
            for step, failure in zip(steps, failures, strict=False)
        ]

    def settle(
        self,
        *,
        forgotten: Sequence[Attempt] = (),
        refunded: Sequence[Attempt] = (),
        place: Place | None = None,
        now: int,
    ) -> None:
        """Forget whole runs, take one attempt back from others, remember a place."""
        writes: list[Write] = [
            Delete(_key(attempt), CounterItem.pk.exists()) for attempt in forgotten
        ]
        writes += [
            Update(_key(attempt), [CounterItem.n.add(-1)], CounterItem.n > 0)
            for attempt in refunded
        ]
        if place:
            writes.append(_remembering(place, now))
        while writes:
            failures = _failures(writes)
            # What has been forgotten, taken back or remembered meanwhile is as it should be.
            writes = [
                write for write, failure in zip(writes, failures, strict=False) if failure is None
            ]

    def is_known(self, place: Place, *, now: int) -> bool:
        item = get(EphemeralItem, *_place_key(place), consistent=False)
        return item is not None and int(item["expires_at"]["N"]) > now // 1000

    def forget_places(self, account: str) -> None:
        """All of an account, named as places name it."""
        pk = _places_key(account)
        for _ in range(_FORGETTING_ROUNDS):
            items, _ = query(EphemeralItem, pk, limit=_PLACES_AT_ONCE, ascending=True)
            if not items:
                return
            keys = [EphemeralItem(pk, item["sk"]["S"]) for item in items]
            # One of them may have expired meanwhile: then they are looked for again.
            with suppress(TransactionFailed):
                transact([Delete(key, EphemeralItem.pk.exists()) for key in keys])


def _failures(writes: Sequence[Write]) -> Sequence[ConditionFailed | None]:
    """Empty if all was written, else nothing was."""
    try:
        if len(writes) == 1:
            execute(writes[0])
        else:
            transact(writes)
    except ConditionFailed as failed:
        return [failed]
    except TransactionFailed as failed:
        return failed.failures
    return ()


def _counting(step: Step, now: int) -> Update:
    policy, seen = step.attempt.policy, step.seen
    if seen:
        counted = policy.counted(seen, now=now)
        return Update(
            _key(step.attempt),
            [
                CounterItem.n.set(counted.attempts),
                CounterItem.at.set(counted.latest),
                CounterItem.expires_at.set(counted.expires_at),
            ],
            (CounterItem.n == seen.attempts) & (CounterItem.at == seen.latest),
        )
    # DynamoDB may leave an expired run in place for days.
    is_free = (CounterItem.n <= policy.free) & (CounterItem.expires_at > now // 1000)
    return Update(
        _key(step.attempt),
        [
            CounterItem.n.add(1),
            CounterItem.at.set(now),
            CounterItem.expires_at.set(CounterItem.expires_at | policy.expires_at(now)),
        ],
        CounterItem.pk.does_not_exist() | is_free,
    )


def _remembering(place: Place, now: int) -> Put:
    item = EphemeralItem(*_place_key(place), expires_at=now // 1000 + KNOWN_SECONDS)
    is_news = EphemeralItem.pk.does_not_exist() | (EphemeralItem.expires_at < item.expires_at)
    return Put(item, is_news)


def _key(attempt: Attempt) -> CounterItem:
    return CounterItem(f"THROTTLE#{attempt.policy.name}#{attempt.key}", _COUNTER)


def _place_key(place: Place) -> tuple[str, str]:
    return _places_key(place.account), f"ADDRESS#{place.address}"


def _places_key(account: str) -> str:
    return f"THROTTLE#known#{account}"


def _counter(item: RawItem | None) -> Counter | None:
    if item is None:
        return None
    return Counter(
        attempts=int(item["n"]["N"]),
        latest=int(item["at"]["N"]),
        expires_at=int(item["expires_at"]["N"]),
    )
