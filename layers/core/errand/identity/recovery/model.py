"""Tokens that come by mail: who has one reads the mail of the account."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from errand.codecs import ID, Codec, Instant, Seconds
from errand.fields import NOWHERE, Derived, Shown, kept

LIFETIME_SECONDS = 60 * 60


class Purpose(StrEnum):
    PASSWORD_RECOVERY = "password_recovery"  # noqa: S105 - a purpose's name
    EMAIL_VERIFICATION = "email_verification"


# The ids of its key: MAILED#<purpose>#<digest>.
_PURPOSE = Codec(tag="S", shape=Purpose, take=lambda key: Purpose(key.split("#")[1]), show=str)
_DIGEST = Codec(tag="S", shape=str, take=lambda key: key.split("#")[2])


@dataclass(frozen=True, kw_only=True, slots=True)
class MailedToken:
    """The table of its fields; `digest` (errand.opaque) stands for the token itself."""

    user_id: str = kept("pk", codec=ID, shown=NOWHERE)
    purpose: Purpose = kept("sk", codec=_PURPOSE, shown=Shown.EXPORTS)
    digest: str = kept("sk", codec=_DIGEST, secret=True)
    # The address that it was sent to.
    email: str = kept("em", shown=NOWHERE)
    created_at: Instant = kept("ca", shown=NOWHERE)

    DERIVED: ClassVar = (
        Derived(name="expires_at", type=Seconds, stored="expires_at", shown=Shown.EXPORTS),
    )

    @property
    def expires_at(self) -> Seconds:
        return self.created_at // 1000 + LIFETIME_SECONDS

    def is_alive(self, now: int) -> bool:
        return now < self.created_at + LIFETIME_SECONDS * 1000
