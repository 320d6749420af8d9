"""Getting everything that is kept about oneself."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from errand import cursors
from errand.accounts.repository import account_of
from errand.accounts.schemas import User
from errand.audit.repository import audit_record
from errand.audit.schemas import SecurityEvent
from errand.clock import Clock
from errand.errors import InvalidCursor
from errand.export.repository import CollectionRepository, Position
from errand.export.schemas import Export, KeptAnswer, PendingProof, SecondFactor
from errand.keys import Keys
from errand.personal_tokens.repository import token_of
from errand.personal_tokens.schemas import TokenView
from errand.sessions.repository import session_of
from errand.sessions.schemas import SessionView
from errand.storage.operations import RawItem
from errand.tasks.schemas import Task


class ExportService:
    def __init__(self, *, collection: CollectionRepository, ring: Keys, clock: Clock) -> None:
        self._collection = collection
        self._ring = ring
        self._clock = clock

    def page(self, *, user_id: str, cursor: str | None) -> tuple[Export, str | None]:
        """A document, and where the next goes on. Raises InvalidCursor."""
        after = self._position(user_id, cursor) if cursor else None
        items, reached = self._collection.page(user_id=user_id, after=after)
        document = Export(exported_at=datetime.fromtimestamp(self._clock() / 1000, UTC))
        for item in items:
            _SECTIONS[item["sk"]["S"].partition("#")[0]](document, item)
        return document, self._cursor(user_id, reached) if reached else None

    def _cursor(self, user_id: str, position: Position) -> str:
        place = urlsafe_b64encode("|".join(position).encode()).decode()
        seal = cursors.seal(self._ring, last_id=user_id, context=f"export|{place}")
        return f"{place}.{seal}"

    def _position(self, user_id: str, cursor: str) -> Position:
        place, _, seal = cursor.partition(".")
        if cursors.unseal(self._ring, cursor=seal, context=f"export|{place}") != user_id:
            raise InvalidCursor
        table, _, key = urlsafe_b64decode(place).decode().partition("|")
        return table, key


def _account(document: Export, item: RawItem) -> None:
    document.account = User.of(account_of(item))


def _second_factor(document: Export, item: RawItem) -> None:
    left = item.get("rc", {}).get("SS", [])
    document.second_factor = SecondFactor(recovery_codes_left=len(left))


def _task(document: Export, item: RawItem) -> None:
    document.tasks.append(Task.model_validate(item))


def _session(document: Export, item: RawItem) -> None:
    document.sessions.append(SessionView.of(session_of(item), current=None))


def _token(document: Export, item: RawItem) -> None:
    document.personal_access_tokens.append(TokenView.of(token_of(item)))


def _event(document: Export, item: RawItem) -> None:
    document.security_log.append(SecurityEvent.of(audit_record(item)))


def _kept_answer(document: Export, item: RawItem) -> None:
    document.kept_answers.append(
        KeptAnswer(
            path=item["sk"]["S"].split("#")[1], answer=item["b"]["S"], expires_at=_expiry(item)
        )
    )


def _mailed(document: Export, item: RawItem) -> None:
    purpose = item["sk"]["S"].split("#")[1]
    document.pending.append(PendingProof(purpose=purpose, expires_at=_expiry(item)))


def _enrolment(document: Export, item: RawItem) -> None:
    document.pending.append(PendingProof(purpose="totp", expires_at=_expiry(item)))


def _expiry(item: RawItem) -> datetime:
    return datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)


# First part of a sort key -> what it is in the document: every kind of item that an account has.
_SECTIONS: dict[str, Callable[[Export, Any], None]] = {
    "ACCOUNT": _account,
    "MFA": _second_factor,
    "TASK": _task,
    "SESSION": _session,
    "PAT": _token,
    "AUDIT": _event,
    "IDEMPOTENCY": _kept_answer,
    "MAILED": _mailed,
    "TOTP": _enrolment,
}
