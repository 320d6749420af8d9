"""Personal access tokens in DynamoDB: kept as a hash, made once, revoked with its record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from errand.errors import NotFound
from errand.identity.audit.model import Act, AuditRecord, record_of
from errand.identity.audit.repository import DynamoAuditLog
from errand.identity.personal_tokens.model import PersonalToken, digest_of, make
from errand.identity.personal_tokens.repository import DynamoTokens
from errand.identity.scopes import Scope
from errand.ids import new_id
from errand.storage.attempts import ConditionFailed
from errand_testkit.people import ADA, BOB, LATER, NOW, ORIGIN
from errand_testkit.stored import acts, commit, store_account

pytestmark = pytest.mark.usefixtures("tables")

FIRST_DAY = date(2026, 11, 22)

tokens = DynamoTokens()


def _record(user_id: str) -> AuditRecord:
    return record_of(Act.TOKEN_REVOKED, user_id=user_id, actor=user_id, origin=ORIGIN, now=NOW)


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
    return _store(_token(**changes))


def _store(token: PersonalToken) -> PersonalToken:
    commit(lambda unit: tokens.add(unit, token))
    return token


def _read(token: PersonalToken) -> PersonalToken | None:
    return tokens.read(user_id=token.user_id, token_id=token.id)[1]


def _use(token: PersonalToken, day: date = FIRST_DAY) -> None:
    commit(lambda unit: tokens.used(unit, token, day=day))


def _revoke(token: PersonalToken) -> None:
    """With its record, as features do."""
    commit(
        lambda unit: tokens.remove(unit, user_id=token.user_id, token_id=token.id),
        lambda unit: DynamoAuditLog().append(unit, _record(token.user_id)),
    )


def test_hash_is_all_that_is_stored_of_a_token(stored: Callable[[], dict[str, Any]]) -> None:
    token = _add()
    assert stored()[f"USER#{ADA.id} PAT#{token.id}"] == {
        "nm": {"S": "Backup"},
        "sc": {"S": "account:read tasks:read"},
        "h": {"S": token.digest},
        "ca": {"N": str(NOW)},
    }


@pytest.mark.parametrize("changes", [{}, {"expires_at": LATER}, {"name": "\u00e4 b"}], ids=str)
def test_token_comes_back_as_it_was_stored(changes: dict[str, Any]) -> None:
    token = _add(**changes)
    assert _read(token) == token


def test_token_comes_together_with_its_account(sent: list[str]) -> None:
    token = _add()
    store_account(ADA)
    sent.clear()
    assert tokens.read(user_id=ADA.id, token_id=token.id) == (ADA, token)
    assert tokens.read(user_id=ADA.id, token_id=new_id()) == (ADA, None)
    assert tokens.read(user_id=BOB.id, token_id=token.id) == (None, None)
    assert sent == ["BatchGetItem"] * 3


def test_id_is_used_once() -> None:
    token = _add()
    with pytest.raises(ConditionFailed):
        _store(replace(token, name="another"))
    assert _read(token) == token


def test_day_of_last_use_is_noted() -> None:
    token = _add()
    for day in (FIRST_DAY, date(2026, 11, 23)):
        _use(token, day)
        assert _read(token) == replace(token, last_used_on=day)


def test_use_brings_no_revoked_token_back() -> None:
    token = _add()
    _revoke(token)
    _use(token)
    assert _read(token) is None


def test_token_is_revoked_once_and_leaves_one_record() -> None:
    token, other = _add(), _add()
    _revoke(token)
    with pytest.raises(NotFound, match="Token not found"):
        _revoke(token)
    assert (_read(token), _read(other)) == (None, other)
    assert acts(ADA.id) == [Act.TOKEN_REVOKED]


def test_token_is_not_revoked_by_somebody_else() -> None:
    token = _add()
    with pytest.raises(NotFound):
        _revoke(replace(token, user_id=BOB.id))
    assert _read(token) == token
    assert acts(BOB.id) == []


def test_newest_are_ones_own_newest_first() -> None:
    made = [_add() for _ in range(3)]
    _add(user_id=BOB.id)
    assert tokens.newest(user_id=ADA.id, limit=100) == made[::-1]
    assert tokens.newest(user_id=ADA.id, limit=2) == made[:0:-1]
    assert tokens.newest(user_id=new_id(), limit=2) == []


def test_round_trips(sent: list[str]) -> None:
    token = _add()
    _read(token)
    _use(token)
    tokens.newest(user_id=ADA.id, limit=100)
    _revoke(token)
    assert sent == ["PutItem", "BatchGetItem", "UpdateItem", "Query", "TransactWriteItems"]
