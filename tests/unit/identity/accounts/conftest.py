"""The service of accounts, and Ada, who has one."""

from collections.abc import Callable
from typing import Any

import pytest

from errand.identity.accounts import reauthentication, service
from errand.identity.accounts.model import Account
from errand.identity.accounts.reauthentication import Reauthentication
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.accounts.schemas import Registration
from errand.identity.accounts.service import AccountService
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.identity.scopes import OF_EVERYBODY
from errand.identity.throttling.service import Throttle
from errand.ids import new_id
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ORIGIN, PASSWORD
from errand_testkit.stored import change_account

ADA = {"username": "Ada", "email": "ada@example.com", "full_name": "Ada Lovelace"}


@pytest.fixture
def _plain_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that are not about what a password costs."""
    monkeypatch.setattr(service, "hash_password", "hash of {}".format)
    monkeypatch.setattr(
        reauthentication, "verify_password", lambda given, known: known == f"hash of {given}"
    )


@pytest.fixture
def accounts() -> DynamoAccounts:
    return DynamoAccounts()


@pytest.fixture
def account_service(
    accounts: DynamoAccounts,
    store: ContendedStore,
    trail: AuditTrail,
    throttle: Throttle,
    clock: ManualClock,
) -> AccountService:
    return AccountService(
        accounts=accounts,
        store=store,
        trail=trail,
        throttle=throttle,
        reauthentication=Reauthentication(throttle=throttle, trail=trail),
        refuse_common_passwords=True,
        clock=clock,
    )


@pytest.fixture
def register(account_service: AccountService) -> Callable[..., Account]:
    def call(
        username: str = "Ada", *, receipt: Any = None, origin: Any = ORIGIN, **fields: Any
    ) -> Account:
        new = Registration.model_validate({"username": username, "password": PASSWORD} | fields)
        return account_service.register(new=new, origin=origin, receipt=receipt)

    return call


@pytest.fixture
def ada(register: Callable[..., Account], fake: FakeDynamo) -> Caller:
    """Who asks in the name of an account with every field; nothing is counted yet."""
    account = register(**ADA)
    fake.items["EphemeralTable"].clear()
    return Caller(user_id=account.id, scopes=OF_EVERYBODY, session_id=new_id())


@pytest.fixture
def stored(accounts: DynamoAccounts, ada: Caller) -> Callable[[], Account]:
    """Ada's account as it is now."""

    def read() -> Account:
        account = accounts.read(ada.user_id)
        assert account
        return account

    return read


@pytest.fixture
def interfere(store: ContendedStore, stored: Callable[[], Account]) -> Callable[..., None]:
    """Somebody else changes Ada's account just before it is written, so many times."""

    def call(times: int = 1, **changes: Any) -> None:
        def change() -> None:
            change_account(stored(), now=0, **(changes or {"full_name": "Somebody else"}))

        store.meanwhile = [change] * times

    return call
