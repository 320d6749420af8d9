"""Tokens that come by mail: who has one reads the mail of the account."""

from dataclasses import dataclass
from enum import StrEnum

LIFETIME_SECONDS = 60 * 60


class Purpose(StrEnum):
    PASSWORD_RECOVERY = "password_recovery"  # noqa: S105 - a purpose's name
    EMAIL_VERIFICATION = "email_verification"


@dataclass(frozen=True, kw_only=True, slots=True)
class MailedToken:
    """As it is kept, in EphemeralTable: `digest` (errand.opaque) stands for the token itself."""

    user_id: str
    purpose: Purpose
    digest: str
    email: str  # the address that it was sent to
    created_at: int  # epoch milliseconds

    @property
    def sort_key(self) -> str:
        return sort_key(self.purpose, self.digest)

    @property
    def expires_at(self) -> int:
        """Epoch seconds, for the TTL."""
        return self.created_at // 1000 + LIFETIME_SECONDS

    def is_alive(self, now: int) -> bool:
        return now < self.created_at + LIFETIME_SECONDS * 1000


def sort_key(purpose: Purpose, digest: str) -> str:
    return f"MAILED#{purpose}#{digest}"
