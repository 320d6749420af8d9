"""What a person can do with their account, on accounts kept in memory."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from errand.accounts.model import Account, AccountChanges
from errand.accounts.schemas import AccountUpdate, Registration
from errand.accounts.service import AccountService
from errand.accounts.tokens import LIFETIME_SECONDS, TokenIssuer
from errand.errors import (
    AlreadyTaken,
    IdempotencyKeyReused,
    InactiveUser,
    IncorrectPassword,
    InvalidCredentials,
    InvalidToken,
    PreconditionFailed,
    StorageUnavailable,
)
from errand.ids import new_id
from errand.keys import KeyRing
from errand.storage.receipts import Receipt
from errand_testkit.fakes import InMemoryAccounts, ManualClock

PASSWORD = "correct horse"
RECEIPT = Receipt(pk="ANONYMOUS#1", sk="IDEMPOTENCY#1", fingerprint="ada")


class ContendedAccounts(InMemoryAccounts):
    """Somebody else writes between each read and the write that follows, `times` times."""

    times = 0

    def change(self, account: Account, changes: AccountChanges, *, now: int) -> Account:
        self._interfere(account)
        return super().change(account, changes, now=now)

    def remove(self, account: Account) -> None:
        self._interfere(account)
        super().remove(account)

    def _interfere(self, account: Account) -> None:
        if self.times:
            self.times -= 1
            super().change(account, {"full_name": "Somebody else"}, now=0)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def accounts() -> ContendedAccounts:
    return ContendedAccounts()


@pytest.fixture
def tokens(ring: KeyRing, clock: ManualClock) -> TokenIssuer:
    return TokenIssuer(ring=ring, clock=clock)


@pytest.fixture
def service(accounts: ContendedAccounts, tokens: TokenIssuer, clock: ManualClock) -> AccountService:
    return AccountService(accounts=accounts, tokens=tokens, clock=clock)


@pytest.fixture
def ada(service: AccountService) -> str:
    """The id of an account with every field."""
    return service.register(
        new=_registration("Ada", email="ada@example.com", full_name="Ada Lovelace")
    ).id


def _registration(username: str, **fields: Any) -> Registration:
    return Registration.model_validate({"username": username, "password": PASSWORD} | fields)


def _update(**fields: Any) -> AccountUpdate:
    return AccountUpdate.model_validate(fields)


def test_new_account_can_be_read(service: AccountService) -> None:
    user = service.register(new=_registration("ada"))
    assert (user.version, user.disabled) == (1, False)
    assert user.created_at == user.updated_at
    assert service.read(user_id=user.id) == user


def test_password_is_stored_hashed(ada: str, accounts: ContendedAccounts) -> None:
    account = accounts.read(ada)
    assert account
    assert account.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize("username", ["Ada", "ADA", "\uff21da"], ids=ascii)
@pytest.mark.usefixtures("ada")
def test_username_belongs_to_one_account(service: AccountService, username: str) -> None:
    with pytest.raises(AlreadyTaken, match="Username already registered"):
        service.register(new=_registration(username, email="ada@example.com"))


@pytest.mark.usefixtures("ada")
def test_address_belongs_to_one_account(service: AccountService) -> None:
    with pytest.raises(AlreadyTaken, match="Email already registered"):
        service.register(new=_registration("bob", email="ADA@example.com"))


def test_same_receipt_registers_once(service: AccountService) -> None:
    first = service.register(new=_registration("ada"), receipt=RECEIPT)
    assert service.register(new=_registration("ada"), receipt=RECEIPT) == first


def test_receipt_of_another_request_is_refused(service: AccountService) -> None:
    service.register(new=_registration("ada"), receipt=RECEIPT)
    other = Receipt(pk=RECEIPT.pk, sk=RECEIPT.sk, fingerprint="bob")
    with pytest.raises(IdempotencyKeyReused):
        service.register(new=_registration("bob"), receipt=other)


@pytest.mark.parametrize("username", ["Ada", "ada", "ADA"])
def test_log_in_gives_a_token(
    service: AccountService, tokens: TokenIssuer, ada: str, username: str
) -> None:
    token = service.log_in(username=username, password=PASSWORD)
    assert tokens.verify(token.access_token).user_id == ada
    assert (token.token_type, token.expires_in) == ("bearer", LIFETIME_SECONDS)


@pytest.mark.parametrize(
    ("username", "password"),
    [("Ada", "wrong horse"), ("bob", PASSWORD), ("ada@example.com", PASSWORD), ("", "")],
)
@pytest.mark.usefixtures("ada")
def test_wrong_password_and_unknown_user_are_one_error(
    service: AccountService, username: str, password: str
) -> None:
    with pytest.raises(InvalidCredentials):
        service.log_in(username=username, password=password)


def test_disabled_user_stays_out(
    service: AccountService, accounts: ContendedAccounts, ada: str
) -> None:
    account = accounts.read(ada)
    assert account
    accounts.change(account, {"disabled": True}, now=0)
    with pytest.raises(InactiveUser):
        service.log_in(username="Ada", password=PASSWORD)


def test_wrong_password_does_not_tell_that_a_user_is_disabled(
    service: AccountService, accounts: ContendedAccounts, ada: str
) -> None:
    account = accounts.read(ada)
    assert account
    accounts.change(account, {"disabled": True}, now=0)
    with pytest.raises(InvalidCredentials):
        service.log_in(username="Ada", password="wrong horse")


@pytest.mark.parametrize(
    "changes",
    [
        {"full_name": "Ada King"},
        {"full_name": None},
        {"full_name": ""},
        {"email": "ada@example.org"},
        {"email": None},
        {"username": "countess", "email": "countess@example.com"},
        {"username": "ADA"},
    ],
    ids=str,
)
def test_update_changes_what_was_sent(
    service: AccountService, clock: ManualClock, ada: str, changes: dict[str, Any]
) -> None:
    before = service.read(user_id=ada).model_dump()
    clock.advance(seconds=60)
    after = service.update(user_id=ada, update=_update(**changes))
    expected = before | changes | {"version": 2, "updated_at": after.updated_at}
    assert after.model_dump() == service.read(user_id=ada).model_dump() == expected
    assert (after.updated_at - before["updated_at"]).total_seconds() == 60


def test_update_of_nothing_changes_nothing(service: AccountService, ada: str) -> None:
    before = service.read(user_id=ada)
    assert service.update(user_id=ada, update=_update()) == before


def test_new_name_replaces_the_old_one(service: AccountService, ada: str) -> None:
    service.update(user_id=ada, update=_update(username="countess"))
    assert service.log_in(username="countess", password=PASSWORD)
    with pytest.raises(InvalidCredentials):
        service.log_in(username="ada", password=PASSWORD)
    service.register(new=_registration("ada"))


def test_name_of_somebody_else_cannot_be_taken(service: AccountService, ada: str) -> None:
    service.register(new=_registration("bob", email="bob@example.com"))
    with pytest.raises(AlreadyTaken, match="Username"):
        service.update(user_id=ada, update=_update(username="BOB"))
    with pytest.raises(AlreadyTaken, match="Email"):
        service.update(user_id=ada, update=_update(email="BOB@example.com"))


def test_new_password_replaces_the_old_one(service: AccountService, ada: str) -> None:
    service.update(
        user_id=ada, update=_update(password="battery staple", current_password=PASSWORD)
    )
    assert service.log_in(username="ada", password="battery staple")
    with pytest.raises(InvalidCredentials):
        service.log_in(username="ada", password=PASSWORD)


@pytest.mark.parametrize("current", [{}, {"current_password": SecretStr("wrong horse")}], ids=str)
def test_new_password_asks_for_the_current_one(
    service: AccountService, ada: str, current: dict[str, Any]
) -> None:
    with pytest.raises(IncorrectPassword):
        service.update(user_id=ada, update=_update(password="battery staple", **current))
    assert service.log_in(username="ada", password=PASSWORD)


def test_deleted_account_is_gone_and_its_names_are_free(service: AccountService, ada: str) -> None:
    service.delete(user_id=ada)
    with pytest.raises(InvalidToken):
        service.read(user_id=ada)
    with pytest.raises(InvalidCredentials):
        service.log_in(username="ada", password=PASSWORD)
    assert service.register(new=_registration("ada", email="ada@example.com")).id != ada


def _rename(service: AccountService, user_id: str, versions: set[int] | None) -> None:
    service.update(user_id=user_id, update=_update(username="countess"), versions=versions)


def _delete(service: AccountService, user_id: str, versions: set[int] | None) -> None:
    service.delete(user_id=user_id, versions=versions)


type Change = Callable[[AccountService, str, set[int] | None], None]
EVERY_CHANGE = pytest.mark.parametrize("change", [_rename, _delete])


@EVERY_CHANGE
def test_change_of_no_account_is_refused(service: AccountService, change: Change) -> None:
    with pytest.raises(InvalidToken):
        change(service, new_id(), None)


@EVERY_CHANGE
def test_change_asks_for_the_version(service: AccountService, ada: str, change: Change) -> None:
    with pytest.raises(PreconditionFailed):
        change(service, ada, {2, 3})
    with pytest.raises(PreconditionFailed):
        change(service, ada, set())
    change(service, ada, {1, 2})


@EVERY_CHANGE
def test_change_in_between_is_taken_in(
    service: AccountService, accounts: ContendedAccounts, ada: str, change: Change
) -> None:
    accounts.times = 2
    change(service, ada, None)
    assert accounts.find("Ada") is None


@EVERY_CHANGE
def test_change_in_between_is_told_to_who_named_a_version(
    service: AccountService, accounts: ContendedAccounts, ada: str, change: Change
) -> None:
    accounts.times = 1
    with pytest.raises(PreconditionFailed):
        change(service, ada, {1})


@EVERY_CHANGE
def test_too_many_changes_in_between_ask_to_come_back(
    service: AccountService, accounts: ContendedAccounts, ada: str, change: Change
) -> None:
    accounts.times = 3
    with pytest.raises(StorageUnavailable):
        change(service, ada, None)
