"""Making an account."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from errand.errors import (
    AlreadyTaken,
    AnsweredBefore,
    IdempotencyKeyReused,
    TooManyAttempts,
    WeakPassword,
)
from errand.identity.accounts.model import Account
from errand.identity.accounts.passwords import verify_password
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.accounts.schemas import ACCOUNT_JSON
from errand.identity.accounts.service import AccountService
from errand.identity.caller import Caller
from errand.identity.throttling.model import REGISTER_ADDRESS
from errand.storage.receipts import Receipt
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.people import ORIGIN, PASSWORD
from errand_testkit.stored import change_account, present, remove_account

RECEIPT = Receipt(path="/register", name="1", fingerprint="ada")

type Register = Callable[..., Account]
plain_passwords = pytest.mark.usefixtures("_plain_passwords")


@plain_passwords
def test_new_account_can_be_read(register: Register, account_service: AccountService) -> None:
    account = register()
    assert (account.version, account.disabled, account.admin) == (1, False, False)
    assert (account.email_verified, account.mfa_enabled) == (False, False)
    assert account.created_at == account.updated_at
    caller = Caller(user_id=account.id, scopes=frozenset())
    assert account_service.read(caller=caller) == account


def test_password_is_stored_hashed(register: Register) -> None:
    account = present(register())
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
    with pytest.raises(AnsweredBefore) as again:
        register("ada", receipt=RECEIPT)
    assert again.value.answer == ACCOUNT_JSON.one(first)


@plain_passwords
def test_receipt_of_another_request_is_refused(register: Register) -> None:
    register("ada", receipt=RECEIPT)
    with pytest.raises(IdempotencyKeyReused):
        register("ada", receipt=replace(RECEIPT, fingerprint="another"))


@plain_passwords
def test_receipt_is_found_by_either_name(register: Register) -> None:
    first = register("ada", email="ada@example.com", receipt=RECEIPT)
    change_account(first, now=0, username="countess")
    with pytest.raises(AnsweredBefore) as again:
        register("ada", email="ada@example.com", receipt=RECEIPT)
    assert again.value.answer == ACCOUNT_JSON.one(first)


@plain_passwords
def test_key_of_somebody_else_is_as_good_as_any(register: Register) -> None:
    first = register("ada", receipt=RECEIPT)
    second = register("bob", receipt=replace(RECEIPT, fingerprint="bob"))
    assert first.id != second.id


@plain_passwords
def test_name_that_another_has_is_taken_under_any_key(register: Register) -> None:
    register("ada")
    with pytest.raises(AlreadyTaken):
        register("ada", receipt=RECEIPT)


@plain_passwords
def test_receipt_goes_with_the_account(register: Register) -> None:
    first = register("ada", receipt=RECEIPT)
    remove_account(first)
    second = register("ada", receipt=RECEIPT)
    assert present(second).id != first.id


@pytest.mark.parametrize("password", ["password123", "somebody", "ada@example.com"])
def test_weak_password_is_refused_before_anything_is_counted(
    register: Register, fake: FakeDynamo, password: str
) -> None:
    with pytest.raises(WeakPassword):
        register("somebody", email="ada@example.com", password=password)
    assert fake.operations == []


@plain_passwords
def test_registrations_from_one_address_are_slowed_down(
    register: Register, accounts: DynamoAccounts
) -> None:
    for number in range(REGISTER_ADDRESS.free + 1):
        register(f"somebody {number}")
    with pytest.raises(TooManyAttempts):
        register("one more")
    assert accounts.find("one more") is None
    assert register("one more", origin=replace(ORIGIN, address="198.51.100.1"))


@plain_passwords
def test_address_that_tells_nobody_apart_is_not_counted(
    register: Register, fake: FakeDynamo
) -> None:
    for number in range(REGISTER_ADDRESS.free + 5):
        register(f"somebody {number}", origin=replace(ORIGIN, address=None))
    assert fake.all("EphemeralTable") == []
