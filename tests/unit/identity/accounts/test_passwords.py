"""Password hashes: strong, salted, upgraded when they are not, and the same work for nobody's."""

import subprocess
import sys
import unicodedata
from typing import Any

import bcrypt
import pytest
from passlib.context import CryptContext

from errand.errors import WeakPassword
from errand.identity.accounts import passwords
from errand.identity.accounts.passwords import (
    Verdict,
    check_password,
    hash_password,
    verify_password,
)

# As deployed.
costly = pytest.mark.usefixtures("_costly_hashes")

PASSWORD = "correct horse"
# Of today's costs.
HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$WSuFEOK8F6LUek/pPafU2g$"
    "X3rYRrBfxsjBL5GevqFsYjFDyRcmmLYncbS7Iuj4SNU"
)
PARAMETERS = "$argon2id$v=19$m=19456,t=2,p=1$"

# 18 characters after NFKC.
LIGATURE = "\ufdfa"
WRONG = Verdict(is_right=False)
SALT = bcrypt.gensalt(4)


def elsewhere(password: str) -> str:
    return bcrypt.hashpw(password.encode(), SALT).decode()


def assert_upgraded(password: str, old: str) -> str:
    verdict = check_password(password, old)
    assert verdict.is_right
    assert verdict.new_hash
    assert verdict.new_hash.startswith(PARAMETERS)
    assert check_password(password, verdict.new_hash) == Verdict(is_right=True, new_hash=None)
    return verdict.new_hash


def test_right_password_is_right() -> None:
    assert verify_password(PASSWORD, HASH)


@pytest.mark.parametrize("password", ["", "Correct horse", "correct horse ", "correct horse\x00x"])
def test_wrong_password_is_wrong(password: str) -> None:
    assert not verify_password(password, HASH)
    assert check_password(password, HASH) == WRONG


@costly
def test_hash_is_argon2id_with_the_recommended_costs() -> None:
    assert hash_password(PASSWORD).startswith(PARAMETERS)


def test_hash_is_salted() -> None:
    assert hash_password(PASSWORD) != HASH


# ------------------------------------------------------------------------------- characters


@pytest.mark.parametrize(
    ("chosen", "typed"),
    [
        ("zo\u00eb zo\u00eb", "zoe\u0308 zoe\u0308"),  # composed, and by a dead key
        ("password 1234", "\uff50assword \uff11234"),  # in full width
        ("\u7530\u4e2d\u30bf\u30ca\u30ab", "\u7530\u4e2d\uff80\uff85\uff76"),  # in half width
        ("office hours", "o\ufb03ce hours"),  # with a ligature
    ],
)
def test_how_a_keyboard_composes_a_password_makes_no_difference(chosen: str, typed: str) -> None:
    assert verify_password(typed, hash_password(chosen))
    assert verify_password(chosen, hash_password(typed))


def test_case_makes_a_difference() -> None:
    assert not verify_password("stra\u00dfe 12", hash_password("STRASSE 12"))


@pytest.mark.parametrize("longest", ["x" * 256, LIGATURE * 14, "\U0001f511" * 256])
def test_every_one_of_256_characters_counts(longest: str) -> None:
    password_hash = hash_password(longest)
    assert verify_password(longest, password_hash)
    assert not verify_password(longest[:-1], password_hash)


@pytest.mark.parametrize("too_long", ["x" * 257, LIGATURE * 15, LIGATURE * 256, "x" * 1_000_000])
def test_what_is_longer_has_no_hash_and_is_wrong(too_long: str) -> None:
    assert len(unicodedata.normalize("NFKC", too_long)) > 256
    with pytest.raises(WeakPassword):
        hash_password(too_long)
    assert check_password(too_long, HASH) == WRONG
    assert check_password(too_long, None) == WRONG


# ---------------------------------------------------------------------------------- upgrades


@costly
def test_hash_of_today_stays() -> None:
    assert check_password(PASSWORD, HASH) == Verdict(is_right=True, new_hash=None)


@pytest.mark.deep
@costly
@pytest.mark.parametrize(
    "changed", [{"memory_cost": 8192}, {"time_cost": 1}, {"parallelism": 2}, {"type": "I"}]
)
def test_hash_of_other_parameters_is_upgraded(changed: dict[str, int | str]) -> None:
    present = {"type": "ID", "memory_cost": 19456, "time_cost": 2, "parallelism": 1}
    options: Any = {f"argon2__{name}": value for name, value in (present | changed).items()}
    old = CryptContext(schemes=["argon2"], **options).hash(PASSWORD)
    assert_upgraded(PASSWORD, old)


def test_yes_or_no_makes_no_new_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(passwords, "hash_password")
    assert verify_password(PASSWORD, elsewhere(PASSWORD))


# ------------------------------------------------------------------------- bcrypt, elsewhere


@costly
@pytest.mark.parametrize("variant", ["2a", "2b", "2y"])
def test_bcrypt_is_upgraded(variant: str) -> None:
    assert_upgraded(PASSWORD, elsewhere(PASSWORD).replace("$2b$", f"${variant}$"))


