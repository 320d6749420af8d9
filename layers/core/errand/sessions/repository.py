"""Sessions in EphemeralTable, in the collection of their account."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from errand.accounts.model import Account
from errand.accounts.repository import AccountItem, account_of
from errand.accounts.scopes import Scope, joined
from errand.audit.model import AuditRecord
from errand.audit.repository import append
from errand.sessions.model import Session
from errand.storage.operations import (
    ConditionFailed,
    Delete,
    Put,
    RawItem,
    TransactionFailed,
    Update,
    execute,
    get_together,
    query,
    transact,
)
from errand.storage.tables import EphemeralItem, user_key

PREFIX = "SESSION#"


class SessionItem(EphemeralItem):
    sc = UnicodeAttribute()
    dn = UnicodeAttribute()
    ip = UnicodeAttribute(null=True)
    sd = UnicodeAttribute()
    h = UnicodeAttribute()
    ca = NumberAttribute()
    lu = NumberAttribute()


class SessionRepository(Protocol):
    def open(self, session: Session, *, record: AuditRecord) -> None: ...

    def read(self, *, user_id: str, session_id: str) -> tuple[Account | None, Session | None]: ...

    def rotate(self, session: Session, *, digest: str, now: int) -> Session | None: ...

    def end(self, session: Session, *, record: AuditRecord) -> None: ...

    def newest(self, *, user_id: str, limit: int) -> Sequence[Session]: ...


class DynamoSessions:
    """SessionRepository on EphemeralTable."""

    def open(self, session: Session, *, record: AuditRecord) -> None:
        item = SessionItem(
            user_key(session.user_id),
            PREFIX + session.id,
            sc=joined(session.scopes),
            dn=session.device,
            ip=session.address,
            sd=b64encode(session.seed).decode(),
            h=session.digest,
            ca=session.created_at,
            lu=session.last_used_at,
            expires_at=session.expires_at,
        )
        transact([Put(item, SessionItem.pk.does_not_exist()), append(record)])

    def read(self, *, user_id: str, session_id: str) -> tuple[Account | None, Session | None]:
        """Both in one round trip."""
        pk = user_key(user_id)
        account, session = get_together(
            (AccountItem, pk, "ACCOUNT"), (SessionItem, pk, PREFIX + session_id)
        )
        return account_of(account) if account else None, session_of(session) if session else None

    def rotate(self, session: Session, *, digest: str, now: int) -> Session | None:
        """The session with a new digest; as it is, if somebody was faster; None if it ended."""
        rotated = replace(session, digest=digest, last_used_at=now)
        actions: list[Action] = [
            SessionItem.h.set(digest),
            SessionItem.lu.set(now),
            SessionItem.expires_at.set(rotated.expires_at),
        ]
        try:
            execute(Update(_key(session), actions, SessionItem.h == session.digest))
        except ConditionFailed as failed:
            return session_of(failed.item) if failed.item else None
        return rotated

    def end(self, session: Session, *, record: AuditRecord) -> None:
        """Leaves no record of a session that had ended before."""
        try:
            transact([Delete(_key(session), SessionItem.pk.exists()), append(record)])
        except TransactionFailed:
            return

    def newest(self, *, user_id: str, limit: int) -> list[Session]:
        """Whether they have ended or not."""
        items, _ = query(
            SessionItem,
            user_key(user_id),
            prefix=("sk", PREFIX),
            limit=limit,
            ascending=False,
        )
        return [session_of(item) for item in items]


def session_of(item: RawItem) -> Session:
    return Session(
        id=item["sk"]["S"].removeprefix(PREFIX),
        user_id=item["pk"]["S"].removeprefix("USER#"),
        scopes=frozenset(map(Scope, item["sc"]["S"].split())),
        device=item["dn"]["S"],
        address=item["ip"]["S"] if "ip" in item else None,
        seed=b64decode(item["sd"]["S"]),
        digest=item["h"]["S"],
        created_at=int(item["ca"]["N"]),
        last_used_at=int(item["lu"]["N"]),
    )


def _key(session: Session) -> SessionItem:
    return SessionItem(user_key(session.user_id), PREFIX + session.id)
