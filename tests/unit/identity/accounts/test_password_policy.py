"""Passwords that are refused, and what the person who chose one reads."""

import gzip
import subprocess
import sys
from importlib.resources import files

import pytest

from errand.errors import WeakPassword
from errand.identity.accounts import password_policy
from errand.identity.accounts.password_policy import check_new_password


def refusal(
    password: str,
    *,
    username: str = "johndoe",
    email: str | None = "john.doe@example.com",
    refuse_common: bool = True,
) -> str | None:
    try:
        check_new_password(password, username=username, email=email, refuse_common=refuse_common)
    except WeakPassword as weak:
        return str(weak)
    return None


@pytest.mark.parametrize(
    "password",
    [
        "correct horse",
        "johndoe's horse",
        "x7-k2-p9",
        "\u043b\u043e\u0448\u0430\u0434\u044c \u2116 7",
    ],
)
def test_good_password_is_taken(password: str) -> None:
    assert refusal(password) is None


# ------------------------------------------------------------------------------------ length


@pytest.mark.parametrize(("password", "length"), [("x" * 257, 257), ("\ufdfa" * 15, 270)])
def test_at_most_256_characters_once_normalised(password: str, length: int) -> None:
    reason = f"The password has {length} characters, and 256 are the most"
    assert refusal(password) == reason
    assert refusal(password, refuse_common=False) == reason


@pytest.mark.parametrize("password", ["x" * 256, "\ufdfa" * 14])
def test_256_characters_are_taken(password: str) -> None:
    assert refusal(password) is None


def test_at_least_8_characters_once_normalised() -> None:
    assert refusal("zoe\u0308 zoe\u0308") == "The password has 7 characters, and 8 are the fewest"


# ------------------------------------------------------------------------------------- names


@pytest.mark.parametrize("refuse_common", [True, False])
@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("Jonathan", "Jonathan"),
        ("Jonathan", "jONATHAN"),
        ("Jonathan", "\uff2aonathan"),
        ("Stra\u00dfenbau", "STRASSENBAU"),
        ("johndoe", "johndoejohndoe"),
    ],
)
def test_the_username_is_refused(username: str, password: str, *, refuse_common: bool) -> None:
    reason = refusal(password, username=username, refuse_common=refuse_common)
    assert reason == "The password is nothing but the username"


@pytest.mark.parametrize("refuse_common", [True, False])
@pytest.mark.parametrize(
    "password",
    [
        "john.doe@example.com",
        "John.Doe@Example.COM",
        "john.doe",
        "JOHN.DOE",
        "john.doejohn.doe",
        "johndoejohn.doe@example.com",
    ],
)
def test_the_email_address_is_refused(password: str, *, refuse_common: bool) -> None:
    reason = refusal(password, refuse_common=refuse_common)
    assert reason == "The password is nothing but the e-mail address, or a part of it"


def test_a_short_local_part_is_refused_however_often_it_is_typed() -> None:
    assert refusal("xyxyxyxyxyxy", email="xy@example.com")


@pytest.mark.parametrize("password", ["johndoe1", "my johndoe", "john.doe!", "example.com"])
def test_names_with_more_are_taken(password: str) -> None:
    assert refusal(password, refuse_common=False) is None


def test_somebody_without_an_email_address() -> None:
    assert refusal("john.doe", email=None, refuse_common=False) is None


# ---------------------------------------------------------------------------------- commonest


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "password123",
        "PassWord123",
        "\uff50assword123",
        "12345678",
        "00000000",
        "qwertyuiop",
        "iloveyou",
        "1q2w3e4r5t",
        "p@ssw0rd",
    ],
)
def test_common_passwords_are_refused_where_that_is_wanted(password: str) -> None:
    assert refusal(password) == "This password is among the 10,000 commonest"
    assert refusal(password, refuse_common=False) is None


@pytest.mark.parametrize(("rank", "is_refused"), [(10_000, True), (10_001, False)])
def test_exactly_the_first_10_000_by_rank(rank: int, *, is_refused: bool) -> None:
    ranked = gzip.decompress(
        (files("django") / "contrib/auth/common-passwords.txt.gz").read_bytes()
    )
    password = ranked.decode().splitlines()[rank - 1]
    assert (password in password_policy._commonest()) is is_refused


def test_list_is_read_when_the_first_password_is_chosen() -> None:
    code = """
from errand.identity.accounts.password_policy import _commonest, check_new_password
def choose(refuse_common):
    check_new_password("x7-k2-p9", username="x", email=None, refuse_common=refuse_common)
    print(_commonest.cache_info().currsize)
choose(False)
choose(True)
"""
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    assert done.stdout.split() == ["0", "1"]
