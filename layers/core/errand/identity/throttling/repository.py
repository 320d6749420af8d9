"""Counters of attempts in EphemeralTable, and the addresses from which accounts were logged in to.

An attempt is counted by one conditional write, several counters by one transaction, so that of many
attempts at once no more are let through than one after the other.
"""

from typing import Protocol

from errand.errors import Overtaken, TooManyAttempts
from errand.identity.throttling.model import (
    KNOWN_SECONDS,
    Attempt,
    Counter,
    KnownAddress,
    Place,
)
from errand.storage.attempts import ConditionFailed
from errand.storage.kinds import COUNTER, KNOWN_ADDRESS, Key
from errand.storage.mapper import mapper
from errand.storage.operations import Delete, Put, Update, get
from errand.storage.unit import Unit, already_done

_COUNTERS = mapper(COUNTER, Counter)
_PLACES = mapper(KNOWN_ADDRESS, KnownAddress)


# Counters as they were seen last, None for one that is not there.
type Seen = dict[Attempt, Counter | None]


class CounterRepository(Protocol):
    def count(self, unit: Unit, attempt: Attempt, *, seen: Seen, now: int) -> None: ...

    def forget(self, unit: Unit, attempt: Attempt) -> None: ...

    def refund(self, unit: Unit, attempt: Attempt) -> None: ...

    def remember(self, unit: Unit, place: Place, *, now: int) -> None: ...

    def is_known(self, place: Place, *, now: int) -> bool: ...


class DynamoCounters:
    """CounterRepository on EphemeralTable."""

    def count(self, unit: Unit, attempt: Attempt, *, seen: Seen, now: int) -> None:
        """On the counter as it was `seen`, or unseen, if that is free.

        Refused as Overtaken, and `seen` tells what is there instead; as TooManyAttempts while
        others hold the counter.
        """

        def refused(failed: ConditionFailed) -> Exception:
            seen[attempt] = _COUNTERS.of(failed.item) if failed.item else None
            return Overtaken()

        write = _counting(attempt, seen.get(attempt), now)
        unit.add(write, refused, contended=lambda: TooManyAttempts(1))

    def forget(self, unit: Unit, attempt: Attempt) -> None:
        unit.add_optional(Delete(_COUNTERS.at(_key(attempt)), _COUNTERS.exists), already_done)

    def refund(self, unit: Unit, attempt: Attempt) -> None:
        """Takes one attempt back."""
        attempts = _COUNTERS["attempts"]
        item = _COUNTERS.at(_key(attempt))
        unit.add_optional(Update(item, [attempts.add(-1)], attempts > 0), already_done)

    def remember(self, unit: Unit, place: Place, *, now: int) -> None:
        known = KnownAddress(expires_at=now // 1000 + KNOWN_SECONDS)
        is_news = _PLACES.is_free | (_PLACES["expires_at"] < known.expires_at)
        unit.add_optional(Put(_PLACES.item(_place_key(place), known), is_news), already_done)

    def is_known(self, place: Place, *, now: int) -> bool:
        item = get(_PLACES.model, _place_key(place), consistent=False)
        return item is not None and _PLACES.of(item).expires_at > now // 1000


def _counting(attempt: Attempt, seen: Counter | None, now: int) -> Update:
    policy = attempt.policy
    item = _COUNTERS.at(_key(attempt))
    attempts, latest = _COUNTERS["attempts"], _COUNTERS["latest"]
    expires_at = _COUNTERS["expires_at"]
    if seen:
        counted = policy.counted(seen, now=now)
        # All of it, equal or not: a run that has expired begins anew.
        actions = _COUNTERS.actions(
            {
                "attempts": counted.attempts,
                "latest": counted.latest,
                "expires_at": counted.expires_at,
            }
        )
        return Update(item, actions, (attempts == seen.attempts) & (latest == seen.latest))
    # DynamoDB may leave an expired run in place for days.
    is_free = (attempts <= policy.free) & (expires_at > now // 1000)
    actions = [
        attempts.add(1),
        latest.set(now),
        expires_at.set(expires_at | policy.expires_at(now)),
    ]
    return Update(item, actions, _COUNTERS.is_free | is_free)


def _key(attempt: Attempt) -> Key:
    return COUNTER.key(f"{attempt.policy.name}#{attempt.key}")


def _place_key(place: Place) -> Key:
    known = place.known
    return KNOWN_ADDRESS.key(known.user_id, str(known.generation), place.address)
