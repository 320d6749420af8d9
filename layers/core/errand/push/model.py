"""A subscription: a browser in which an account's reminders are shown, by its push service.

https://www.w3.org/TR/push-api/
"""

from base64 import b32hexencode
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import ClassVar, Self
from urllib.parse import urlsplit

from errand.codecs import ID, Instant, Seconds
from errand.fields import NOWHERE, TO_OWNER, Derived, kept
from errand.identity.sessions.model import LIFETIME_SECONDS

SUBSCRIPTIONS_MAX = 20
# What a client registers at each of its starts is written once a day.
FRESH_MS = 24 * 60 * 60 * 1000
# For which the public key is kept for those who ask; whoever sends keeps it anew.
KEY_KEPT_SECONDS = 30 * 24 * 60 * 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """What a browser says of itself. `expires_at`: epoch seconds, None if it does not say."""

    endpoint: str
    public_key: bytes
    auth: bytes
    expires_at: Seconds | None = None

    @property
    def id(self) -> str:
        """Of what its push service knows it by: a browser that comes again is the same."""
        digest = sha256(self.endpoint.encode()).digest()[:16]
        return b32hexencode(digest).decode().rstrip("=").lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscription:
    """The table of its fields.

    Who has `endpoint` can have its push service deliver, who has the keys can be read there: they
    are told to nobody.
    """

    id: str = kept("sk", codec=ID, shown=TO_OWNER, meaning="Of a browser, always the same")
    user_id: str = kept("pk", codec=ID, shown=NOWHERE)
    session_id: str = kept(
        "se", shown=TO_OWNER, meaning="The session that registered it: with it, it ends"
    )
    endpoint: str = kept("u", secret=True)
    public_key: bytes = kept("pu", secret=True)
    auth: bytes = kept("au", secret=True)
    created_at: Instant = kept("ca", shown=TO_OWNER, meaning="When it was first registered")
    registered_at: Instant = kept("ra", shown=NOWHERE)
    last_sent_at: Instant | None = kept(
        "ls",
        default=None,
        shown=TO_OWNER,
        meaning="When its push service last took a reminder; null: it has not yet",
    )
    last_failed_at: Instant | None = kept(
        "lf", default=None, shown=TO_OWNER, meaning="When it last did not; null: never"
    )
    last_failure: str | None = kept("le", default=None, shown=TO_OWNER, meaning="Why it did not")
    expires_at: Seconds = kept(
        "expires_at", shown=TO_OWNER, meaning="When it ends at the latest, unless registered again"
    )

    DERIVED: ClassVar = (
        Derived(
            name="push_service",
            type=str,
            shown=TO_OWNER,
            meaning="The host of the browser's push service, such as fcm.googleapis.com",
        ),
    )

    @classmethod
    def of(cls, said: Registration, *, user_id: str, session_id: str, now: Instant) -> Self:
        longest = now // 1000 + LIFETIME_SECONDS
        return cls(
            id=said.id,
            user_id=user_id,
            session_id=session_id,
            endpoint=said.endpoint,
            public_key=said.public_key,
            auth=said.auth,
            created_at=now,
            registered_at=now,
            expires_at=min(longest, said.expires_at or longest),
        )

    @property
    def push_service(self) -> str:
        return urlsplit(self.endpoint).hostname or ""

    def following(self, old: Self) -> Self:
        """The same browser, registered again."""
        return replace(
            self,
            created_at=old.created_at,
            last_sent_at=old.last_sent_at,
            last_failed_at=old.last_failed_at,
            last_failure=old.last_failure,
        )

    def says_as_much(self, old: Self) -> bool:
        """Whether nothing is lost if this one is not written in place of `old`."""
        is_same = (self.session_id, self.endpoint, self.public_key, self.auth) == (
            old.session_id,
            old.endpoint,
            old.public_key,
            old.auth,
        )
        is_short = self.expires_at < old.expires_at
        return is_same and not is_short and self.registered_at < old.registered_at + FRESH_MS

    def is_over(self, *, now: Instant) -> bool:
        return now >= self.expires_at * 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class BrowserOwner:
    """Whose the browser of this key is: who registered it last."""

    user_id: str = kept("uid", shown=NOWHERE)
    expires_at: Seconds = kept("expires_at", shown=NOWHERE)


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicKey:
    """`text`: a point of P-256 in base64url, as browsers take it."""

    text: str = kept("k", shown=NOWHERE)
    expires_at: Seconds = kept("expires_at", shown=NOWHERE)
