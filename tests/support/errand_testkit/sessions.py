"""Sessions without the computation that a log-in takes, and sessions in memory."""

from collections.abc import Callable
from dataclasses import replace

from errand import ids, opaque
from errand.accounts.model import Account
from errand.accounts.scopes import Scope, allowed
from errand.accounts.tokens import TokenIssuer
from errand.audit.model import Act, AuditRecord, record_of
from errand.clock import Clock
from errand.keys import Keys
from errand.origin import Origin
from errand.sessions.model import Session
from errand.sessions.repository import DynamoSessions
from errand_testkit.fakes import InMemoryAccounts

ORIGIN = Origin(address="203.0.113.7", agent="tests", request_id="request-1")


def new_session(
    account: Account, *, now: int, scopes: frozenset[Scope] | None = None
) -> tuple[Session, opaque.Opaque]:
    """A session of `account`, and its refresh token."""
    token = opaque.make(account.id, ids.new_id())
    session = Session(
        id=token.ids[1],
        user_id=account.id,
        scopes=allowed(admin=account.admin) if scopes is None else scopes,
        device="a test",
        address=ORIGIN.address,
        seed=b"seed",
        digest=token.digest,
        created_at=now,
        last_used_at=now,
    )
    return session, token


def session_token(
    account: Account, *, ring: Keys, clock: Clock, scopes: frozenset[Scope] | None = None
) -> str:
    """The access token of a new session that is in the table."""
    session, _ = new_session(account, now=clock(), scopes=scopes)
    record = record_of(
        Act.LOGGED_IN, user_id=account.id, actor=account.id, origin=ORIGIN, now=clock()
    )
    DynamoSessions().open(session, record=record)
    tokens = TokenIssuer(ring=ring, clock=clock)
    return tokens.issue(user_id=account.id, session_id=session.id, scopes=session.scopes)


class InMemorySessions:
    """SessionRepository of the people in `accounts`; `calls` tells what would be round trips."""

    def __init__(self, accounts: InMemoryAccounts) -> None:
        self.stored: dict[tuple[str, str], Session] = {}
        self.calls: list[str] = []
        # What somebody else does between the next read and the write that follows.
        self.meanwhile: Callable[[], object] | None = None
        self._accounts = accounts

    def open(self, session: Session, *, record: AuditRecord) -> None:
        self.calls.append("open")
        self.stored[session.user_id, session.id] = session
        self._accounts.audit.add(record)

    def read(self, *, user_id: str, session_id: str) -> tuple[Account | None, Session | None]:
        self.calls.append("read")
        return self._accounts.read(user_id), self.stored.get((user_id, session_id))

    def rotate(self, session: Session, *, digest: str, now: int) -> Session | None:
        self.calls.append("rotate")
        self._let_others_in()
        key = session.user_id, session.id
        stored = self.stored.get(key)
        if stored is None or stored.digest != session.digest:
            return stored
        self.stored[key] = replace(session, digest=digest, last_used_at=now)
        return self.stored[key]

    def end(self, session: Session, *, record: AuditRecord) -> None:
        self.calls.append("end")
        self._let_others_in()
        if self.stored.pop((session.user_id, session.id), None):
            self._accounts.audit.add(record)

    def newest(self, *, user_id: str, limit: int) -> list[Session]:
        self.calls.append("newest")
        found = sorted(self.stored.items(), reverse=True)
        return [session for (owner, _), session in found if owner == user_id][:limit]

    def _let_others_in(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
