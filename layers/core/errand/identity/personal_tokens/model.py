"""Personal access tokens, for scripts: `errand_pat_`, two ids, a secret and a check sum.

The form is fixed (PATTERN), so that a scanner finds a token in a repository and a typing error
is told without asking anybody.
"""

import re
from base64 import b32hexencode
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from secrets import token_bytes
from zlib import crc32

from errand.codecs import ID, Instant
from errand.errors import InvalidToken
from errand.fields import NOWHERE, TO_OWNER, By, kept
from errand.identity.accounts.model import Account
from errand.identity.scopes import SCOPES, Scope

NAME_MAX = 100
TOKENS_MAX = 50
MARK = "errand_pat_"
_ID = "[0-9a-v]{25}[048cgkos]"
PATTERN = f"^{MARK}{_ID}{_ID}[0-9a-v]{{39}}$"
_PARTS = re.compile(rf"{MARK}({_ID})({_ID})([0-9a-v]{{32}})([0-9a-v]{{7}})")
_SECRET_BYTES = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonalToken:
    """The table of a token's fields; `digest` is its SHA-256, all that is kept of the text."""

    id: str = kept("sk", codec=ID, shown=TO_OWNER, meaning="What to revoke it by; no secret")
    user_id: str = kept("pk", codec=ID, shown=NOWHERE)
    name: str = kept(
        "nm", by=By.CLIENT, shown=TO_OWNER, meaning="What it is for, in its owner's words"
    )
    scopes: frozenset[Scope] = kept(
        "sc", codec=SCOPES, by=By.CLIENT, shown=TO_OWNER, meaning="What it allows"
    )
    created_at: Instant = kept("ca", shown=TO_OWNER, meaning="When it was made")
    expires_at: Instant | None = kept(
        "ex", by=By.CLIENT, default=None, shown=TO_OWNER, meaning="When it ends; null: never"
    )
    last_used_on: date | None = kept(
        "lu",
        default=None,
        shown=TO_OWNER,
        meaning="The day of its last use, in UTC; null: none yet",
    )
    digest: str = kept("h", secret=True)

    def has_expired(self, *, now: int) -> bool:
        return self.expires_at is not None and now >= self.expires_at

    def has_ended(self, account: Account) -> bool:
        """With all others that the account had at some instant."""
        return account.tokens_from is not None and self.created_at <= account.tokens_from


@dataclass(frozen=True, slots=True)
class Presented:
    user_id: str
    id: str
    digest: str


def make(*, user_id: str, token_id: str) -> str:
    body = f"{MARK}{user_id}{token_id}{_base32(token_bytes(_SECRET_BYTES))}"
    return body + _check_sum(body)


def parse(text: str) -> Presented:
    """Raises InvalidToken, also for a wrong check sum."""
    parts = _PARTS.fullmatch(text)
    if parts is None or _check_sum(text[: parts.start(4)]) != parts[4]:
        raise InvalidToken
    return Presented(parts[1], parts[2], digest_of(text))


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _check_sum(body: str) -> str:
    return _base32(crc32(body.encode()).to_bytes(4))


def _base32(content: bytes) -> str:
    return b32hexencode(content).decode().rstrip("=").lower()
