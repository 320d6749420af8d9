"""How often somebody may try: the rules, without a clock.

A run of attempts is free at first; each one beyond that asks for a pause twice as long before the
next. A run is forgotten some time after it began, not after it was last added to: an address that
thousands share is never quiet, and would never be forgiven.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Self

from errand.codecs import Instant, Seconds
from errand.fields import NOWHERE, Shown, kept
from errand.folding import folded

_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60

KNOWN_SECONDS = 90 * _DAY


@dataclass(frozen=True, kw_only=True, slots=True)
class Counter:
    """A run: how many attempts, the latest of them, and when it is forgotten."""

    attempts: int = kept("n", shown=NOWHERE)
    latest: Instant = kept("at", shown=NOWHERE)
    expires_at: Seconds = kept("expires_at", shown=NOWHERE)


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownAddress:
    """That somebody logged in from the place of this key."""

    expires_at: Seconds = kept(
        "expires_at", shown=Shown.EXPORTS, meaning="When it is known no longer"
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """Pauses and memory in seconds; the name is part of the counters' keys."""

    name: str
    free: int
    first_pause: int
    longest_pause: int
    memory: int

    def pause(self, attempts: int) -> int:
        """Seconds between the last of so many attempts and the next."""
        if attempts <= self.free:
            return 0
        # More doublings than that are beyond the longest anyway.
        doublings = min(attempts - self.free - 1, self.longest_pause.bit_length())
        return min(self.first_pause << doublings, self.longest_pause)

    def wait(self, counter: Counter, *, now: int) -> int:
        """Whole seconds until the next attempt, 0 for at once."""
        if counter.expires_at <= now // 1000:
            return 0
        left = counter.latest + self.pause(counter.attempts) * 1000 - now
        return max(0, -(-left // 1000))

    def counted(self, counter: Counter, *, now: int) -> Counter:
        """With one attempt more."""
        if counter.expires_at <= now // 1000:
            return Counter(attempts=1, latest=now, expires_at=self.expires_at(now))
        return Counter(attempts=counter.attempts + 1, latest=now, expires_at=counter.expires_at)

    def expires_at(self, now: int) -> int:
        """When a run that begins now is forgotten."""
        return now // 1000 + self.memory

    def by(self, *who: str) -> "Attempt":
        """An attempt by whoever these texts name; people's names in any spelling."""
        return Attempt(policy=self, key=_hashed(*who))


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """`key` tells nobody's name or address."""

    policy: Policy
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """An address from which somebody logged in to an account; it cannot be read in it."""

    known: "Known"
    address: str

    @classmethod
    def of(cls, known: "Known", address: str) -> Self:
        return cls(known=known, address=_hashed(address))


@dataclass(frozen=True, slots=True)
class Known:
    """Whom devices and addresses are known to: an account as long as its credentials last."""

    user_id: str
    generation: int


def _hashed(*who: str) -> str:
    # As JSON no two lists are one text, and halves of characters, which forms can carry, are bytes.
    return hashlib.sha256(json.dumps([folded(text) for text in who]).encode()).hexdigest()


# Guesses at one account's password, from wherever.
LOG_IN_ACCOUNT = Policy(
    name="log_in_account", free=5, first_pause=1, longest_pause=15 * _MINUTE, memory=_DAY
)
# Guesses from one address, at whichever account.
LOG_IN_ADDRESS = Policy(
    name="log_in_address", free=50, first_pause=1, longest_pause=15 * _MINUTE, memory=_HOUR
)
# Instead of both, from a device or an address from which somebody logged in to the account before.
LOG_IN_KNOWN = Policy(
    name="log_in_known", free=10, first_pause=1, longest_pause=_MINUTE, memory=_HOUR
)
# All of those together, of one account: devices and addresses may be many.
LOG_IN_KNOWN_ALL = Policy(
    name="log_in_known_all", free=20, first_pause=1, longest_pause=5 * _MINUTE, memory=_DAY
)
# The password that somebody who is logged in types again, by user id.
PASSWORD_CHECK = Policy(
    name="password_check", free=5, first_pause=1, longest_pause=15 * _MINUTE, memory=_DAY
)
REGISTER_ADDRESS = Policy(
    name="register_address", free=20, first_pause=1, longest_pause=_HOUR, memory=_DAY
)
# Names that a user would rather have; whoever asks for one learns whether somebody has it.
NAMES_TRIED = Policy(name="names_tried", free=20, first_pause=1, longest_pause=_HOUR, memory=_DAY)
RECOVER_ADDRESS = Policy(
    name="recover_address", free=10, first_pause=1, longest_pause=_HOUR, memory=_DAY
)
# Each may be a mail in somebody's inbox.
RECOVER_ACCOUNT = Policy(
    name="recover_account", free=3, first_pause=_MINUTE, longest_pause=_HOUR, memory=_DAY
)
# Each may be 25,000 tasks: five at once, then one in six hours.
IMPORTS_BEGUN = Policy(
    name="imports_begun", free=4, first_pause=6 * _HOUR, longest_pause=6 * _HOUR, memory=_DAY
)
