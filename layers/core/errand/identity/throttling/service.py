"""Who may try now, and how a log-in is let through to its owner while others guess.

Nothing here looks at accounts: a name that nobody has is treated as one that somebody has.
"""

from contextlib import suppress
from dataclasses import dataclass

from errand.clock import Clock
from errand.errors import Contended, StorageUnavailable, TooManyAttempts
from errand.identity.throttling.model import (
    LOG_IN_ACCOUNT,
    LOG_IN_ADDRESS,
    LOG_IN_KNOWN,
    Attempt,
    Place,
)
from errand.identity.throttling.repository import CounterRepository, Seen
from errand.storage.unit import Store, Unit, repeated

# As many places as are forgotten at once, so many times.
_FORGETTING_ROUNDS = 10


class Throttle:
    def __init__(self, *, counters: CounterRepository, store: Store, clock: Clock) -> None:
        self._counters = counters
        self._store = store
        self._clock = clock

    def count(self, *attempts: Attempt) -> None:
        """Before the work it protects: all of them, or none and TooManyAttempts."""
        now = self._clock()

        def count(seen: Seen) -> None:
            wait = max(
                (
                    attempt.policy.wait(counter, now=now)
                    for attempt, counter in seen.items()
                    if counter
                ),
                default=0,
            )
            if wait:
                raise TooManyAttempts(wait)
            unit = Unit()
            for attempt in attempts:
                self._counters.count(unit, attempt, seen=seen, now=now)
            self._store.commit(unit)

        seen: Seen = {}
        try:
            repeated(lambda: seen, count)
        except Contended:
            raise TooManyAttempts(1) from None

    def forget(self, *attempts: Attempt) -> None:
        """It was the right one: the runs that these attempts ended count no longer."""
        self.settle(forgotten=attempts)

    def settle(
        self,
        *,
        forgotten: tuple[Attempt, ...] = (),
        refunded: tuple[Attempt, ...] = (),
        place: Place | None = None,
    ) -> None:
        """Forget whole runs, take single attempts back, make a place known."""
        unit = Unit()
        for attempt in forgotten:
            self._counters.forget(unit, attempt)
        for attempt in refunded:
            self._counters.refund(unit, attempt)
        if place:
            self._counters.remember(unit, place, now=self._clock())
        # What was admitted is done by now; not being forgiven is no reason for it to fail.
        with suppress(StorageUnavailable):
            self._store.commit(unit)

    def forget_places(self, username: str) -> None:
        """Of a name that its owner has given up."""
        account = Place.account_of(username)
        # It is given up by now, and places expire by themselves.
        with suppress(StorageUnavailable):
            for _ in range(_FORGETTING_ROUNDS):
                unit = Unit()
                has_more = self._counters.forget_places(unit, account)
                self._store.commit(unit)
                if not has_more:
                    return


@dataclass(frozen=True, kw_only=True, slots=True)
class Admission:
    """What an attempt to log in was counted on: its own run, and one it shares with others."""

    own: Attempt
    shared: tuple[Attempt, ...] = ()
    place: Place | None = None


class LogInGuard:
    """Strangers to an account share its counter and that of their address.

    From a known device or address guesses have a run of their own, which no stranger can add to.
    Both counters are left alone then: neither holds the owner back, nor is forgiven for them.
    """

    def __init__(self, *, counters: CounterRepository, throttle: Throttle, clock: Clock) -> None:
        self._counters = counters
        self._throttle = throttle
        self._clock = clock

    def admit(self, *, username: str, address: str | None, device: str | None) -> Admission:
        """Raises TooManyAttempts. `device`: the id in a device token of this very username."""
        place = Place.of(username, address) if address else None
        if device:
            return self._admit_known(LOG_IN_KNOWN.by("device", username, device), place)
        own = LOG_IN_ACCOUNT.by(username)
        shared = (LOG_IN_ADDRESS.by(address),) if address else ()
        try:
            self._throttle.count(own, *shared)
        # Strangers can be so many that DynamoDB throttles their counter.
        except (TooManyAttempts, StorageUnavailable):
            if not (place and self._counters.is_known(place, now=self._clock())):
                raise
            known = LOG_IN_KNOWN.by("address", place.account, place.address)
            return self._admit_known(known, place)
        return Admission(own=own, shared=shared, place=place)

    def succeeded(self, admission: Admission) -> None:
        """Forgets the attempts that led here, but of the address's, maybe a guesser's, only one."""
        self._throttle.settle(
            forgotten=(admission.own,), refunded=admission.shared, place=admission.place
        )

    def excuse(self, admission: Admission) -> None:
        """Takes the attempt back: what was sent was right, but more is asked for."""
        self._throttle.settle(refunded=(admission.own, *admission.shared))

    def _admit_known(self, own: Attempt, place: Place | None) -> Admission:
        self._throttle.count(own)
        return Admission(own=own, place=place)
