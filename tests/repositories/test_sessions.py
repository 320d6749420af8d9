"""Sessions in DynamoDB: opened and ended with their record, rotated by one at a time."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from errand.errors import NotFound, Overtaken
from errand.identity.access_tokens import TokenIssuer
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.audit.model import Act, AuditRecord, record_of
from errand.identity.audit.repository import DynamoAuditLog
from errand.identity.audit.service import AuditTrail
from errand.identity.scopes import Scope
from errand.identity.sessions.model import IDLE_SECONDS, LIFETIME_SECONDS, Session
from errand.identity.sessions.repository import DynamoSessions
from errand.identity.sessions.service import SessionService
from errand.ids import new_id
from errand.keys import KeyRing
from errand.storage.attempts import ConditionFailed
from errand.storage.unit import DynamoStore, Unit
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA, BOB, LATER, NOW, ORIGIN
from errand_testkit.stored import acts, commit, new_session, store_account

pytestmark = pytest.mark.usefixtures("tables")

sessions = DynamoSessions()


def _record(act: Act = Act.LOGGED_IN) -> AuditRecord:
    return record_of(act, user_id=ADA.id, actor=ADA.id, origin=ORIGIN, now=NOW)


def _store(session: Session) -> Session:
    """With its record, as features do."""
    commit(
        lambda unit: sessions.open(unit, session),
        lambda unit: DynamoAuditLog().append(unit, _record()),
    )
    return session


def _open(**changes: Any) -> Session:
    return _store(replace(new_session(ADA, now=NOW)[0], **changes))


def _rotate(session: Session, digest: str = "next", *, now: int = LATER) -> Session:
    unit = Unit()
    rotated = sessions.rotate(unit, session, digest=digest, by="client", now=now)
    DynamoStore().commit(unit)
    return rotated


def _end(session: Session) -> None:
    """With its record; once is enough."""
    record = _record(Act.LOGGED_OUT)
    commit(
        lambda unit: sessions.end(unit, session),
        lambda unit: DynamoAuditLog().append(unit, record),
    )


def _read(session: Session) -> Session | None:
    return sessions.read(user_id=session.user_id, session_id=session.id)[1]


def _item(client: Any, session: Session) -> dict[str, Any]:
    key = {"pk": {"S": f"USER#{session.user_id}"}, "sk": {"S": f"SESSION#{session.id}"}}
    item: dict[str, Any] = client.get_item(TableName="EphemeralTable", Key=key)["Item"]
    return {name: value for name, value in item.items() if name not in key}


def test_session_is_stored_with_a_digest_of_its_token(client: Any) -> None:
    session, token = new_session(ADA, now=NOW)
    _store(session)
    item = _item(client, session)
    assert item == {
        "sc": {"S": "account:read account:write tasks:read tasks:write"},
        "dn": {"S": "a test"},
        "ip": {"S": "203.0.113.7"},
        "sd": {"S": "c2VlZA=="},
        "h": {"S": token.digest},
        "ca": {"N": str(NOW)},
        "lu": {"N": str(NOW)},
        "expires_at": {"N": str(NOW // 1000 + IDLE_SECONDS)},
    }
    assert token.text not in str(item)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"address": None},
        {"scopes": frozenset({Scope.TASKS_READ})},
        {"scopes": frozenset(Scope)},
        {"seed": bytes(range(32)), "last_used_at": LATER},
    ],
    ids=", ".join,
)
def test_session_comes_back_as_it_was_opened(changes: dict[str, Any]) -> None:
    session = _open(**changes)
    assert _read(session) == session


def test_session_comes_together_with_its_account(sent: list[str]) -> None:
    session = _open()
    assert sessions.read(user_id=ADA.id, session_id=session.id) == (None, session)
    store_account(ADA)
    sent.clear()
    assert sessions.read(user_id=ADA.id, session_id=session.id) == (ADA, session)
    assert sessions.read(user_id=ADA.id, session_id=new_id()) == (ADA, None)
    assert sessions.read(user_id=BOB.id, session_id=session.id) == (None, None)
    assert sent == ["BatchGetItem"] * 3


def test_id_is_used_once() -> None:
    session = _open()
    with pytest.raises(ConditionFailed):
        _store(replace(session, device="another"))
    assert _read(session) == session
    assert acts(ADA.id) == [Act.LOGGED_IN]


def test_rotation_changes_digest_use_and_expiry(client: Any) -> None:
    session = _open()
    rotated = _rotate(session)
    assert (
        rotated
        == _read(session)
        == replace(session, digest="next", last_used_at=LATER, renewed_by="client")
    )
    assert _item(client, session)["expires_at"] == {"N": str(LATER // 1000 + IDLE_SECONDS)}


def test_rotation_does_not_prolong_a_session_past_its_year(client: Any) -> None:
    session = _open()
    late = NOW + (LIFETIME_SECONDS - 60) * 1000
    _rotate(session, now=late)
    assert _item(client, session)["expires_at"] == {"N": str(NOW // 1000 + LIFETIME_SECONDS)}


def test_of_two_rotations_the_later_is_refused() -> None:
    session = _open()
    first = _rotate(session)
    for digest in ("next", "another"):
        with pytest.raises(Overtaken):
            _rotate(session, digest, now=LATER + 5)
    assert _read(session) == first


def test_refresh_whose_answer_was_lost_is_no_second_one(
    ring: KeyRing, clock: ManualClock, lose_answer: Callable[..., None]
) -> None:
    store = DynamoStore()
    service = SessionService(
        accounts=DynamoAccounts(),
        sessions=sessions,
        store=store,
        trail=AuditTrail(audit=DynamoAuditLog(), store=store, clock=clock),
        tokens=TokenIssuer(ring=ring, clock=clock),
        clock=clock,
    )
    store_account(ADA)
    session, token = new_session(ADA, now=NOW)
    _store(session)
    clock.advance(seconds=1)
    lose_answer("UpdateItem")
    refreshed = service.refresh(refresh_token=token.text, scope=None, origin=ORIGIN)
    following = session.successor(token)
    assert refreshed.refresh_token == following.text
    renewed = _read(session)
    assert renewed
    assert (renewed.digest, renewed.last_used_at) == (following.digest, clock())
    # Nobody sent it twice.
    assert not renewed.grace_used


def test_session_that_ended_is_not_brought_back_by_a_rotation() -> None:
    session = _open()
    _end(session)
    with pytest.raises(Overtaken):
        _rotate(session)
    assert _read(session) is None


def test_session_ends_once_and_leaves_one_record() -> None:
    session, other = _open(), _open()
    _end(session)
    with pytest.raises(NotFound):
        _end(session)
    assert _read(session) is None
    assert _read(other) == other
    assert acts(ADA.id) == [Act.LOGGED_IN, Act.LOGGED_IN, Act.LOGGED_OUT]


def test_end_whose_answer_was_lost_leaves_one_record(lose_answer: Callable[[], None]) -> None:
    session = _open()
    lose_answer()
    # moto does not know a transaction again by its token.
    with suppress(NotFound):
        _end(session)
    assert _read(session) is None
    assert acts(ADA.id) == [Act.LOGGED_IN, Act.LOGGED_OUT]


def test_newest_are_ones_own() -> None:
    opened = [_open() for _ in range(3)]
    foreign, _ = new_session(BOB, now=NOW)
    _store(foreign)
    assert sessions.newest(user_id=ADA.id, limit=100) == opened[::-1]
    assert sessions.newest(user_id=ADA.id, limit=2) == opened[:0:-1]
    assert sessions.newest(user_id=new_id(), limit=2) == []


def test_round_trips(sent: list[str]) -> None:
    session = _open()
    _read(session)
    _rotate(session)
    sessions.newest(user_id=ADA.id, limit=100)
    _end(session)
    assert sent == [
        "TransactWriteItems",
        "BatchGetItem",
        "UpdateItem",
        "Query",
        "TransactWriteItems",
    ]
