"""A session: one log-in on one device, kept alive by refresh tokens of which one is valid.

Each refresh token is computed from the one before and the session's seed. So a token that was used
before is told from one that never was, and a client that lost an answer gets the same one again,
though nothing but the digest of the present token is kept (RFC 9700, section 4.14).
"""

from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest, digest

from errand.accounts.model import Account
from errand.accounts.scopes import Scope
from errand.opaque import Opaque

IDLE_SECONDS = 30 * 24 * 60 * 60
LIFETIME_SECONDS = 365 * 24 * 60 * 60
GRACE_MS = 10_000
DEVICE_MAX = 100
# How far back a used token is recognised: 2 ms of computation.
_ANCESTORS_MAX = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """Instants are epoch milliseconds; `digest` is that of the refresh token now valid."""

    id: str
    user_id: str
    scopes: frozenset[Scope]
    device: str
    address: str | None
    seed: bytes = field(repr=False)
    digest: str
    created_at: int
    last_used_at: int

    @property
    def expires_at(self) -> int:
        """Epoch seconds."""
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
