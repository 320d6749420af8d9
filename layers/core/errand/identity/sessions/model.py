"""A session: one log-in on one device, kept alive by refresh tokens of which one is valid.

Each refresh token is computed from the one before and the session's seed. So a token that was used
before is told from one that never was, and a client that lost an answer gets the same one again,
though nothing but the digest of the present token is kept (RFC 9700, section 4.14).
"""

from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, digest
from typing import ClassVar

from errand.codecs import ID, Instant, Seconds
from errand.fields import NOWHERE, TO_OWNER, Derived, Shown, kept
from errand.identity.accounts.model import Account
from errand.identity.scopes import SCOPES, Scope
from errand.opaque import Opaque

IDLE_SECONDS = 30 * 24 * 60 * 60
LIFETIME_SECONDS = 365 * 24 * 60 * 60
# Longer than any request of ours takes, and the gateway waits (30 s): who lost an answer may not
# know before.
GRACE_MS = 60_000
DEVICE_MAX = 100
# How far back a used token is recognised: 2 ms of computation.
_ANCESTORS_MAX = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """The table of a session's fields; `digest` is that of the refresh token now valid."""

    id: str = kept("sk", codec=ID, shown=TO_OWNER, meaning="What to end it by")
    user_id: str = kept("pk", codec=ID, shown=NOWHERE)
    device: str = kept(
        "dn", shown=TO_OWNER, meaning="As the log-in named it, or the beginning of its User-Agent"
    )
    address: str | None = kept(
        "ip", default=None, shown=TO_OWNER, meaning="Where the log-in came from"
    )
    scopes: frozenset[Scope] = kept(
        "sc", codec=SCOPES, shown=TO_OWNER, meaning="What its tokens allow"
    )
    created_at: Instant = kept("ca", shown=TO_OWNER, meaning="When it was logged in")
    last_used_at: Instant = kept("lu", shown=TO_OWNER, meaning="When its tokens were last renewed")
    seed: bytes = kept("sd", secret=True)
    digest: str = kept("h", secret=True)
    renewed_by: str | None = kept(
        "rb", default=None, shown=NOWHERE, meaning="Which client renewed its tokens last"
    )
    grace_used: bool = kept(
        "gu", default=False, shown=NOWHERE, meaning="Whether the token before was used once more"
    )

    DERIVED: ClassVar = (
        Derived(
            name="expires_at",
            type=Seconds,
            stored="expires_at",
            shown=TO_OWNER,
            meaning="When it ends unless its tokens are renewed before",
        ),
        Derived(
            name="current",
            type=bool,
            attribute="is_asking",
            shown=Shown.EXPORTS,
            meaning="Always false here: no session asks for a document",
        ),
    )

    @property
    def is_asking(self) -> bool:
        """Which one asks, only a list of sessions knows; a document is asked for by none."""
        return False

    @property
    def expires_at(self) -> Seconds:
        return min(
            self.last_used_at // 1000 + IDLE_SECONDS, self.created_at // 1000 + LIFETIME_SECONDS
        )

    def has_ended(self, account: Account, *, now: int) -> bool:
        if now >= self.expires_at * 1000:
            return True
        ended_before = account.sessions_from
        is_kept = self.id == account.kept_session
        return ended_before is not None and self.created_at <= ended_before and not is_kept

    def successor(self, token: Opaque) -> Opaque:
        return Opaque(token.ids, digest(self.seed, token.secret, sha256))

    def age_of(self, token: Opaque) -> int | None:
        """How many times `token` was replaced since it was valid; None for one that never was."""
        for age in range(_ANCESTORS_MAX):
            if compare_digest(token.digest, self.digest):
                return age
            token = self.successor(token)
        return None
