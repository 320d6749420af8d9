"""What a token allows (RFC 6749, section 3.3)."""

from enum import StrEnum

from errand.codecs import Codec
from errand.errors import InvalidScope


class Scope(StrEnum):
    """What a token allows."""

    TASKS_READ = "tasks:read"
    TASKS_WRITE = "tasks:write"
    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    ADMIN = "admin"


MEANINGS = {
    Scope.TASKS_READ: "Read your tasks",
    Scope.TASKS_WRITE: "Create, change and delete your tasks",
    Scope.ACCOUNT_READ: "Read your account, sessions, tokens and security log",
    Scope.ACCOUNT_WRITE: "Change your account, end sessions, revoke tokens",
    Scope.ADMIN: "Manage everybody's accounts, for users in that role",
}
OF_EVERYBODY = frozenset(Scope) - {Scope.ADMIN}


def allowed(*, admin: bool) -> frozenset[Scope]:
    return frozenset(Scope) if admin else OF_EVERYBODY


def requested(scope: str | None, *, admin: bool) -> frozenset[Scope]:
    """What of `scope` (separated by spaces) the user may have, all of that if it is empty.

    The answer tells what was given (RFC 6749, section 3.3). Raises InvalidScope for what is no
    scope, and where nothing is left.
    """
    names = frozenset((scope or "").split())
    given = names & allowed(admin=admin) if names else allowed(admin=admin)
    if not given or not names <= frozenset(Scope):
        raise InvalidScope("There is no such scope, or it is not for you to ask for")
    return frozenset(map(Scope, given))


def joined(scopes: frozenset[Scope]) -> str:
    return " ".join(sorted(scopes))


def parsed(text: str) -> frozenset[Scope]:
    """Raises ValueError for what is no scope."""
    return frozenset(map(Scope, text.split()))


SCOPES = Codec(tag="S", shape=list[Scope], keep=joined, take=parsed, show=sorted)
