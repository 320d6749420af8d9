"""Registration and one's own account."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from .conftest import PASSWORD

type Register = Callable[..., httpx2.Response]
type LogIn = Callable[..., httpx2.Response]


def delete(client: httpx2.Client) -> httpx2.Response:
    return client.request("DELETE", "/users/me", json={"password": PASSWORD})


def test_registration_answers_the_account_and_no_secret(register: Register) -> None:
    answer = register(email="johndoe@example.com", full_name="John Doe")
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/users/me"
    assert answer.headers["ETag"] == '"1"'
    user = answer.json()
    created_at = user.pop("created_at")
    assert created_at == user.pop("updated_at")
    assert created_at.endswith("Z")
    assert len(user.pop("id")) == 26
    assert user == {
        "username": "johndoe",
        "email": "johndoe@example.com",
        "full_name": "John Doe",
        "email_verified": False,
        "mfa_enabled": False,
        "disabled": False,
        "admin": False,
        "version": 1,
    }


def test_only_name_and_password_are_needed(register: Register) -> None:
    user = register().json()
    assert user["email"] is None
    assert user["full_name"] is None


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"username": "  johndoe "}, "johndoe"),
        ({"username": "joe"}, "joe"),
        ({"username": "j" * 50}, "j" * 50),
        ({"username": "Jöhn Döe"}, "Jöhn Döe"),
        ({"username": "ﷺ" * 50}, "ﷺ" * 50),
    ],
)
def test_usernames(register: Register, log_in: LogIn, fields: dict[str, str], stored: str) -> None:
    assert register(**fields).json()["username"] == stored
    assert log_in(stored).status_code == 200


REFUSED: list[dict[str, Any]] = [
    {"username": "jo"},
    {"username": "j" * 51},
    {"username": "  jo  "},
    {"username": "john\x00doe"},
    {"username": "john\ndoe"},
    {"username": "john\u200bdoe"},
    {"username": "john\u202edoe"},
    {"username": None},
    {"username": 12345},
    {"password": "1234567"},
    {"password": "x" * 1000},
    {"password": None},
    {"password": 1234567890},
    {"email": ""},
    {"email": "johndoe"},
    {"email": "johndoe@"},
    {"email": "johndoe@localhost"},
    {"email": "John <johndoe@example.com>"},
    {"email": "a" * 250 + "@example.com"},
    {"email": ["johndoe@example.com"]},
    {"full_name": "x" * 201},
    {"full_name": "John\x07Doe"},
    {"full_name": "John\nDoe"},
    {"disabled": False},
    {"disabled": True},
    {"id": "06h08q0rf9qcv4e83s3ndg2tl8"},
    {"version": 7},
    {"password_hash": "x"},
    {"is_admin": True},
]


def test_refused_registrations(register: Register, log_in: LogIn) -> None:
    for fields in REFUSED:
        answer = register(**fields)
        assert answer.status_code == 422, fields
        problem = answer.json()
        assert problem["code"] == "validation_error"
        assert problem["errors"][0]["loc"] == ["body", *fields]
        assert PASSWORD not in answer.text
    assert log_in().status_code == 401


@pytest.mark.parametrize("missing", ["username", "password"])
def test_needed_fields(client: httpx2.Client, missing: str) -> None:
    fields = {"username": "johndoe", "password": PASSWORD}
    del fields[missing]
    answer = client.post("/register", json=fields)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"loc": ["body", missing], "msg": "Field required", "type": "missing"}
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("johndoe", "johndoe"),
        ("johndoe", "JohnDoe"),
        ("johndoe", " johndoe "),
        ("straße", "STRASSE"),
        ("jöhn", "jo\u0308hn"),
        ("johndoe", "\uff4aohndoe"),
        ("σίσυφος", "ΣΊΣΥΦΟΣ"),
    ],
)
def test_a_taken_username(register: Register, first: str, second: str) -> None:
    assert register(first).status_code == 201
    answer = register(second)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "Username already registered"
    assert answer.json()["code"] == "already_taken"


@pytest.mark.parametrize("second", ["johndoe@example.com", "JOHNDOE@EXAMPLE.COM"])
def test_a_taken_email(register: Register, second: str) -> None:
    assert register("johndoe", email="johndoe@example.com").status_code == 201
    answer = register("janedoe", email=second)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "Email already registered"


def test_a_refused_registration_claims_nothing(register: Register) -> None:
    register("johndoe", email="johndoe@example.com")
    register("janedoe", email="johndoe@example.com")
    assert register("janedoe", email="janedoe@example.com").status_code == 201


def test_long_passwords_work_to_the_last_character(register: Register, log_in: LogIn) -> None:
    password = "ä" * 256
    assert register(password=password).status_code == 201
    assert log_in(password=password).status_code == 200
    assert log_in(password=password[:-1]).status_code == 401


def test_passwords_are_counted_as_they_are_compared(register: Register) -> None:
    # NFKC makes 18 characters of this one.
    password = "ﷺ" * 15
    answer = register(password=password)
    assert (answer.status_code, answer.json()["code"]) == (422, "weak_password")
    assert answer.json()["detail"] == "The password has 270 characters, and 256 are the most"
    assert register(password=password[1:]).status_code == 201


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"password": "password123"}, "among the 10,000 commonest"),
        ({"password": "PassWord123"}, "among the 10,000 commonest"),
        ({"username": "horse-battery", "password": "Horse-Battery"}, "but the username"),
        ({"email": "staple-ada@example.com", "password": "staple-ada"}, "but the e-mail address"),
    ],
    ids=str,
)
def test_what_would_be_guessed_first_is_refused(
    register: Register, fields: dict[str, str], why: str
) -> None:
    answer = register(**fields)
    assert (answer.status_code, answer.json()["code"]) == (422, "weak_password")
    assert why in answer.json()["detail"]
    assert register().status_code == 201


def test_a_password_may_be_composed_differently(register: Register, log_in: LogIn) -> None:
    assert register(password="pässwörter").status_code == 201
    assert log_in(password="pa\u0308sswo\u0308rter").status_code == 200


def test_names_in_any_script_come_back_as_sent(register: Register) -> None:
    name = "Ян 👩‍🚀 Дое"
    assert register(full_name=f"  {name} ").json()["full_name"] == name


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
        "disabled",
        "email",
        "email_verified",
        "full_name",
        "id",
        "mfa_enabled",
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
    assert john.patch("/users/me", json={"username": "JohnDoe"}).json()["username"] == "JohnDoe"
    change = {"email": "JohnDoe@example.com", "current_password": PASSWORD}
    assert john.patch("/users/me", json=change).json()["email"] == "JohnDoe@example.com"


def test_names_of_others_are_taken(john: httpx2.Client, jane: httpx2.Client) -> None:
    name = john.patch("/users/me", json={"username": "JaneDoe"})
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
    {"disabled": False},
    {"id": "06h08q0rf9qcv4e83s3ndg2tl8"},
    {"full_name": "a\x1bb"},
]


def test_refused_changes(john: httpx2.Client) -> None:
    before = john.get("/users/me").json()
    for fields in REFUSED_CHANGES:
        answer = john.patch("/users/me", json=fields)
        assert answer.status_code == 422, fields
        assert answer.json()["errors"][0]["loc"] == ["body", next(iter(fields))]
    assert john.get("/users/me").json() == before


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
