"""When an account's digest comes."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from errand import zones
from errand.codecs import Instant
from errand.identity.accounts.model import Account


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """`at`: HH:MM, each day, on the clock of `zone`."""

    user_id: str
    at: str
    zone: str

    @classmethod
    def of(cls, account: Account) -> Self | None:
        """None: it wants none. Of one that is paused there is one, which finds so out each day."""
        if account.digest_time is None:
            return None
        return cls(user_id=account.id, at=account.digest_time, zone=account.timezone)

    @property
    def name(self) -> str:
        """Of its schedule: another one at another time, or in another zone. At most 64 characters.

        https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
        """
        zone = sha256(self.zone.encode()).hexdigest()[:8]
        return f"{prefix_of(self.user_id)}{self.at.replace(':', '')}-{zone}"

    @property
    def expression(self) -> str:
        """Of that time, each day.

        https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
        """
        hour, minute = (int(part) for part in self.at.split(":"))
        return f"cron({minute} {hour} * * ? *)"


def prefix_of(user_id: str) -> str:
    """What the names of all schedules of an account's digests begin with."""
    return f"digest-{user_id}-"


def is_paused(account: Account, *, now: Instant) -> bool:
    """Raises UnknownZone."""
    until = account.digest_paused_until
    return until is not None and zones.today(now, account.timezone) < until
