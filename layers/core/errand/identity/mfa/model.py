"""The second step of a log-in: time-based one-time passwords, and codes for a lost phone.

RFC 6238 as authenticator apps have it: 6 digits of HMAC-SHA-1, a new one every 30 s.
"""

from dataclasses import dataclass
from typing import ClassVar

from errand.codecs import Seconds
from errand.fields import NOWHERE, Derived, Shown, kept
from errand.identity.accounts.model import Account
from errand.identity.throttling.model import Policy

PENDING_SECONDS = 60 * 60
RECOVERY_CODES = 10
OTP_MIN, OTP_MAX = 6, 64
# One-time passwords that somebody who is logged in types, by user id. Of a million three are right.
OTP_CHECK = Policy(
    name="otp_check", free=5, first_pause=1, longest_pause=15 * 60, memory=24 * 60 * 60
)


# Second steps of log-ins, whoever knows the password and from wherever, by user id.
LOG_IN_OTP = Policy(
    name="log_in_otp", free=5, first_pause=1, longest_pause=15 * 60, memory=24 * 60 * 60
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """A secret that no code was seen of yet."""

    secret: str = kept("se", secret=True)
    expires_at: Seconds = kept(
        "expires_at", shown=Shown.EXPORTS, meaning="When it is too late to confirm it"
    )

    DERIVED: ClassVar = (
        Derived(
            name="purpose",
            type=str,
            shown=Shown.EXPORTS,
            meaning="What it is to prove: `totp`, `realtime`, or what a mail was sent for",
        ),
    )

    @property
    def purpose(self) -> str:
        return "totp"

    def has_expired(self, *, now: int) -> bool:
        return now >= self.expires_at * 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Factor:
    """`recovery_digests`: of the codes not used so far; `last_step`: accepted, as all before it."""

    secret: str = kept("se", secret=True)
    # DynamoDB keeps no empty set.
    recovery_digests: frozenset[str] = kept("rc", default=frozenset(), secret=True)
    last_step: int = kept("ls", shown=NOWHERE)

    DERIVED: ClassVar = (
        Derived(
            name="recovery_codes_left",
            type=int,
            shown=Shown.EXPORTS,
            meaning="How many recovery codes have not been used",
        ),
    )

    @property
    def recovery_codes_left(self) -> int:
        return len(self.recovery_digests)


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    account: Account | None = None
    pending: Pending | None = None
    factor: Factor | None = None


@dataclass(frozen=True, slots=True)
class TimeStep:
    """30 s, counted since 1970."""

    number: int


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    digest: str


# What a right code was; good for one use.
type Proof = TimeStep | RecoveryCode


@dataclass(frozen=True, kw_only=True, slots=True)
class Passed:
    recovery_code_used: bool
    recovery_codes_left: int
