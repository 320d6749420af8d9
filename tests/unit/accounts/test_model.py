"""The names that lead to an account."""

from dataclasses import replace

import pytest

from errand.accounts.model import Account, identity_key

ADA = Account(id="1", username="Ada", password_hash="-", created_at=0, updated_at=0)


def test_every_account_has_a_username() -> None:
    assert ADA.identities() == {"username": "IDENTITY#username#ada"}


def test_address_is_a_name_too() -> None:
    ada = replace(ADA, email="Ada@Example.com")
    assert ada.identities() == {
        "username": "IDENTITY#username#ada",
        "email": "IDENTITY#email#ada@example.com",
    }


def test_name_of_one_kind_is_none_of_the_other() -> None:
    assert identity_key("username", "ada@example.com") != identity_key("email", "ada@example.com")


@pytest.mark.parametrize("name", ["ADA", "\uff21da", "adA"], ids=ascii)
def test_spelling_makes_no_other_name(name: str) -> None:
    assert identity_key("username", name) == identity_key("username", "ada")


def test_account_begins_with_no_rights_and_nothing_proved() -> None:
    assert {ADA.admin, ADA.disabled, ADA.email_verified, ADA.mfa} == {False}
    assert (ADA.sessions_from, ADA.kept_session, ADA.version) == (None, None, 1)
