"""Who sent a request."""

from dataclasses import dataclass

from errand import zones
from errand.identity.scopes import Scope


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who sent a request, and what the token that came with it allows."""

    user_id: str
    scopes: frozenset[Scope]
    session_id: str | None = None  # None: it was a personal access token
    token_id: str | None = None
    # Of the account: what its owner's clock shows.
    timezone: str = zones.DEFAULT
    # Whether open tasks of the account are to be looked at before there are more.
    is_nearly_full: bool = False
