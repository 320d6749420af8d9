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
    LOG_IN_KNOWN_ALL,
    Attempt,
    Known,
    Place,
)
from errand.identity.throttling.repository import CounterRepository, Seen
from errand.storage.unit import Store, Unit, repeated


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
        self, *, forgotten: tuple[Attempt, ...] = (), refunded: tuple[Attempt, ...] = ()
    ) -> None:
        """Forget whole runs, take single attempts back."""
        unit = Unit()
        self.forgive(unit, forgotten=forgotten, refunded=refunded)
        # What was admitted is done by now; not being forgiven is no reason for it to fail.
        with suppress(StorageUnavailable):
            self._store.commit(unit)

    def forgive(
        self,
        unit: Unit,
        *,
        forgotten: tuple[Attempt, ...] = (),
        refunded: tuple[Attempt, ...] = (),
        place: Place | None = None,
    ) -> None:
        """With what was admitted, as far as the counters are to be had: others hold them, too."""
        for attempt in forgotten:
            self._counters.forget(unit, attempt)
        for attempt in refunded:
            self._counters.refund(unit, attempt)
        if place:
            self._counters.remember(unit, place, now=self._clock())


@dataclass(frozen=True, kw_only=True, slots=True)
class Admission:
    """What an attempt to log in was counted on: its own run, and those it shares with others."""

    own: Attempt
    shared: tuple[Attempt, ...] = ()
    place: Place | None = None


class LogInGuard:
    """Strangers to an account share its counter and that of their address.

    From a known device or address guesses have a run of their own, which no stranger can add to,
    and one that all known ones of the account share. The strangers' counters are left alone then:
    neither holds the owner back, nor is forgiven for them.
    """

    def __init__(self, *, counters: CounterRepository, throttle: Throttle, clock: Clock) -> None:
        self._counters = counters
        self._throttle = throttle
        self._clock = clock

    def admit(
        self, *, username: str, known: Known, address: str | None, device: str | None
    ) -> Admission:
        """Raises TooManyAttempts. `device`: the id in a device token of this very account.

        `known`: of the account that has the name; of nobody's if none has.
        """
        place = Place.of(known, address) if address else None
        if device:
            return self._admit_known("device", device, known, place)
        own = LOG_IN_ACCOUNT.by(username)
        shared = (LOG_IN_ADDRESS.by(address),) if address else ()
        try:
            self._throttle.count(own, *shared)
        # Strangers can be so many that DynamoDB throttles their counter.
        except (TooManyAttempts, StorageUnavailable):
            if not (place and self._counters.is_known(place, now=self._clock())):
                raise
            return self._admit_known("address", place.address, known, place)
        return Admission(own=own, shared=shared, place=place)

    def succeeded(self, unit: Unit, admission: Admission) -> None:
        """Forgets the attempts that led here, but of a shared run, maybe a guesser's, only one."""
        self._throttle.forgive(
            unit, forgotten=(admission.own,), refunded=admission.shared, place=admission.place
        )

    def excuse(self, admission: Admission) -> None:
        """Takes the attempt back: what was sent was right, but more is asked for."""
        self._throttle.settle(refunded=(admission.own, *admission.shared))

    def _admit_known(self, what: str, which: str, known: Known, place: Place | None) -> Admission:
        own = LOG_IN_KNOWN.by(what, known.user_id, str(known.generation), which)
        together = LOG_IN_KNOWN_ALL.by(known.user_id)
        self._throttle.count(own, together)
        return Admission(own=own, shared=(together,), place=place)
