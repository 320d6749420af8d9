"""Personal access tokens in DynamoDB: kept as a hash, made and revoked with their record."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from errand.accounts.repository import DynamoAccounts
from errand.accounts.scopes import Scope
from errand.audit.model import Act, AuditRecord, record_of
from errand.audit.repository import DynamoAuditLog
from errand.errors import NotFound
from errand.ids import new_id
from errand.personal_tokens.model import PersonalToken, digest_of, make
from errand.personal_tokens.repository import DynamoTokens
from errand.storage.operations import TransactionFailed
from errand_testkit.people import ADA, BOB, LATER, NOW
from errand_testkit.sessions import ORIGIN

pytestmark = pytest.mark.usefixtures("tables")

tokens = DynamoTokens()


def _record(act: Act = Act.TOKEN_CREATED) -> AuditRecord:
    return record_of(act, user_id=ADA.id, actor=ADA.id, origin=ORIGIN, now=NOW)


def _token(**changes: Any) -> PersonalToken:
    token_id = new_id()
    token = PersonalToken(
        id=token_id,
        user_id=ADA.id,
        name="Backup",
        scopes=frozenset({Scope.TASKS_READ, Scope.ACCOUNT_READ}),
        digest=digest_of(make(user_id=ADA.id, token_id=token_id)),
        created_at=NOW,
        expires_at=None,
    )
    return replace(token, **changes)


def _add(**changes: Any) -> PersonalToken:
    token = _token(**changes)
    tokens.add(token, record=_record())
    return token


def _read(token: PersonalToken) -> PersonalToken | None:
    return tokens.read(user_id=token.user_id, token_id=token.id)[1]


def _acts() -> list[Act]:
    records, _ = DynamoAuditLog().page(user_id=ADA.id, after=None, limit=10)
    return [record.act for record in records]


def test_hash_is_all_that_is_stored_of_a_token(stored: Callable[[], dict[str, Any]]) -> None:
    token = _add()
    assert stored()[f"USER#{ADA.id} PAT#{token.id}"] == {
        "nm": {"S": "Backup"},
        "sc": {"S": "account:read tasks:read"},
        "h": {"S": token.digest},
        "ca": {"N": str(NOW)},
    }
    assert _acts() == [Act.TOKEN_CREATED]


@pytest.mark.parametrize("changes", [{}, {"expires_at": LATER}, {"name": "\u00e4 b"}], ids=str)
def test_token_comes_back_as_it_was_stored(changes: dict[str, Any]) -> None:
    token = _add(**changes)
    assert _read(token) == token


def test_token_comes_together_with_its_account(sent: list[str]) -> None:
    token = _add()
    DynamoAccounts().add(ADA, receipt=None, answer="")
    sent.clear()
    assert tokens.read(user_id=ADA.id, token_id=token.id) == (ADA, token)
    assert tokens.read(user_id=ADA.id, token_id=new_id()) == (ADA, None)
    assert tokens.read(user_id=BOB.id, token_id=token.id) == (None, None)
    assert sent == ["BatchGetItem"] * 3


def test_id_is_used_once() -> None:
    token = _add()
    with pytest.raises(TransactionFailed):
        tokens.add(replace(token, name="another"), record=_record())
    assert _read(token) == token


def test_day_of_last_use_is_noted() -> None:
    token = _add()
    for day in ("2026-11-22", "2026-11-23"):
        tokens.used(token, day=day)
        assert _read(token) == replace(token, last_used_on=day)


def test_use_brings_no_revoked_token_back() -> None:
    token = _add()
    tokens.remove(user_id=ADA.id, token_id=token.id, record=_record())
    tokens.used(token, day="2026-11-22")
    assert _read(token) is None


def test_token_is_revoked_once_and_leaves_one_record() -> None:
    token, other = _add(), _add()
    revoked = _record(Act.TOKEN_REVOKED)
    tokens.remove(user_id=ADA.id, token_id=token.id, record=revoked)
    with pytest.raises(NotFound, match="Token not found"):
        tokens.remove(user_id=ADA.id, token_id=token.id, record=_record(Act.TOKEN_REVOKED))
    assert (_read(token), _read(other)) == (None, other)
    assert _acts() == [Act.TOKEN_REVOKED, Act.TOKEN_CREATED, Act.TOKEN_CREATED]


def test_all_are_ones_own_newest_first() -> None:
    made = [_add() for _ in range(3)]
    _add(user_id=BOB.id)
    assert tokens.all(user_id=ADA.id, limit=100) == made[::-1]
    assert tokens.all(user_id=ADA.id, limit=2) == made[:0:-1]
    assert tokens.all(user_id=new_id(), limit=2) == []


def test_round_trips(sent: list[str]) -> None:
    token = _add()
    _read(token)
    tokens.used(token, day="2026-11-22")
    tokens.all(user_id=ADA.id, limit=100)
    tokens.remove(user_id=ADA.id, token_id=token.id, record=_record())
    assert sent == [
        "TransactWriteItems",
        "BatchGetItem",
        "UpdateItem",
        "Query",
        "TransactWriteItems",
    ]
