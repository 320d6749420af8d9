"""What administrators can do with others' accounts, and what they cannot do with their own."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from errand.errors import InvalidCursor, InvalidInput, NotFound, StorageUnavailable
from errand.identity.accounts.model import Account
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.administration.schemas import UserUpdate
from errand.identity.administration.service import AdministrationService
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.ids import new_id
from errand.pages import Pager
from errand.storage.unit import ATTEMPTS
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA, BOB, NOW, ORIGIN
from errand_testkit.stored import (
    acts,
    change_account,
    new_session,
    present,
    records,
    store_account,
    store_personal_token,
)

ADMIN = replace(BOB, admin=True)


@pytest.fixture
def clock() -> ManualClock:
    clock = ManualClock()
    clock.advance(seconds=3600)
    return clock


@pytest.fixture(autouse=True)
def _people(fake: FakeDynamo) -> None:
    for account in (ADA, ADMIN):
        store_account(account)
    fake.operations.clear()


@pytest.fixture
def service(
    store: ContendedStore, trail: AuditTrail, pager: Pager, clock: ManualClock
) -> AdministrationService:
    return AdministrationService(
        accounts=DynamoAccounts(), store=store, trail=trail, pager=pager, clock=clock
    )


def _update(service: AdministrationService, user_id: str = ADA.id, **fields: Any) -> Account:
    update = UserUpdate.model_validate(fields)
    return service.update(actor=ADMIN.id, user_id=user_id, update=update, origin=ORIGIN)


def _change_name() -> None:
    change_account(present(ADA), now=0, full_name="Somebody else")


def test_disabled_user_has_no_sessions_left(
    service: AdministrationService, clock: ManualClock
) -> None:
    session, _ = new_session(ADA, now=NOW)
    change_account(ADA, now=NOW, kept_session=session.id, sessions_from=NOW)
    assert _update(service, disabled=True).disabled
    stored = present(ADA)
    assert (stored.disabled, stored.sessions_from) == (True, clock())
    assert session.has_ended(stored, now=clock())


def test_enabled_user_logs_in_anew(service: AdministrationService, clock: ManualClock) -> None:
    session, _ = new_session(ADA, now=NOW)
    _update(service, disabled=True)
    clock.advance(seconds=60)
    assert not _update(service, disabled=False).disabled
    assert session.has_ended(present(ADA), now=clock())
    later, _ = new_session(ADA, now=clock())
    assert not later.has_ended(present(ADA), now=clock())


@pytest.mark.parametrize("account", [ADA, ADMIN], ids=["another", "oneself"])
def test_everybody_can_be_logged_out(
    service: AdministrationService, clock: ManualClock, account: Account
) -> None:
    assert not _update(service, account.id, log_out=True).disabled
    session, _ = new_session(account, now=NOW)
    assert session.has_ended(present(account), now=clock())


@pytest.mark.parametrize(
    ("before", "sent", "act"),
    [
        (False, {"disabled": True}, Act.DISABLED),
        (False, {"disabled": True, "log_out": True}, Act.DISABLED),
        (True, {"disabled": False}, Act.ENABLED),
        (True, {"disabled": False, "log_out": True}, Act.ENABLED),
        (False, {"log_out": True}, Act.FORCED_LOG_OUT),
        (False, {"disabled": False, "log_out": True}, Act.FORCED_LOG_OUT),
        (True, {"disabled": True, "log_out": True}, Act.FORCED_LOG_OUT),
    ],
    ids=str,
)
def test_act_is_put_on_the_users_record(
    service: AdministrationService,
    clock: ManualClock,
    sent: dict[str, Any],
    act: Act,
    *,
    before: bool,
) -> None:
    change_account(ADA, now=NOW, disabled=before)
    _update(service, **sent)
    (record,) = records(ADA.id)
    assert (record.act, record.user_id, record.actor) == (act, ADA.id, ADMIN.id)
    assert (record.address, record.request_id) == (ORIGIN.address, ORIGIN.request_id)
    assert record.at == clock()


@pytest.mark.parametrize(
    ("disabled", "sent"),
    [(False, {}), (False, {"disabled": False}), (True, {"disabled": True}), (True, {})],
    ids=str,
)
def test_what_is_so_already_is_not_written(
    service: AdministrationService,
    fake: FakeDynamo,
    sent: dict[str, Any],
    *,
    disabled: bool,
) -> None:
    account = change_account(ADA, now=NOW, disabled=disabled)
    fake.operations.clear()
    assert _update(service, **sent) == account
    assert fake.operations == ["GetItem"]


def test_administrators_do_not_lock_themselves_out(
    service: AdministrationService, fake: FakeDynamo
) -> None:
    with pytest.raises(InvalidInput, match="your own account"):
        _update(service, ADMIN.id, disabled=True)
    assert fake.operations == []


@pytest.mark.parametrize("user_id", ["", "x" * 3000, new_id(), ADA.id.upper(), "me"], ids=len)
def test_nobody_is_not_found(service: AdministrationService, user_id: str) -> None:
    with pytest.raises(NotFound, match="User not found"):
        _update(service, user_id, disabled=True)


def test_change_in_between_is_taken_in(
    service: AdministrationService, store: ContendedStore
) -> None:
    store.meanwhile = [_change_name] * 2
    user = _update(service, disabled=True)
    assert (user.disabled, user.full_name) == (True, "Somebody else")
    assert acts(ADA.id) == [Act.DISABLED]


def test_too_many_changes_in_between_ask_to_come_back(
    service: AdministrationService, store: ContendedStore
) -> None:
    store.meanwhile = [_change_name] * ATTEMPTS
    with pytest.raises(StorageUnavailable):
        _update(service, disabled=True)
    assert not acts(ADA.id)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_are_everybody_oldest_first(service: AdministrationService, limit: int) -> None:
    store_account(replace(BOB, id=new_id(), username="carol"))
    read: list[str] = []
    cursor = None
    while True:
        page = service.list(limit=limit, cursor=cursor)
        read += [user.username for user in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert read == ["Ada", "bob", "carol"]


def test_cursor_of_no_such_page_is_refused(service: AdministrationService) -> None:
    with pytest.raises(InvalidCursor):
        service.list(limit=1, cursor="cursor")


@pytest.mark.parametrize(
    "sent",
    [
        {"disabled": None},
        {"disabled": "yes"},
        {"disabled": 1},
        {"log_out": False},
        {"log_out": None},
        {"admin": True},
        {"password": "correct horse"},
        {"email_verified": True},
    ],
    ids=str,
)
def test_nothing_else_can_be_done(sent: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        UserUpdate.model_validate(sent)


@pytest.mark.parametrize(
    ("sent", "has_ended"),
    [
        ({"disabled": True}, False),
        ({"log_out": True}, True),
        ({"disabled": True, "log_out": True}, True),
        ({"disabled": False, "log_out": True}, True),
    ],
    ids=str,
)
def test_forced_log_out_ends_personal_tokens_too(
    service: AdministrationService, sent: dict[str, Any], *, has_ended: bool
) -> None:
    token, _ = store_personal_token(ADA, now=NOW)
    _update(service, **sent)
    assert token.has_ended(present(ADA)) is has_ended
