"""Who waits for changes: tickets, each good for opening one socket, and sockets that are open.

A message is a hint: that the log of changes has an entry of that number. What has changed, `GET
/sync` tells.
"""

import json
from dataclasses import dataclass, replace
from typing import ClassVar

from errand.codecs import ID, Instant, Seconds
from errand.fields import NOWHERE, Derived, Shown, kept
from errand.identity.accounts.model import Account
from errand.identity.personal_tokens.model import PersonalToken
from errand.identity.sessions.model import Session
from errand.identity.throttling.model import Policy

TICKET_SECONDS = 60
# No socket of API Gateway's lives longer.
SOCKET_SECONDS = 2 * 60 * 60
SOCKETS_MAX = 50
# Each may open a socket, by user id: one for every pause that a client makes before it comes again.
TICKETS = Policy(name="realtime_ticket", free=100, first_pause=1, longest_pause=60, memory=10 * 60)


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """What somebody was let in with: a session, or a personal access token."""

    session_id: str | None = None
    token_id: str | None = None


# What a holder names, as it is now; None: it is gone.
type Grant = Session | PersonalToken | None


def is_good(account: Account | None, grant: Grant, *, now: Instant) -> bool:
    """Whether whoever was let in with it still would be."""
    if account is None or account.disabled or grant is None:
        return False
    if isinstance(grant, Session):
        return not grant.has_ended(account, now=now)
    return not (grant.has_expired(now=now) or grant.has_ended(account))


def last_second(grant: Grant, *, now: Instant) -> Seconds:
    """When a socket that is opened now ends at the latest."""
    longest = now // 1000 + SOCKET_SECONDS
    if isinstance(grant, Session):
        return min(longest, grant.expires_at)
    if grant is not None and grant.expires_at is not None:
        return min(longest, grant.expires_at // 1000)
    return longest


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """The table of its fields; `digest` (errand.opaque) stands for the ticket itself."""

    user_id: str = kept("pk", codec=ID, shown=NOWHERE)
    digest: str = kept("sk", codec=ID, secret=True)
    session_id: str | None = kept("se", default=None, shown=NOWHERE)
    token_id: str | None = kept("tk", default=None, shown=NOWHERE)
    expires_at: Seconds = kept(
        "expires_at", shown=Shown.EXPORTS, meaning="When it opens nothing any more"
    )

    DERIVED: ClassVar = (Derived(name="purpose", type=str, shown=Shown.EXPORTS),)

    @property
    def purpose(self) -> str:
        return "realtime"

    @property
    def holder(self) -> Holder:
        return Holder(session_id=self.session_id, token_id=self.token_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Socket:
    """The table of a socket's fields; `id`: the gateway's name for the connection."""

    id: str = kept("sk", codec=ID, shown=NOWHERE)
    user_id: str = kept("pk", codec=ID, shown=NOWHERE)
    session_id: str | None = kept(
        "se", default=None, shown=Shown.EXPORTS, meaning="The session it was opened with"
    )
    token_id: str | None = kept(
        "tk", default=None, shown=Shown.EXPORTS, meaning="Or the personal access token"
    )
    opened_at: Instant = kept("ca", shown=Shown.EXPORTS, meaning="When it was opened")
    expires_at: Seconds = kept(
        "expires_at", shown=Shown.EXPORTS, meaning="When it is closed at the latest"
    )

    @property
    def holder(self) -> Holder:
        return Holder(session_id=self.session_id, token_id=self.token_id)

    def is_over(self, *, now: Instant) -> bool:
        return now >= self.expires_at * 1000

    def ending(self, second: Seconds) -> "Socket":
        return replace(self, expires_at=second)


@dataclass(frozen=True, kw_only=True, slots=True)
class SocketOwner:
    """Whose the socket of this key is: all that the gateway tells of one that closes is its id."""

    user_id: str = kept("uid", shown=NOWHERE)
    expires_at: Seconds = kept("expires_at", shown=NOWHERE)


def hint(number: int) -> str:
    """What is sent of the log's entry of that number, by socket or by stream."""
    return json.dumps({"type": "changed", "cursor": number})
