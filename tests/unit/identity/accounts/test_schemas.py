"""What a client may send for an account, and what it is shown."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from errand.identity.accounts.model import Account, Undeliverable
from errand.identity.accounts.schemas import (
    ACCOUNT_JSON,
    AccountUpdate,
    Deletion,
    Registration,
    User,
)

ADA = {"username": "ada", "password": "correct horse"}


def _refused(content: dict[str, Any]) -> list[str]:
    """The fields that are not acceptable."""
    with pytest.raises(ValidationError) as caught:
        Registration.model_validate(content)
    return [str(error["loc"][0]) for error in caught.value.errors()]


def test_name_and_password_are_enough() -> None:
    new = Registration.model_validate(ADA)
    assert (new.username, new.email, new.full_name) == ("ada", None, None)
    assert new.password.get_secret_value() == "correct horse"


@pytest.mark.parametrize(
    "username", ["ada", "x" * 50, "  Zoë ", "山田 太郎", "o'neil-2", "李明", "Иван Ivan"]
)
def test_username_has_3_to_50_visible_characters(username: str) -> None:
    assert Registration.model_validate(ADA | {"username": username}).username == username.strip()


@pytest.mark.parametrize(
    "username",
    [
        "",
        "  ",
        "ab",
        "x" * 51,
        "a\tda",
        "ada\x00",
        "ad\u200ba",
        "ada\ufe0f",
        "ada\u034f",
        "ada\u3164",
        "ada\u115f",
        "ada\u17b4",
        "ada\u180b",
        "ada\u2800",
        "ada\U000e0100",
        "\u0430da",
        "ad\u03b1",
        "明",
        "a\u2028da",
        "ada\ud800",
        123,
        None,
    ],
    ids=ascii,
)
def test_other_usernames_are_refused(username: Any) -> None:
    assert _refused(ADA | {"username": username}) == ["username"]


@pytest.mark.parametrize("password", [" " * 8, "x" * 256, "contraseña"])
def test_password_is_taken_as_it_is(password: str) -> None:
    new = Registration.model_validate(ADA | {"password": password})
    assert new.password.get_secret_value() == password


@pytest.mark.parametrize("password", ["", "x" * 7, "x" * 257, "xxxxxxx\ud800", 12_345_678, None])
def test_other_passwords_are_refused(password: Any) -> None:
    assert _refused(ADA | {"password": password}) == ["password"]


@pytest.mark.parametrize("full_name", ["", "  ", "\u200b", None], ids=ascii)
def test_full_name_of_nothing_is_none(full_name: str | None) -> None:
    assert Registration.model_validate(ADA | {"full_name": full_name}).full_name is None


def test_password_is_not_printed() -> None:
    assert "correct horse" not in repr(Registration.model_validate(ADA))


@pytest.mark.parametrize(
    "email", ["ada@example.com", "ada+milk@sub.example.com", f"{'x' * 64}@bücher.example"]
)
def test_address_is_kept(email: str) -> None:
    assert Registration.model_validate(ADA | {"email": email}).email == email


@pytest.mark.parametrize(
    "email",
    [
        *("", "ada", "ada@", "@example.com", "ada@localhost", "a b@example.com", "a@b@c.de", 7),
        *("zoë@example.com", "山田@example.com", f"{'x' * 65}@example.com"),
    ],
)
def test_other_addresses_are_refused(email: Any) -> None:
    assert _refused(ADA | {"email": email}) == ["email"]


@pytest.mark.parametrize("full_name", ["x" * 201, "Ada\nLovelace", "Ada\x07", 7], ids=ascii)
def test_full_name_is_one_line_of_up_to_200_characters(full_name: Any) -> None:
    assert _refused(ADA | {"full_name": full_name}) == ["full_name"]


SHOWN = ["id", "admin", "disabled", "email_verified", "mfa_enabled", "version", "created_at"]
INTERNAL = ["mfa", "sessions_from", "kept_session", "password_hash", "listed_as"]


@pytest.mark.parametrize("name", [*SHOWN, *INTERNAL])
def test_nothing_else_can_be_set(name: str) -> None:
    assert _refused(ADA | {name: False}) == [name]


@pytest.mark.parametrize("name", INTERNAL)
def test_nothing_else_can_be_changed(name: str) -> None:
    with pytest.raises(ValidationError):
        AccountUpdate.model_validate({name: False})


@pytest.mark.parametrize("name", SHOWN)
def test_update_takes_what_the_server_sets_and_ignores_it(name: str) -> None:
    sent = {"full_name": "Ada", name: True}
    update = AccountUpdate.model_validate(sent)
    assert update.model_dump(exclude_unset=True) == {"full_name": "Ada"}


@pytest.mark.parametrize("name", ["username", "password", "current_password"])
def test_update_cannot_clear_what_every_account_has(name: str) -> None:
    with pytest.raises(ValidationError):
        AccountUpdate.model_validate({name: None})


@pytest.mark.parametrize("password", ["xxxxxxx\ud800", "x" * 257, 7, None], ids=ascii)
def test_present_password_is_text_of_some_length(password: Any) -> None:
    with pytest.raises(ValidationError):
        AccountUpdate.model_validate({"current_password": password})
    with pytest.raises(ValidationError):
        Deletion.model_validate({"password": password})


@pytest.mark.parametrize("content", [{}, {"password": "correct horse", "force": True}], ids=str)
def test_deletion_takes_the_password_and_nothing_else(content: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Deletion.model_validate(content)


def test_present_password_is_not_printed() -> None:
    given = {"password": "correct horse"}
    update = AccountUpdate.model_validate({"current_password": "correct horse"})
    assert "correct horse" not in f"{Deletion.model_validate(given)!r}{update!r}"


@pytest.mark.parametrize("name", ["email", "full_name"])
def test_update_can_clear_the_rest(name: str) -> None:
    update = AccountUpdate.model_validate({name: None})
    assert update.model_dump(exclude_unset=True) == {name: None}


def test_account_is_shown_without_its_hash() -> None:
    account = Account(
        id="06h08q0rf9qcv4e83s3ndg2tl8",
        username="ada",
        password_hash="$argon2id$",
        email="ada@example.com",
        full_name="Ada Lovelace",
        email_verified=True,
        undeliverable_since=1_795_336_200_000,
        undeliverable_reason=Undeliverable.BOUNCE,
        admin=True,
        mfa_enabled=True,
        sessions_from=1,
        kept_session="06h08q0rf9qcv4e83s3ndg2tl4",
        created_at=1_795_336_200_123,
        updated_at=1_795_336_200_456,
        version=2,
    )
    shown = json.loads(ACCOUNT_JSON.one(account))
    assert User.model_validate(shown)
    assert shown == {
        "id": "06h08q0rf9qcv4e83s3ndg2tl8",
        "username": "ada",
        "email": "ada@example.com",
        "full_name": "Ada Lovelace",
        "timezone": "UTC",
        "reminder_mails": True,
        "digest_time": None,
        "digest_paused_until": None,
        "reminder_push": True,
        "email_verified": True,
        "undeliverable_since": "2026-11-22T08:30:00.000Z",
        "undeliverable_reason": "bounce",
        "mfa_enabled": True,
        "disabled": False,
        "admin": True,
        "created_at": "2026-11-22T08:30:00.123Z",
        "updated_at": "2026-11-22T08:30:00.456Z",
        "version": 2,
    }
