"""Making, listing and revoking personal access tokens, in memory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from errand.accounts.model import Caller
from errand.accounts.scopes import OF_EVERYBODY, Scope
from errand.audit.model import Act
from errand.errors import InvalidInput, NotFound, SessionRequired
from errand.ids import new_id
from errand.personal_tokens.model import TOKENS_MAX, make, parse
from errand.personal_tokens.schemas import NewToken, TokenCreate
from errand.personal_tokens.service import PersonalTokenService
from errand_testkit.fakes import InMemoryAccounts, ManualClock
from errand_testkit.people import ADA
from errand_testkit.personal_tokens import InMemoryTokens
from errand_testkit.sessions import ORIGIN

CALLER = Caller(user_id=ADA.id, scopes=OF_EVERYBODY, session_id=new_id())
BOB = replace(CALLER, user_id=new_id())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def accounts() -> InMemoryAccounts:
    accounts = InMemoryAccounts()
    accounts.add(ADA, receipt=None, answer="")
    return accounts


@pytest.fixture
def stored(accounts: InMemoryAccounts) -> InMemoryTokens:
    return InMemoryTokens(accounts)


@pytest.fixture
def service(stored: InMemoryTokens, clock: ManualClock) -> PersonalTokenService:
    return PersonalTokenService(personal_tokens=stored, clock=clock)


def _create(service: PersonalTokenService, caller: Caller = CALLER, **fields: Any) -> NewToken:
    new = TokenCreate.model_validate({"name": "Backup", "scopes": ["tasks:read"]} | fields)
    return service.create(caller=caller, new=new, origin=ORIGIN)


def test_new_token_is_shown_once_and_kept_as_a_hash(
    service: PersonalTokenService, stored: InMemoryTokens
) -> None:
    new = _create(service)
    (kept,) = stored.stored.values()
    presented = parse(new.token)
    assert (presented.user_id, presented.id, presented.digest) == (ADA.id, new.id, kept.digest)
    assert new.token not in repr(kept)
    (listed,) = service.page(caller=CALLER)
    assert listed.model_dump() == new.model_dump(exclude={"token"})
    assert (listed.name, listed.scopes) == ("Backup", [Scope.TASKS_READ])
    assert (listed.expires_at, listed.last_used_on) == (None, None)


def test_new_token_is_put_on_record(
    service: PersonalTokenService, accounts: InMemoryAccounts, clock: ManualClock
) -> None:
    new = _create(service)
    (record,) = accounts.audit.records
    assert (record.act, record.about) == (Act.TOKEN_CREATED, new.id)
    assert (record.user_id, record.actor, record.at) == (ADA.id, ADA.id, clock())
    assert record.origin == ORIGIN


def test_token_makes_no_others(service: PersonalTokenService, stored: InMemoryTokens) -> None:
    script = replace(CALLER, session_id=None, token_id=new_id())
    with pytest.raises(SessionRequired):
        _create(service, script)
    assert not stored.stored


@pytest.mark.parametrize("scopes", [["tasks:read"], ["tasks:read", "account:read"]], ids=str)
def test_token_may_have_what_its_maker_has(
    service: PersonalTokenService, scopes: list[str]
) -> None:
    caller = replace(CALLER, scopes=frozenset({Scope.TASKS_READ, Scope.ACCOUNT_READ}))
    assert _create(service, caller, scopes=scopes).scopes == sorted(scopes)


def test_token_has_no_scope_that_its_maker_has_not(
    service: PersonalTokenService, stored: InMemoryTokens
) -> None:
    caller = replace(CALLER, scopes=frozenset({Scope.TASKS_READ, Scope.ACCOUNT_WRITE}))
    with pytest.raises(InvalidInput, match="scope"):
        _create(service, caller, scopes=["tasks:read", "tasks:write"])
    assert not stored.stored


@pytest.mark.parametrize(
    "after",
    [timedelta(milliseconds=1), timedelta(days=1, milliseconds=123), timedelta(days=365 * 100)],
    ids=str,
)
def test_token_may_expire(
    service: PersonalTokenService, clock: ManualClock, after: timedelta
) -> None:
    instant = datetime.fromtimestamp(clock() / 1000, UTC) + after
    assert _create(service, expires_at=instant).expires_at == instant


@pytest.mark.parametrize(
    "expires_at",
    [
        "2026-11-22T08:30:00Z",
        "2026-11-22T09:29:59+01:00",
        "0001-01-01T00:00:00+14:00",
        "9999-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_expiry_is_in_the_future_that_can_be_written(
    service: PersonalTokenService, stored: InMemoryTokens, expires_at: str
) -> None:
    with pytest.raises(InvalidInput, match="expires_at"):
        _create(service, expires_at=expires_at)
    assert not stored.stored


def test_account_has_50_tokens_at_most(service: PersonalTokenService) -> None:
    tokens = [_create(service) for _ in range(TOKENS_MAX)]
    with pytest.raises(InvalidInput, match="at most 50 tokens"):
        _create(service)
    assert _create(service, BOB)
    service.revoke(caller=CALLER, token_id=tokens[7].id, origin=ORIGIN)
    assert _create(service)


def test_list_is_of_ones_own_newest_first(
    service: PersonalTokenService, clock: ManualClock
) -> None:
    older = _create(service, expires_at=datetime.fromtimestamp(clock() / 1000 + 60, UTC))
    newer = _create(service)
    _create(service, BOB)
    clock.advance(seconds=3600)
    assert [view.id for view in service.page(caller=CALLER)] == [newer.id, older.id]


def test_token_is_revoked_by_its_id(
    service: PersonalTokenService, accounts: InMemoryAccounts
) -> None:
    new = _create(service)
    accounts.audit.records.clear()
    service.revoke(caller=CALLER, token_id=new.id, origin=ORIGIN)
    assert service.page(caller=CALLER) == []
    (record,) = accounts.audit.records
    assert (record.act, record.about) == (Act.TOKEN_REVOKED, new.id)
    with pytest.raises(NotFound):
        service.revoke(caller=CALLER, token_id=new.id, origin=ORIGIN)
    assert len(accounts.audit.records) == 1


@pytest.mark.parametrize("token_id", ["", "#", "x" * 2000, new_id(), new_id().upper()], ids=len)
def test_only_tokens_that_are_there_can_be_revoked(
    service: PersonalTokenService, accounts: InMemoryAccounts, token_id: str
) -> None:
    with pytest.raises(NotFound, match="Token not found"):
        service.revoke(caller=CALLER, token_id=token_id, origin=ORIGIN)
    assert not accounts.audit.records


def test_token_of_somebody_else_cannot_be_revoked(service: PersonalTokenService) -> None:
    new = _create(service)
    with pytest.raises(NotFound):
        service.revoke(caller=BOB, token_id=new.id, origin=ORIGIN)
    assert service.page(caller=CALLER)


def test_whoever_has_a_token_can_revoke_it_once(
    service: PersonalTokenService, accounts: InMemoryAccounts
) -> None:
    text = _create(service).token
    assert service.revoke_presented(token=text, origin=ORIGIN) == ADA.id
    assert service.revoke_presented(token=text, origin=ORIGIN) is None
    assert accounts.audit.acts == [Act.TOKEN_CREATED, Act.TOKEN_REVOKED]


def test_unknown_tokens_revoke_nothing(
    service: PersonalTokenService, stored: InMemoryTokens
) -> None:
    new = _create(service)
    others_secret = make(user_id=ADA.id, token_id=new.id)
    nobodys = make(user_id=new_id(), token_id=new.id)
    for text in ("", "errand_pat_", new.token[:-1], others_secret, nobodys):
        assert service.revoke_presented(token=text, origin=ORIGIN) is None
    assert len(stored.stored) == 1


def test_nothing_is_put_on_record_of_a_deleted_account(
    service: PersonalTokenService, accounts: InMemoryAccounts
) -> None:
    text = _create(service).token
    accounts.remove(ADA)
    assert service.revoke_presented(token=text, origin=ORIGIN) is None
    assert accounts.audit.acts == [Act.TOKEN_CREATED]
