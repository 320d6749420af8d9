"""Password hashes: strong, salted, and the same work for nobody's."""

import pytest

from errand.accounts import passwords
from errand.accounts.passwords import hash_password, verify_password

PASSWORD = "correct horse"
HASH = hash_password(PASSWORD)
PARAMETERS = "$argon2id$v=19$m=19456,t=2,p=1$"


def test_right_password_is_right() -> None:
    assert verify_password(PASSWORD, HASH)


@pytest.mark.parametrize("password", ["", "Correct horse", "correct horse ", "correct horse\x00x"])
def test_wrong_password_is_wrong(password: str) -> None:
    assert not verify_password(password, HASH)


def test_hash_is_argon2id_with_the_recommended_costs() -> None:
    assert HASH.startswith(PARAMETERS)


def test_hash_is_salted() -> None:
    assert hash_password(PASSWORD) != HASH


def test_composition_makes_no_difference() -> None:
    assert verify_password("zoe\u0308 zoe\u0308", hash_password("zo\u00eb zo\u00eb"))


@pytest.mark.parametrize("password", [PASSWORD, ""])
def test_nobody_has_no_right_password(password: str) -> None:
    assert not verify_password(password, None)


def test_nobody_costs_what_somebody_costs() -> None:
    assert passwords._NOBODY.startswith(PARAMETERS)
    assert list(map(len, passwords._NOBODY.split("$"))) == list(map(len, HASH.split("$")))
