"""Making, listing and revoking personal access tokens."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from errand.errors import (
    AnsweredBefore,
    IdempotencyKeyReused,
    IncorrectPassword,
    InvalidInput,
    InvalidToken,
    NotFound,
    SessionRequired,
)
from errand.identity.accounts.reauthentication import Reauthentication
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.identity.personal_tokens.model import TOKENS_MAX, PersonalToken, make, parse
from errand.identity.personal_tokens.repository import DynamoTokens
from errand.identity.personal_tokens.schemas import TokenCreate, new_token_json
from errand.identity.personal_tokens.service import PersonalTokenService
from errand.identity.scopes import OF_EVERYBODY, Scope
from errand.identity.throttling.service import Throttle
from errand.ids import new_id
from errand.records import show
from errand.storage.receipts import Receipt
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import BOB as BOBS
from errand_testkit.people import ORIGIN, PASSWORD, ada_with_password, password_hash
from errand_testkit.stored import (
    acts,
    change_account,
    personal_tokens_of,
    present,
    records,
    remove_account,
    store_account,
    store_personal_token,
)

ADA = ada_with_password()
BACKUP = {"name": "Backup", "scopes": ["tasks:read"], "current_password": PASSWORD}
RECEIPT = Receipt(path="/users/me/tokens", name="1", fingerprint="backup")
CALLER = Caller(user_id=ADA.id, scopes=OF_EVERYBODY, session_id=new_id())
BOB = replace(CALLER, user_id=BOBS.id)


@pytest.fixture(autouse=True)
def _ada(fake: FakeDynamo) -> None:
    assert store_account(ADA)
    assert store_account(replace(BOBS, password_hash=password_hash()))
    fake.operations.clear()


@pytest.fixture
def service(
    store: ContendedStore, trail: AuditTrail, throttle: Throttle, clock: ManualClock
) -> PersonalTokenService:
    return PersonalTokenService(
        accounts=DynamoAccounts(),
        personal_tokens=DynamoTokens(),
        store=store,
        trail=trail,
        reauthentication=Reauthentication(throttle=throttle, trail=trail),
        clock=clock,
    )


def _created(
    service: PersonalTokenService,
    caller: Caller = CALLER,
    *,
    receipt: Receipt | None = None,
    **fields: Any,
) -> tuple[PersonalToken, str]:
    new = TokenCreate.model_validate(BACKUP | fields)
    return service.create(caller=caller, new=new, origin=ORIGIN, receipt=receipt)


def _create(service: PersonalTokenService, caller: Caller = CALLER, **fields: Any) -> PersonalToken:
    return _created(service, caller, **fields)[0]


def test_new_token_is_shown_once_and_kept_as_a_hash(service: PersonalTokenService) -> None:
    new, text = _created(service)
    (kept,) = personal_tokens_of(ADA)
    presented = parse(text)
    assert (presented.user_id, presented.id, presented.digest) == (ADA.id, new.id, kept.digest)
    assert text not in repr(kept)
    (listed,) = service.list(caller=CALLER)
    assert json.loads(new_token_json(new, text)) == {**show(listed), "token": text}
    assert (listed.name, listed.scopes) == ("Backup", frozenset({Scope.TASKS_READ}))
    assert (listed.expires_at, listed.last_used_on) == (None, None)


def test_new_token_is_put_on_record(service: PersonalTokenService, clock: ManualClock) -> None:
    new = _create(service)
    (record,) = records(ADA.id)
    assert (record.act, record.about) == (Act.TOKEN_CREATED, new.id)
    assert (record.actor, record.at) == (ADA.id, clock())
    assert (record.address, record.request_id) == (ORIGIN.address, ORIGIN.request_id)


def test_token_makes_no_others(service: PersonalTokenService) -> None:
    script = replace(CALLER, session_id=None, token_id=new_id())
    with pytest.raises(SessionRequired):
        _create(service, script)
    assert not personal_tokens_of(ADA)


def test_present_password_is_asked_for(service: PersonalTokenService) -> None:
    with pytest.raises(IncorrectPassword):
        _create(service, current_password="wrong horse")
    assert not personal_tokens_of(ADA)


def test_of_two_at_once_the_limit_lets_one_through(
    service: PersonalTokenService, store: ContendedStore, clock: ManualClock
) -> None:
    for _ in range(TOKENS_MAX - 1):
        store_personal_token(ADA, now=clock())
    store.meanwhile = [lambda: _create(service)]
    with pytest.raises(InvalidInput, match="at most 50 tokens"):
        _create(service)
    assert len(personal_tokens_of(ADA)) == TOKENS_MAX


def test_nothing_is_made_for_an_account_that_is_deleted_meanwhile(
    service: PersonalTokenService, store: ContendedStore
) -> None:
    store.meanwhile = [lambda: remove_account(ADA)]
    with pytest.raises(InvalidToken):
        _create(service)
    assert not personal_tokens_of(ADA)


def test_tokens_that_ended_with_others_are_neither_listed_nor_counted(
    service: PersonalTokenService, clock: ManualClock
) -> None:
    for _ in range(TOKENS_MAX):
        store_personal_token(ADA, now=clock())
    change_account(ADA, now=clock(), tokens_from=clock())
    assert service.list(caller=CALLER) == []
    # In the same millisecond, or by a clock that is behind.
    new = _create(service)
    assert service.list(caller=CALLER) == [new]


def test_same_receipt_makes_one_token_and_keeps_no_secret(
    service: PersonalTokenService, fake: FakeDynamo
) -> None:
    new, text = _created(service, receipt=RECEIPT)
    with pytest.raises(AnsweredBefore) as again:
        _create(service, receipt=RECEIPT)
    assert json.loads(again.value.answer) == {**show(new), "token": None}
    assert personal_tokens_of(ADA) == [new]
    secret = text[-39:-7]
    assert secret not in str(fake.items)
    with pytest.raises(IdempotencyKeyReused):
        _create(service, receipt=replace(RECEIPT, fingerprint="another"))


def test_receipt_answers_where_there_is_no_room_any_more(
    service: PersonalTokenService, clock: ManualClock
) -> None:
    for _ in range(TOKENS_MAX - 1):
        store_personal_token(ADA, now=clock())
    _create(service, receipt=RECEIPT)
    with pytest.raises(AnsweredBefore):
        _create(service, receipt=RECEIPT)


def test_receipt_answers_once_what_it_made_has_expired(
    service: PersonalTokenService, clock: ManualClock
) -> None:
    soon = datetime.fromtimestamp(clock() / 1000 + 60, UTC)
    _create(service, receipt=RECEIPT, expires_at=soon)
    clock.advance(seconds=3600)
    with pytest.raises(AnsweredBefore):
        _create(service, receipt=RECEIPT, expires_at=soon)


@pytest.mark.parametrize("scopes", [["tasks:read"], ["tasks:read", "account:read"]], ids=str)
def test_token_may_have_what_its_maker_has(
    service: PersonalTokenService, scopes: list[str]
) -> None:
    caller = replace(CALLER, scopes=frozenset({Scope.TASKS_READ, Scope.ACCOUNT_READ}))
    assert _create(service, caller, scopes=scopes).scopes == set(scopes)


def test_token_has_no_scope_that_its_maker_has_not(service: PersonalTokenService) -> None:
    caller = replace(CALLER, scopes=frozenset({Scope.TASKS_READ, Scope.ACCOUNT_WRITE}))
    with pytest.raises(InvalidInput, match="scope"):
        _create(service, caller, scopes=["tasks:read", "tasks:write"])
    assert not personal_tokens_of(ADA)


@pytest.mark.parametrize(
    "after",
    [timedelta(milliseconds=1), timedelta(days=1, milliseconds=123), timedelta(days=365 * 100)],
    ids=str,
)
def test_token_may_expire(
    service: PersonalTokenService, clock: ManualClock, after: timedelta
) -> None:
    instant = datetime.fromtimestamp(clock() / 1000, UTC) + after
    assert _create(service, expires_at=instant).expires_at == instant.timestamp() * 1000


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
    service: PersonalTokenService, expires_at: str
) -> None:
    with pytest.raises(InvalidInput, match="expires_at"):
        _create(service, expires_at=expires_at)
    assert not personal_tokens_of(ADA)


def test_account_has_50_tokens_at_most(service: PersonalTokenService, clock: ManualClock) -> None:
    tokens = [store_personal_token(ADA, now=clock())[0] for _ in range(TOKENS_MAX - 1)]
    tokens.append(_create(service))
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
    assert service.list(caller=CALLER) == [newer, older]


def test_token_is_revoked_by_its_id(service: PersonalTokenService) -> None:
    new = _create(service)
    service.revoke(caller=CALLER, token_id=new.id, origin=ORIGIN)
    assert service.list(caller=CALLER) == []
    _, record = records(ADA.id)
    assert (record.act, record.about) == (Act.TOKEN_REVOKED, new.id)
    with pytest.raises(NotFound):
        service.revoke(caller=CALLER, token_id=new.id, origin=ORIGIN)
    assert len(records(ADA.id)) == 2


@pytest.mark.parametrize("token_id", ["", "#", "x" * 2000, new_id(), new_id().upper()], ids=len)
def test_only_tokens_that_are_there_can_be_revoked(
    service: PersonalTokenService, token_id: str
) -> None:
    with pytest.raises(NotFound, match="Token not found"):
        service.revoke(caller=CALLER, token_id=token_id, origin=ORIGIN)
    assert not records(ADA.id)


def test_token_of_somebody_else_cannot_be_revoked(service: PersonalTokenService) -> None:
    new = _create(service)
    with pytest.raises(NotFound):
        service.revoke(caller=BOB, token_id=new.id, origin=ORIGIN)
    assert service.list(caller=CALLER)


def test_whoever_has_a_token_can_revoke_it_once(service: PersonalTokenService) -> None:
    _, text = _created(service)
    service.revoke_presented(token=text, origin=ORIGIN)
    assert not personal_tokens_of(ADA)
    service.revoke_presented(token=text, origin=ORIGIN)
    assert acts(ADA.id) == [Act.TOKEN_CREATED, Act.TOKEN_REVOKED]


def test_unknown_tokens_revoke_nothing(service: PersonalTokenService) -> None:
    new, token = _created(service)
    others_secret = make(user_id=ADA.id, token_id=new.id)
    nobodys = make(user_id=new_id(), token_id=new.id)
    for text in ("", "errand_pat_", token[:-1], others_secret, nobodys):
        service.revoke_presented(token=text, origin=ORIGIN)
    assert personal_tokens_of(ADA) == [new]


def test_nothing_is_put_on_record_of_a_deleted_account(service: PersonalTokenService) -> None:
    _, text = _created(service)
    remove_account(present(ADA))
    service.revoke_presented(token=text, origin=ORIGIN)
    assert acts(ADA.id) == [Act.TOKEN_CREATED]
