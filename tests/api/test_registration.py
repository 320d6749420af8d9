"""POST /register."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from errand_testkit.dynamo import FakeDynamo
from errand_testkit.people import PASSWORD

type Register = Callable[..., httpx2.Response]
type LogIn = Callable[..., httpx2.Response]


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
        "timezone": "UTC",
        "reminder_mails": True,
        "digest_time": None,
        "digest_paused_until": None,
        "reminder_push": True,
        "email_verified": False,
        "undeliverable_since": None,
        "undeliverable_reason": None,
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


@pytest.mark.parametrize(
    "second",
    [
        *("victim\ufe0f", "victim\u034f", "vic\u3164tim", "\u115fvictim", "vict\u17b4im"),
        *("vic\u180btim", "victim\u2800", "victim\U000e0100", "vi\u00adctim", "victim\u2062"),
        *(
            "v\u0456ctim",
            "vict\u0131\u0307m\u200d",
            "\u2800victim",
            "victim\ufeff.",
            "VICTIM \u3000",
        ),
    ],
    ids=ascii,
)
def test_a_name_that_looks_like_another_is_not_to_be_had(register: Register, second: str) -> None:
    assert register("victim").status_code == 201
    assert register(second).status_code in {400, 422}


@pytest.mark.parametrize(
    "second", ["ada  lovelace", "ada\u2003lovelace", "Ada \u00a0 Lovelace"], ids=ascii
)
def test_spaces_make_no_other_name(register: Register, log_in: LogIn, second: str) -> None:
    assert register("ada lovelace").status_code == 201
    assert register(second).json()["code"] == "already_taken"
    assert log_in(second).status_code == 200


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


ONCE = {"Idempotency-Key": "once"}


def test_a_repeated_registration_is_answered_as_the_first(client: httpx2.Client) -> None:
    new = {"username": "johndoe", "password": PASSWORD, "email": "johndoe@example.com"}
    first = client.post("/register", json=new, headers=ONCE)
    again = client.post("/register", json=new, headers=ONCE)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Location"] == "/users/me"
    other = client.post("/register", json=new | {"full_name": "John"}, headers=ONCE)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_key_that_somebody_else_chose_too_is_in_nobodys_way(client: httpx2.Client) -> None:
    answers = [
        client.post("/register", json={"username": name, "password": PASSWORD}, headers=ONCE)
        for name in ("johndoe", "janedoe", "jimdoe")
    ]
    assert [answer.status_code for answer in answers] == [201] * 3
    taken = {"username": "JohnDoe", "password": PASSWORD}
    answer = client.post("/register", json=taken, headers={"Idempotency-Key": "another"})
    assert (answer.status_code, answer.json()["detail"]) == (400, "Username already registered")


def test_a_receipt_does_not_outlive_its_account(
    client: httpx2.Client, log_in: LogIn, dynamodb: FakeDynamo
) -> None:
    new = {"username": "johndoe", "password": PASSWORD, "email": "johndoe@example.com"}
    first = client.post("/register", json=new, headers=ONCE).json()
    headers = {"Authorization": f"Bearer {log_in().json()['access_token']}"}
    gone = client.request("DELETE", "/users/me", json={"password": PASSWORD}, headers=headers)
    assert gone.status_code == 204
    again = client.post("/register", json=new, headers=ONCE)
    assert again.status_code == 201
    assert again.json()["id"] != first["id"]
    # What is purged is all that names somebody.
    kept = [item for item in dynamodb.all("EphemeralTable") if "johndoe" in str(item)]
    assert {item["pk"]["S"] for item in kept} == {
        f"USER#{account['id']}" for account in (first, again.json())
    }
