"""Tokens by which whoever reads a mail can do without the next one."""

from dataclasses import dataclass
from typing import ClassVar

from errand.codecs import ID, LAST_ID, Codec, Instant, Seconds
from errand.fields import NOWHERE, Derived, Shown, kept
from errand.identity.accounts.model import MailTopic

# Somebody may open a mail late; laws ask for 30 days (CAN-SPAM).
LIFETIME_SECONDS = 90 * 24 * 60 * 60

_TOPIC = Codec(tag="S", shape=MailTopic, keep=str, take=MailTopic, show=str)


@dataclass(frozen=True, kw_only=True, slots=True)
class UnsubscribeToken:
    """`digest` (errand.opaque) stands for the token itself.

    It is kept when it was used: programs ask twice, and are answered the same again.
    """

    user_id: str = kept("pk", codec=ID, shown=NOWHERE)
    digest: str = kept("sk", codec=LAST_ID, secret=True)
    topic: MailTopic = kept("tp", codec=_TOPIC, shown=NOWHERE)
    created_at: Instant = kept("ca", shown=NOWHERE)
    used_at: Instant | None = kept("ud", default=None, shown=NOWHERE)

    DERIVED: ClassVar = (
        Derived(name="purpose", type=str, shown=Shown.EXPORTS),
        Derived(name="expires_at", type=Seconds, stored="expires_at", shown=Shown.EXPORTS),
    )

    @property
    def purpose(self) -> str:
        return "unsubscribe"

    @property
    def expires_at(self) -> Seconds:
        return self.created_at // 1000 + LIFETIME_SECONDS

    def is_alive(self, now: int) -> bool:
        return now < self.created_at + LIFETIME_SECONDS * 1000
