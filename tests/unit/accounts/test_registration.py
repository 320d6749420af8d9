"""Making an account."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from errand.accounts.passwords import verify_password
from errand.accounts.schemas import User
from errand.accounts.service import AccountService
from errand.errors import AlreadyTaken, IdempotencyKeyReused, TooManyAttempts, WeakPassword
from errand.storage.receipts import Receipt
from errand.throttling.model import REGISTER_ADDRESS
from errand_testkit.fakes import InMemoryAccounts
from errand_testkit.people import PASSWORD
from errand_testkit.sessions import ORIGIN
from errand_testkit.throttling import InMemoryCounters

RECEIPT = Receipt(pk="ANONYMOUS#1", sk="IDEMPOTENCY#1", fingerprint="ada")

type Register = Callable[..., User]
plain_passwords = pytest.mark.usefixtures("_plain_passwords")


@plain_passwords
def test_new_account_can_be_read(register: Register, account_service: AccountService) -> None:
    user = register()
    assert (user.version, user.disabled, user.admin) == (1, False, False)
    assert (user.email_verified, user.mfa_enabled) == (False, False)
    assert user.created_at == user.updated_at
    assert account_service.read(user_id=user.id) == user


def test_password_is_stored_hashed(register: Register, accounts: InMemoryAccounts) -> None:
    account = accounts.read(register().id)
    assert account
    assert account.password_hash.startswith("$argon2id$")
    assert verify_password(PASSWORD, account.password_hash)


@plain_passwords
@pytest.mark.parametrize("username", ["Ada", "ADA", "\uff21da"], ids=ascii)
def test_username_belongs_to_one_account(register: Register, username: str) -> None:
    register("ada", email="ada@example.com")
    with pytest.raises(AlreadyTaken, match="Username already registered"):
        register(username, email="ada@example.com")


@plain_passwords
def test_address_belongs_to_one_account(register: Register) -> None:
    register("ada", email="ada@example.com")
    with pytest.raises(AlreadyTaken, match="Email already registered"):
        register("bob", email="ADA@example.com")


@plain_passwords
def test_same_receipt_registers_once(register: Register) -> None:
    first = register("ada", receipt=RECEIPT)
    assert register("ada", receipt=RECEIPT) == first


@plain_passwords
def test_receipt_of_another_request_is_refused(register: Register) -> None:
    register("ada", receipt=RECEIPT)
    with pytest.raises(IdempotencyKeyReused):
        register("bob", receipt=replace(RECEIPT, fingerprint="bob"))


@pytest.mark.parametrize("password", ["password123", "somebody", "ada@example.com"])
def test_weak_password_is_refused_before_anything_is_counted(
    register: Register, accounts: InMemoryAccounts, counters: InMemoryCounters, password: str
) -> None:
    with pytest.raises(WeakPassword):
        register("somebody", email="ada@example.com", password=password)
    assert (accounts.calls, counters.calls) == ([], 0)


@plain_passwords
def test_registrations_from_one_address_are_slowed_down(
    register: Register, accounts: InMemoryAccounts
) -> None:
    for number in range(REGISTER_ADDRESS.free + 1):
        register(f"somebody {number}")
    with pytest.raises(TooManyAttempts):
        register("one more")
    assert accounts.find("one more") is None
    assert register("one more", origin=replace(ORIGIN, address="198.51.100.1"))


@plain_passwords
def test_address_that_tells_nobody_apart_is_not_counted(
    register: Register, counters: InMemoryCounters
) -> None:
    for number in range(REGISTER_ADDRESS.free + 5):
        register(f"somebody {number}", origin=replace(ORIGIN, address=None))
    assert not counters.stored
