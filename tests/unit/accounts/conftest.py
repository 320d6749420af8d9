"""Accounts in memory, and the service on them."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from errand.accounts import reauthentication, service
from errand.accounts.model import Account, AccountChanges, Caller
from errand.accounts.reauthentication import Reauthentication
from errand.accounts.schemas import Registration, User
from errand.accounts.scopes import OF_EVERYBODY
from errand.accounts.service import AccountService
from errand.audit.model import AuditRecord
from errand.ids import new_id
from errand.throttling.service import Throttle
from errand_testkit.fakes import InMemoryAccounts, ManualClock
from errand_testkit.people import PASSWORD
from errand_testkit.sessions import ORIGIN
from errand_testkit.throttling import InMemoryCounters

ADA = {"username": "Ada", "email": "ada@example.com", "full_name": "Ada Lovelace"}


class ContendedAccounts(InMemoryAccounts):
    """Somebody else writes between each read and the write that follows, `times` times."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0
        self.changes: AccountChanges = {"full_name": "Somebody else"}

    def change(
        self,
        account: Account,
        changes: AccountChanges,
        *,
        now: int,
        records: Sequence[AuditRecord] = (),
    ) -> Account:
        self._interfere(account)
        return super().change(account, changes, now=now, records=records)

    def remove(self, account: Account) -> None:
        self._interfere(account)
        super().remove(account)

    def of(self, user_id: str) -> Account:
        account = self.read(user_id)
        assert account
        return account

    def _interfere(self, account: Account) -> None:
        if self.times:
            self.times -= 1
            super().change(account, self.changes, now=0)


@pytest.fixture
def _plain_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that are not about what a password costs."""
    monkeypatch.setattr(service, "hash_password", "hash of {}".format)
    monkeypatch.setattr(
        reauthentication, "verify_password", lambda given, known: known == f"hash of {given}"
    )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def accounts() -> ContendedAccounts:
    return ContendedAccounts()


@pytest.fixture
def counters() -> InMemoryCounters:
    return InMemoryCounters()


@pytest.fixture
def account_service(
    accounts: ContendedAccounts, counters: InMemoryCounters, clock: ManualClock
) -> AccountService:
    throttle = Throttle(counters=counters, clock=clock)
    return AccountService(
        accounts=accounts,
        throttle=throttle,
        reauthentication=Reauthentication(throttle=throttle, audit=accounts.audit, clock=clock),
        refuse_common_passwords=True,
        clock=clock,
    )


@pytest.fixture
def register(account_service: AccountService) -> Callable[..., User]:
    def call(
        username: str = "Ada", *, receipt: Any = None, origin: Any = ORIGIN, **fields: Any
    ) -> User:
        new = Registration.model_validate({"username": username, "password": PASSWORD} | fields)
        return account_service.register(new=new, origin=origin, receipt=receipt)

    return call


@pytest.fixture
def ada(register: Callable[..., User], counters: InMemoryCounters) -> Caller:
    """Who asks in the name of an account with every field."""
    user = register(**ADA)
    counters.stored.clear()
    return Caller(user_id=user.id, scopes=OF_EVERYBODY, session_id=new_id())
