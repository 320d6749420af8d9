"""One's own account."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from errand_testkit.people import PASSWORD

type Register = Callable[..., httpx2.Response]
type LogIn = Callable[..., httpx2.Response]


def delete(client: httpx2.Client) -> httpx2.Response:
    return client.request("DELETE", "/users/me", json={"password": PASSWORD})


def test_what_was_registered_is_what_is_read(john: httpx2.Client, register: Register) -> None:
    registered = register("jimdoe", full_name="")
    login = john.post("/token", data={"username": "jimdoe", "password": PASSWORD}).json()
    john.headers["Authorization"] = f"Bearer {login['access_token']}"
    assert john.get("/users/me").json() == registered.json()


def test_reading_needs_a_token(client: httpx2.Client) -> None:
    answer = client.get("/users/me")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_reading_shows_no_secret(john: httpx2.Client) -> None:
    answer = john.get("/users/me")
    assert answer.status_code == 200
    assert sorted(answer.json()) == [
        "admin",
        "created_at",
        "digest_paused_until",
        "digest_time",
        "disabled",
        "email",
        "email_verified",
        "full_name",
        "id",
        "mfa_enabled",
        "reminder_mails",
        "reminder_push",
        "timezone",
        "undeliverable_reason",
        "undeliverable_since",
        "updated_at",
        "username",
        "version",
    ]
    assert "argon2" not in answer.text


def test_changing_some_fields_leaves_the_others(john: httpx2.Client) -> None:
    answer = john.patch("/users/me", json={"full_name": " John A. Doe "})
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"2"'
    user = answer.json()
    assert user["full_name"] == "John A. Doe"
    assert user["username"] == "johndoe"
    assert user["email"] == "johndoe@example.com"
    assert user["version"] == 2
    assert john.get("/users/me").json() == user


def test_null_clears(john: httpx2.Client, register: Register) -> None:
    john.patch("/users/me", json={"full_name": "John"})
    cleared = {"full_name": None, "email": None, "current_password": PASSWORD}
    user = john.patch("/users/me", json=cleared).json()
    assert user["full_name"] is None
    assert user["email"] is None
    assert register("jimdoe", email="johndoe@example.com").status_code == 201


def test_nothing_to_change_changes_nothing(john: httpx2.Client) -> None:
    before = john.get("/users/me").json()
    assert john.patch("/users/me", json={}).json() == before


def test_a_new_name_frees_the_old_one(
    john: httpx2.Client, register: Register, log_in: LogIn
) -> None:
    names = {"username": "jdoe", "email": "jdoe@example.com"}
    changed = john.patch("/users/me", json=names | {"current_password": PASSWORD})
    assert changed.status_code == 200
    assert log_in("johndoe").status_code == 401
    assert log_in("jdoe").status_code == 200
    assert register("johndoe", email="johndoe@example.com").status_code == 201


def test_a_name_may_change_its_case(john: httpx2.Client) -> None:
    change = {"username": "JohnDoe", "current_password": PASSWORD}
    assert john.patch("/users/me", json=change).json()["username"] == "JohnDoe"
    change = {"email": "JohnDoe@example.com", "current_password": PASSWORD}
    assert john.patch("/users/me", json=change).json()["email"] == "JohnDoe@example.com"


def test_names_of_others_are_taken(john: httpx2.Client, jane: httpx2.Client) -> None:
    change = {"username": "JaneDoe", "current_password": PASSWORD}
    name = john.patch("/users/me", json=change)
    assert (name.status_code, name.json()["detail"]) == (400, "Username already registered")
    change = {"email": "Johndoe@Example.com", "current_password": PASSWORD}
    email = jane.patch("/users/me", json=change)
    assert (email.status_code, email.json()["detail"]) == (400, "Email already registered")


def test_a_new_password_needs_the_current_one(john: httpx2.Client, log_in: LogIn) -> None:
    new = "battery horse correct"
    for wrong in ({}, {"current_password": "wrong password"}, {"current_password": "x" * 200}):
        answer = john.patch("/users/me", json={"password": new} | wrong)
        assert answer.status_code == 400
        assert answer.json()["code"] == "incorrect_password"
    assert log_in().status_code == 200

    right = {"password": new, "current_password": PASSWORD}
    assert john.patch("/users/me", json=right).status_code == 200
    assert log_in().status_code == 401
    assert log_in(password=new).status_code == 200


def test_a_new_password_ends_all_other_sessions(john: httpx2.Client, log_in: LogIn) -> None:
    other = log_in().json()
    change = {"password": "battery horse correct", "current_password": PASSWORD}
    assert john.patch("/users/me", json=change).status_code == 200
    assert john.get("/users/me").status_code == 200
    form = {"grant_type": "refresh_token", "refresh_token": other["refresh_token"]}
    assert john.post("/token", data=form).json()["code"] == "invalid_grant"
    headers = {"Authorization": f"Bearer {other['access_token']}"}
    assert john.get("/users/me", headers=headers).status_code == 401


def test_a_new_username_needs_the_password(john: httpx2.Client) -> None:
    for given in ({}, {"current_password": "wrong password"}):
        answer = john.patch("/users/me", json={"username": "jdoe"} | given)
        assert (answer.status_code, answer.json()["code"]) == (400, "incorrect_password")
    assert john.get("/users/me").json()["username"] == "johndoe"
    # As it is, it is none.
    assert john.patch("/users/me", json={"username": "johndoe"}).status_code == 200


def test_a_new_address_needs_the_password_and_is_not_proved(john: httpx2.Client) -> None:
    new: dict[str, Any] = {"email": "jdoe@example.com"}
    for wrong in ({}, {"current_password": "wrong password"}):
        answer = john.patch("/users/me", json=new | wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, "incorrect_password")
    changed = john.patch("/users/me", json=new | {"current_password": PASSWORD})
    assert changed.status_code == 200
    assert changed.json()["email_verified"] is False


@pytest.mark.parametrize("weak", ["password123", "johndoe1", "johndoe@example.com"])
def test_a_new_password_is_not_one_that_is_guessed_first(john: httpx2.Client, weak: str) -> None:
    change: dict[str, Any] = {"password": weak, "current_password": PASSWORD}
    answer = john.patch("/users/me", json=change | {"username": "johndoe1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "weak_password")
    assert john.get("/users/me").json()["username"] == "johndoe"


REFUSED_CHANGES: list[dict[str, Any]] = [
    {"username": None},
    {"username": "jo"},
    {"password": None},
    {"password": "short", "current_password": PASSWORD},
    {"current_password": None},
    {"email": "nonsense"},
    {"password_hash": "x"},
    {"full_name": "a\x1bb"},
]


def test_refused_changes(john: httpx2.Client) -> None:
    before = john.get("/users/me").json()
    for fields in REFUSED_CHANGES:
        answer = john.patch("/users/me", json=fields)
        assert answer.status_code == 422, fields
        assert answer.json()["errors"][0]["loc"] == ["body", next(iter(fields))]
    assert john.get("/users/me").json() == before


def test_an_account_is_taken_as_it_was_read(john: httpx2.Client) -> None:
    before = john.get("/users/me").json()
    answer = john.patch("/users/me", json=before | {"full_name": "John", "admin": True})
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert (after["full_name"], after["admin"], after["id"]) == ("John", False, before["id"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (None, 422, "validation_error"),
        ({}, 422, "validation_error"),
        ({"password": None}, 422, "validation_error"),
        ({"password": "wrong password"}, 400, "incorrect_password"),
        ({"password": PASSWORD, "really": True}, 422, "validation_error"),
    ],
    ids=str,
)
def test_deleting_needs_the_password(
    john: httpx2.Client, body: dict[str, Any] | None, status: int, code: str
) -> None:
    answer = john.request("DELETE", "/users/me", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert john.get("/users/me").status_code == 200


def test_a_deleted_account_is_gone_at_once(
    john: httpx2.Client, register: Register, log_in: LogIn
) -> None:
    john.post("/tasks", json={"title": "Buy milk"})
    answer = delete(john)
    assert answer.status_code == 204
    assert john.get("/users/me").status_code == 401
    assert john.get("/tasks").status_code == 401
    assert log_in().status_code == 401

    assert register(email="johndoe@example.com").status_code == 201
    john.headers["Authorization"] = f"Bearer {log_in().json()['access_token']}"
    assert john.get("/tasks").json() == []


def test_deleting_leaves_others_alone(john: httpx2.Client, jane: httpx2.Client) -> None:
    assert delete(john).status_code == 204
    assert jane.get("/users/me").status_code == 200
