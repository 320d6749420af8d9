"""An account and the names that lead to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from errand.accounts.identities import key_of
from errand.accounts.scopes import Scope
from errand.text import folded

# Attribute of Account to new value, for those that change.
type AccountChanges = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Instants are epoch milliseconds; `version` counts changes from 1."""

    id: str
    username: str
    password_hash: str
    email: str | None = None
    full_name: str | None = None
    email_verified: bool = False
    disabled: bool = False
    admin: bool = False
    mfa: bool = False
    # Sessions opened before it have ended, all but one.
    sessions_from: int | None = None
    kept_session: str | None = None
    created_at: int
    updated_at: int
    version: int = 1

    def identities(self) -> dict[str, str]:
        """Kind to the key that is unique among all accounts."""
        names = {"username": self.username, "email": self.email}
        return {kind: identity_key(kind, name) for kind, name in names.items() if name}


def identity_key(kind: str, name: str) -> str:
    return key_of(kind, folded(name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who sent a request, and what the token that came with it allows."""

    user_id: str
    scopes: frozenset[Scope]
    session_id: str | None = None  # None: it was a personal access token
    token_id: str | None = None
