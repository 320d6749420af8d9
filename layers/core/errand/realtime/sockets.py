"""Sockets in EphemeralTable, for the functions that open, fill and close them."""

from collections.abc import Iterable, Sequence

from errand import opaque
from errand.clock import Clock
from errand.errors import InvalidGrant
from errand.identity.accounts.model import Account
from errand.identity.personal_tokens.model import PersonalToken
from errand.identity.sessions.model import Session
from errand.realtime.model import (
    SOCKETS_MAX,
    Grant,
    Holder,
    Socket,
    SocketOwner,
    Ticket,
    is_good,
    last_second,
)
from errand.records import Item, load
from errand.storage.kinds import (
    ACCOUNT,
    PERSONAL_TOKEN,
    SESSION,
    SOCKET,
    SOCKET_OWNER,
    TICKET,
    Key,
    Kind,
)
from errand.storage.plain_ranges import PlainRanges

# Also those of which the gateway did not say that they closed. With their account, each may be of
# another session, they are as many items as can be read together.
_LISTED = 2 * SOCKETS_MAX - 1


class Sockets:
    """Raises what botocore does, and StorageUnavailable."""

    def __init__(self, tables: PlainRanges, *, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock

    def take(self, text: str) -> Ticket:
        """The ticket, which is gone with that. Raises InvalidGrant."""
        presented = opaque.parse(text)
        now = self._clock() // 1000
        key = TICKET.key(presented.user_id, presented.digest)
        item = self._tables.take(TICKET, key, now=now)
        if item is None:
            raise InvalidGrant
        return load(Ticket, item)

    def add(self, socket: Socket) -> None:
        """Its owner first: a socket that nobody could close would stay on the list."""
        owner = SocketOwner(user_id=socket.user_id, expires_at=socket.expires_at)
        self._tables.put(SOCKET_OWNER, SOCKET_OWNER.key(socket.id), owner)
        self._tables.put(SOCKET, SOCKET.key(socket.user_id, socket.id), socket)

    def find(self, socket_id: str) -> Socket | None:
        owner = self._tables.get(SOCKET_OWNER, SOCKET_OWNER.key(socket_id))
        if owner is None:
            return None
        user_id = load(SocketOwner, owner).user_id
        found = self._tables.get(SOCKET, SOCKET.key(user_id, socket_id))
        return load(Socket, found) if found else None

    def forget(self, socket: Socket) -> None:
        """The owner last, so that what was interrupted can be done again."""
        self._tables.remove(SOCKET, SOCKET.key(socket.user_id, socket.id))
        self._tables.remove(SOCKET_OWNER, SOCKET_OWNER.key(socket.id))

    def of(self, user_id: str) -> list[Socket]:
        """The oldest first; also those whose time is over."""
        items = self._tables.of(SOCKET, user_id, limit=_LISTED)
        return sorted((load(Socket, item) for item in items), key=lambda one: one.opened_at)

    def let_in(self, user_id: str, holder: Holder) -> int | None:
        """Until which second; None: its session or token, or the account, has ended."""
        account, [grant] = self._read(user_id, [holder])
        now = self._clock()
        return last_second(grant, now=now) if is_good(account, grant, now=now) else None

    def over(self, user_id: str, sockets: Sequence[Socket]) -> list[Socket]:
        """Those of the account that are to be closed."""
        holders = list(dict.fromkeys(socket.holder for socket in sockets))
        account, grants = self._read(user_id, holders)
        now = self._clock()
        good = {
            holder
            for holder, grant in zip(holders, grants, strict=True)
            if is_good(account, grant, now=now)
        }
        return [
            socket for socket in sockets if socket.holder not in good or socket.is_over(now=now)
        ]

    def _read(self, user_id: str, holders: Iterable[Holder]) -> tuple[Account | None, list[Grant]]:
        """Consistently, in one round trip."""
        places = [_place(user_id, holder) for holder in holders]
        account_key = ACCOUNT.key(user_id)
        found = self._tables.together([(ACCOUNT, account_key), *places])
        account = found.get(account_key)
        return (
            load(Account, account) if account else None,
            [_grant(kind, found.get(key)) for kind, key in places],
        )


def _place(user_id: str, holder: Holder) -> tuple[Kind, Key]:
    if holder.session_id is not None:
        return SESSION, SESSION.key(user_id, holder.session_id)
    return PERSONAL_TOKEN, PERSONAL_TOKEN.key(user_id, holder.token_id or "")


def _grant(kind: Kind, item: Item | None) -> Grant:
    if item is None:
        return None
    return load(Session, item) if kind is SESSION else load(PersonalToken, item)
