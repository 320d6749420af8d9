"""Sessions in DynamoDB: opened and ended with their record, rotated by one at a time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from errand.accounts.repository import DynamoAccounts
from errand.accounts.scopes import Scope
from errand.audit.model import Act, AuditRecord, record_of
from errand.audit.repository import DynamoAuditLog
from errand.ids import new_id
from errand.sessions.model import IDLE_SECONDS, LIFETIME_SECONDS, Session
from errand.sessions.repository import DynamoSessions
from errand.storage.operations import TransactionFailed
from errand_testkit.people import ADA, BOB, LATER, NOW
from errand_testkit.sessions import ORIGIN, new_session

pytestmark = pytest.mark.usefixtures("tables")

sessions = DynamoSessions()


def _record(act: Act = Act.LOGGED_IN) -> AuditRecord:
    return record_of(act, user_id=ADA.id, actor=ADA.id, origin=ORIGIN, now=NOW)


def _open(**changes: Any) -> Session:
    session = replace(new_session(ADA, now=NOW)[0], **changes)
    sessions.open(session, record=_record())
    return session


def _read(session: Session) -> Session | None:
    return sessions.read(user_id=session.user_id, session_id=session.id)[1]


def _acts() -> list[Act]:
    records, _ = DynamoAuditLog().page(user_id=ADA.id, after=None, limit=10)
    return [record.act for record in records]


def _item(client: Any, session: Session) -> dict[str, Any]:
    key = {"pk": {"S": f"USER#{session.user_id}"}, "sk": {"S": f"SESSION#{session.id}"}}
    item: dict[str, Any] = client.get_item(TableName="EphemeralTable", Key=key)["Item"]
    return {name: value for name, value in item.items() if name not in key}


def test_session_is_stored_with_a_digest_of_its_token(client: Any) -> None:
    session, token = new_session(ADA, now=NOW)
    sessions.open(session, record=_record())
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
    DynamoAccounts().add(ADA, receipt=None, answer="")
    sent.clear()
    assert sessions.read(user_id=ADA.id, session_id=session.id) == (ADA, session)
    assert sessions.read(user_id=ADA.id, session_id=new_id()) == (ADA, None)
    assert sessions.read(user_id=BOB.id, session_id=session.id) == (None, None)
    assert sent == ["BatchGetItem"] * 3


def test_id_is_used_once() -> None:
    session = _open()
    with pytest.raises(TransactionFailed):
        sessions.open(replace(session, device="another"), record=_record())
    assert _read(session) == session
    assert _acts() == [Act.LOGGED_IN]


def test_rotation_changes_digest_use_and_expiry(client: Any) -> None:
    session = _open()
    rotated = sessions.rotate(session, digest="next", now=LATER)
    assert rotated == _read(session) == replace(session, digest="next", last_used_at=LATER)
    assert _item(client, session)["expires_at"] == {"N": str(LATER // 1000 + IDLE_SECONDS)}


def test_rotation_does_not_prolong_a_session_past_its_year(client: Any) -> None:
    session = _open()
    late = NOW + (LIFETIME_SECONDS - 60) * 1000
    sessions.rotate(session, digest="next", now=late)
    assert _item(client, session)["expires_at"] == {"N": str(NOW // 1000 + LIFETIME_SECONDS)}


def test_of_two_rotations_the_later_gets_what_the_first_wrote() -> None:
    session = _open()
    first = sessions.rotate(session, digest="next", now=LATER)
    assert sessions.rotate(session, digest="next", now=LATER + 5) == first
    assert sessions.rotate(session, digest="another", now=LATER + 5) == first
    assert _read(session) == first


def test_rotation_whose_answer_was_lost_is_no_second_one(
    lose_answer: Callable[[], None],
) -> None:
    session = _open()
    lose_answer()
    rotated = sessions.rotate(session, digest="next", now=LATER)
    assert rotated == _read(session) == replace(session, digest="next", last_used_at=LATER)


def test_session_that_ended_is_not_brought_back_by_a_rotation() -> None:
    session = _open()
    sessions.end(session, record=_record(Act.LOGGED_OUT))
    assert sessions.rotate(session, digest="next", now=LATER) is None
    assert _read(session) is None


def test_session_ends_once_and_leaves_one_record() -> None:
    session, other = _open(), _open()
    for _ in range(2):
        sessions.end(session, record=_record(Act.LOGGED_OUT))
    assert _read(session) is None
    assert _read(other) == other
    assert _acts() == [Act.LOGGED_OUT, Act.LOGGED_IN, Act.LOGGED_IN]


def test_end_whose_answer_was_lost_leaves_one_record(lose_answer: Callable[[], None]) -> None:
    session = _open()
    lose_answer()
    sessions.end(session, record=_record(Act.LOGGED_OUT))
    assert _acts() == [Act.LOGGED_OUT, Act.LOGGED_IN]


def test_newest_are_ones_own() -> None:
    opened = [_open() for _ in range(3)]
    foreign, _ = new_session(BOB, now=NOW)
    sessions.open(foreign, record=_record())
    assert sessions.newest(user_id=ADA.id, limit=100) == opened[::-1]
    assert sessions.newest(user_id=ADA.id, limit=2) == opened[:0:-1]
    assert sessions.newest(user_id=new_id(), limit=2) == []


def test_round_trips(sent: list[str]) -> None:
    session = _open()
    _read(session)
    sessions.rotate(session, digest="next", now=LATER)
    sessions.newest(user_id=ADA.id, limit=100)
    sessions.end(session, record=_record())
    assert sent == [
        "TransactWriteItems",
        "BatchGetItem",
        "UpdateItem",
        "Query",
        "TransactWriteItems",
    ]