@pytest.mark.parametrize(
    ("password", "password_hash"),
    [
        # https://github.com/openwall/crypt_blowfish/blob/main/wrapper.c
        ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
        ("\u0451", "$2y$05$6bNw2HLQYeqHYyBfLMsv/OUcZd0LKP39b87nBw3.S2tVZSqiQX6eu"),
    ],
)
def test_bcrypt_of_other_makers_is_understood(password: str, password_hash: str) -> None:
    assert verify_password(password, password_hash)


@pytest.mark.parametrize("password", ["", "Correct horse", "correct horse\x00", "x" * 257])
def test_wrong_password_is_wrong_for_bcrypt(password: str) -> None:
    assert check_password(password, elsewhere(PASSWORD)) == WRONG


@costly
@pytest.mark.parametrize("typed", ["zo\u00eb zo\u00eb", "zoe\u0308 zoe\u0308", "\uff50assword"])
def test_bcrypt_is_of_the_password_as_typed(typed: str) -> None:
    assert_upgraded(typed, elsewhere(typed))


def test_bcrypt_of_what_was_composed_differently_is_another() -> None:
    assert not verify_password("zo\u00eb zo\u00eb", elsewhere("zoe\u0308 zoe\u0308"))


@costly
@pytest.mark.parametrize("long", ["x" * 80, "\u00eb" * 40, "xx\u20ac" * 20])
def test_bcrypt_ends_at_72_bytes_and_its_upgrade_does_not(long: str) -> None:
    new_hash = assert_upgraded(long, bcrypt.hashpw(long.encode()[:72], SALT).decode())
    assert not verify_password(long[:-1], new_hash)


# ------------------------------------------------------------------------------------ nobody


@pytest.mark.parametrize("password", [PASSWORD, "", "x" * 257])
def test_nobody_has_no_right_password(password: str) -> None:
    assert not verify_password(password, None)
    assert check_password(password, None) == WRONG


@costly
def test_nobody_costs_what_somebody_costs() -> None:
    assert passwords._NOBODY.startswith(PARAMETERS)
    assert list(map(len, passwords._NOBODY.split("$"))) == list(map(len, HASH.split("$")))


@costly
@pytest.mark.parametrize(
    ("password", "password_hash"),
    [
        (PASSWORD, None),
        (PASSWORD, HASH),
        ("wrong", HASH),
        ("x" * 257, HASH),
        (LIGATURE * 256, None),
        ("with\x00zero", "$2b$04$" + "." * 53),
    ],
    ids=["nobody", "right", "wrong", "too long", "too long for nobody", "zero"],
)
def test_every_answer_takes_one_hash(
    password: str, password_hash: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, seen = passwords._context(), list[str]()

    class Counting:
        needs_update = staticmethod(context.needs_update)

        @staticmethod
        def verify(secret: str, against: str) -> bool:
            seen.append(against)
            return context.verify(secret, against)

    monkeypatch.setattr(passwords, "_context", Counting)
    check_password(password, password_hash)
    assert [against[: len(PARAMETERS)] for against in seen] == [PARAMETERS]


# ---------------------------------------------------------------------------------- laziness


@pytest.mark.deep
@pytest.mark.parametrize(
    ("use", "loaded"),
    [
        ("", []),
        (f"verify_password('x', {HASH!r})", ["passlib"]),
        (f"verify_password('x', {'$2b$04$' + '.' * 53!r})", ["bcrypt", "passlib"]),
    ],
)
def test_packages_are_loaded_when_needed(use: str, loaded: list[str]) -> None:
    code = f"""
import sys
from errand.identity.accounts.passwords import *
{use}
print(*sorted({{"bcrypt", "passlib"}} & sys.modules.keys()))
"""
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, check=True, capture_output=True, text=True)  # noqa: S603 - as above
    assert done.stdout.split() == loaded


# ---------------------------------------------------------------------------- of unknown forms

UNKNOWN = [
    "",
    "!",
    "*",
    "\0",
    "\ud800",
    "plain text",
    "$2x$04$" + "." * 53,
    "$2b$",
    "$2b$99$" + "." * 53,
    "$2b$04$short",
    "$argon2id$",
    "$argon2id$v=19$m=0,t=0,p=0$c29tZXNhbHQ$AAAA",
    "$argon2id$v=19$m=4294967295,t=2,p=1$HcPNX8VJNgWQeqGHwHXIAg$" + "A" * 43,
    "$argon2id$v=19$m=19456,t=2,p=1$!!!!$AAAA",
    "$pbkdf2-sha256$6400$0ZrzXitFSGltTQnBWOsdYw$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M",
]


@pytest.mark.parametrize("unknown", UNKNOWN, ids=ascii)
def test_no_password_is_right_for_a_hash_of_unknown_form(
    unknown: str, caplog: pytest.LogCaptureFixture
) -> None:
    for password in ("", "correct horse battery", unknown):
        assert check_password(password, unknown) == Verdict(is_right=False)
    assert "no form" in caplog.text
    assert not unknown or unknown not in caplog.text.replace("no form that can be checked", "")
