"""What administrators can do with others' accounts, and what they cannot do with their own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from errand.accounts.model import Account, AccountChanges, Caller
from errand.accounts.schemas import User
from errand.accounts.scopes import Scope
from errand.administration.schemas import UserUpdate
from errand.administration.service import AdministrationService
from errand.audit.model import Act, AuditRecord
from errand.errors import InvalidCursor, InvalidInput, NotFound, StorageUnavailable
from errand.ids import new_id
from errand.keys import KeyRing
from errand_testkit.fakes import InMemoryAccounts, ManualClock
from errand_testkit.people import ADA, BOB, NOW
from errand_testkit.sessions import ORIGIN, new_session

ADMIN = replace(BOB, admin=True)
CALLER = Caller(user_id=ADMIN.id, scopes=frozenset(Scope), session_id=new_id())


class ContendedAccounts(InMemoryAccounts):
    """Somebody else writes before each change, `times` times."""

    times = 0

    def change(
        self,
        account: Account,
        changes: AccountChanges,
        *,
        now: int,
        records: Sequence[AuditRecord] = (),
    ) -> Account:
        if self.times:
            self.times -= 1
            super().change(account, {"full_name": "Somebody else"}, now=0)
        return super().change(account, changes, now=now, records=records)


@pytest.fixture
def clock() -> ManualClock:
    clock = ManualClock()
    clock.advance(seconds=3600)
    return clock


@pytest.fixture
def accounts() -> ContendedAccounts:
    accounts = ContendedAccounts()
    for account in (ADA, ADMIN):
        accounts.add(account, receipt=None, answer="")
    accounts.calls.clear()
    return accounts


@pytest.fixture
def service(
    accounts: ContendedAccounts, ring: KeyRing, clock: ManualClock
) -> AdministrationService:
    return AdministrationService(accounts=accounts, ring=ring, clock=clock)


def _update(service: AdministrationService, user_id: str = ADA.id, **fields: Any) -> User:
    update = UserUpdate.model_validate(fields)
    return service.update(caller=CALLER, user_id=user_id, update=update, origin=ORIGIN)


def _stored(accounts: InMemoryAccounts, user_id: str = ADA.id) -> Account:
    account = accounts.read(user_id)
    assert account
    return account


def test_disabled_user_has_no_sessions_left(
    service: AdministrationService, accounts: ContendedAccounts, clock: ManualClock
) -> None:
    session, _ = new_session(ADA, now=NOW)
    accounts.change(ADA, {"kept_session": session.id, "sessions_from": NOW}, now=NOW)
    assert _update(service, disabled=True).disabled
    stored = _stored(accounts)
    assert (stored.disabled, stored.sessions_from) == (True, clock())
    assert session.has_ended(stored, now=clock())


def test_enabled_user_logs_in_anew(
    service: AdministrationService, accounts: ContendedAccounts, clock: ManualClock
) -> None:
    session, _ = new_session(ADA, now=NOW)
    _update(service, disabled=True)
    clock.advance(seconds=60)
    assert not _update(service, disabled=False).disabled
    assert session.has_ended(_stored(accounts), now=clock())
    later, _ = new_session(ADA, now=clock())
    assert not later.has_ended(_stored(accounts), now=clock())


@pytest.mark.parametrize("user_id", [ADA.id, ADMIN.id], ids=["another", "oneself"])
def test_everybody_can_be_logged_out(
    service: AdministrationService, accounts: ContendedAccounts, clock: ManualClock, user_id: str
) -> None:
    assert not _update(service, user_id, log_out=True).disabled
    session, _ = new_session(_stored(accounts, user_id), now=NOW)
    assert session.has_ended(_stored(accounts, user_id), now=clock())


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
    accounts: ContendedAccounts,
    clock: ManualClock,
    sent: dict[str, Any],
    act: Act,
    *,
    before: bool,
) -> None:
    accounts.change(ADA, {"disabled": before}, now=NOW)
    _update(service, **sent)
    (record,) = accounts.audit.records
    assert (record.act, record.user_id, record.actor) == (act, ADA.id, ADMIN.id)
    assert (record.origin, record.at) == (ORIGIN, clock())


@pytest.mark.parametrize(
    ("disabled", "sent"),
    [(False, {}), (False, {"disabled": False}), (True, {"disabled": True}), (True, {})],
    ids=str,
)
def test_what_is_so_already_is_not_written(
    service: AdministrationService,
    accounts: ContendedAccounts,
    sent: dict[str, Any],
    *,
    disabled: bool,
) -> None:
    account = accounts.change(ADA, {"disabled": disabled}, now=NOW)
    accounts.calls.clear()
    assert _update(service, **sent) == User.of(account)
    assert accounts.calls == ["read"]
    assert not accounts.audit.records


def test_administrators_do_not_lock_themselves_out(
    service: AdministrationService, accounts: ContendedAccounts
) -> None:
    with pytest.raises(InvalidInput, match="your own account"):
        _update(service, ADMIN.id, disabled=True)
    assert accounts.calls == []


@pytest.mark.parametrize("user_id", ["", "x" * 3000, new_id(), ADA.id.upper(), "me"], ids=len)
def test_nobody_is_not_found(service: AdministrationService, user_id: str) -> None:
    with pytest.raises(NotFound, match="User not found"):
        _update(service, user_id, disabled=True)


def test_change_in_between_is_taken_in(
    service: AdministrationService, accounts: ContendedAccounts
) -> None:
    accounts.times = 2
    user = _update(service, disabled=True)
    assert (user.disabled, user.full_name) == (True, "Somebody else")
    assert accounts.audit.acts == [Act.DISABLED]


def test_too_many_changes_in_between_ask_to_come_back(
    service: AdministrationService, accounts: ContendedAccounts
) -> None:
    accounts.times = 3
    with pytest.raises(StorageUnavailable):
        _update(service, disabled=True)
    assert not accounts.audit.records


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_are_everybody_oldest_first(
    service: AdministrationService, accounts: ContendedAccounts, limit: int
) -> None:
    carol = replace(BOB, id=new_id(), username="carol")
    accounts.add(carol, receipt=None, answer="")
    read: list[str] = []
    cursor = None
    while True:
        page = service.page(limit=limit, cursor=cursor)
        read += [user.username for user in page.users]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert read == ["Ada", "bob", "carol"]


def test_cursor_of_no_such_page_is_refused(service: AdministrationService) -> None:
    with pytest.raises(InvalidCursor):
        service.page(limit=1, cursor="cursor")


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
