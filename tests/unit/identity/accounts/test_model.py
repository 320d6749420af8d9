"""The names that lead to an account, and how it begins."""

from dataclasses import replace

import pytest

from errand.identity.accounts.model import Account
from errand.identity.accounts.repository import identity_key
from errand.storage.kinds import IDENTITY

ADA = Account(id="1", username="Ada", password_hash="-", created_at=0, updated_at=0, version=1)


def test_every_account_has_a_username() -> None:
    assert ADA.names == {"username": "Ada"}


def test_address_is_a_name_too() -> None:
    ada = replace(ADA, email="Ada@Example.com")
    assert ada.names == {"username": "Ada", "email": "Ada@Example.com"}


def test_name_leads_to_the_account_under_a_key_of_its_kind() -> None:
    assert identity_key("username", "Ada") == IDENTITY.key("username#ada")
    assert identity_key("email", "Ada@Example.com") == IDENTITY.key("email#ada@example.com")


def test_name_of_one_kind_is_none_of_the_other() -> None:
    assert identity_key("username", "ada@example.com") != identity_key("email", "ada@example.com")


@pytest.mark.parametrize("name", ["ADA", "\uff21da", "adA"], ids=ascii)
def test_spelling_makes_no_other_name(name: str) -> None:
    assert identity_key("username", name) == identity_key("username", "ada")


def test_account_begins_with_no_rights_and_nothing_proved() -> None:
    assert {ADA.admin, ADA.disabled, ADA.email_verified, ADA.mfa_enabled} == {False}
    assert (ADA.sessions_from, ADA.kept_session) == (None, None)


def test_change_makes_the_next_version() -> None:
    changed = ADA.changed({"full_name": "Ada King"}, now=1000)
    assert changed == replace(ADA, full_name="Ada King", updated_at=1000, version=2)
