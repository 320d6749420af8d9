"""POST /token, and what its tokens open."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import httpx2
import jwt
import pytest
from fastapi import FastAPI

from errand.identity.access_tokens import LEEWAY_SECONDS, LIFETIME_SECONDS
from errand.identity.authentication import CACHE_MS
from errand.keys import Key, KeyRing
from errand.mails.outbox import NoOutbox
from errand_api.app import create_app
from errand_api.services import Services
from errand_testkit.fakes import ManualClock
from errand_testkit.people import PASSWORD
from errand_testkit.stored import change_account
from errand_testkit.visitors import account_named

type LogIn = Callable[..., httpx2.Response]


def disable(username: str) -> None:
    account = account_named(username)
    change_account(account, now=account.updated_at, disabled=True)


def test_a_token_is_answered_and_never_cached(john: httpx2.Client, log_in: LogIn) -> None:
    answer = log_in()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    token = answer.json()
    assert token.keys() == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "scope",
        "device_token",
    }
    assert token["token_type"] == "bearer"
    assert token["scope"] == "account:read account:write tasks:read tasks:write"
    assert token["expires_in"] == LIFETIME_SECONDS
    john.headers["Authorization"] = f"bearer {token['access_token']}"
    assert john.get("/users/me").json()["username"] == "johndoe"


@pytest.mark.usefixtures("john")
def test_the_claims_are_those_of_the_design(log_in: LogIn, ring: KeyRing) -> None:
    token = log_in().json()["access_token"]
    header = jwt.get_unverified_header(token)
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    assert (header["alg"], header["kid"]) == ("HS256", ring.current.kid)
    assert claims.keys() == {"iss", "aud", "sub", "sid", "scope", "iat", "exp", "jti"}
    assert claims["exp"] - claims["iat"] == 15 * 60


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize("name", ["johndoe", "JOHNDOE", "\uff4aohndoe"])
def test_any_spelling_of_the_name_will_do(log_in: LogIn, name: str) -> None:
    assert log_in(name).status_code == 200


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("johndoe", "wrong password"),
        ("johndoe", PASSWORD + " "),
        ("johndoe", PASSWORD.upper()),
        ("johndoe@example.com", PASSWORD),
        ("nobody", PASSWORD),
        (" ", " "),
        ("\x00", "\x00"),
        ("\ud7ff\ufffd", "\U0010ffff"),
        ("j" * 50, "p" * 200),
        ("johndoe", "ﷺ" * 15),
    ],
)
def test_unknown_and_wrong_are_told_apart_by_nobody(
    log_in: LogIn, name: str, password: str
) -> None:
    answer = log_in(name, password)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json() == {
        "type": "urn:errand:problem:invalid_credentials",
        "title": "Unauthorized",
        "status": 401,
        "detail": "Incorrect username or password",
        "instance": "/token",
        "code": "invalid_credentials",
        "error": "invalid_grant",
        "error_description": "Incorrect username or password",
    }


@pytest.mark.parametrize(
    ("name", "password"),
    [("j" * 51, "p" * 8), ("johndoe", "p" * 257), ("", "pppppppp"), ("johndoe", "")],
)
def test_what_nobody_can_have_registered_is_refused(
    log_in: LogIn, name: str, password: str
) -> None:
    answer = log_in(name, password)
    assert answer.status_code == 400
    assert "ppp" not in answer.text


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"username": "johndoe", "password": PASSWORD, "grant_type": "password"}, 200),
        ({"username": "johndoe", "password": PASSWORD, "scope": "", "client_id": "web"}, 200),
        ({"username": "johndoe", "password": PASSWORD, "scope": "tasks:read"}, 200),
        ({"username": "johndoe", "password": PASSWORD, "scope": "admin"}, 400),
        ({"grant_type": "refresh_token"}, 400),
        ({"grant_type": "refresh_token", "refresh_token": "made up"}, 400),
        ({"username": "johndoe", "password": PASSWORD, "grant_type": "client_credentials"}, 400),
        ({"username": "johndoe"}, 400),
        ({"password": PASSWORD}, 400),
        ({}, 400),
    ],
)
def test_the_form(client: httpx2.Client, form: dict[str, str], status: int) -> None:
    answer = client.post("/token/", data=form)
    assert answer.status_code == status
    if status != 200:
        assert answer.headers["Content-Type"] == "application/json"
        assert PASSWORD not in answer.text


@pytest.mark.usefixtures("john")
def test_a_form_may_name_its_charset(client: httpx2.Client) -> None:
    answer = client.post(
        "/token",
        content=b"username=johndoe&password=correct+horse%20battery",
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "kind", ["application/json", "multipart/form-data; boundary=x", "text/plain"]
)
def test_only_a_form_is_taken(client: httpx2.Client, kind: str) -> None:
    content = json.dumps({"username": "johndoe", "password": PASSWORD})
    answer = client.post("/token", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"


def test_a_disabled_user(john: httpx2.Client, log_in: LogIn, clock: ManualClock) -> None:
    assert john.get("/users/me").status_code == 200
    disable("johndoe")
    answer = log_in()
    assert answer.status_code == 400
    assert answer.json()["detail"] == "Inactive user"
    assert log_in(password="wrong password").status_code == 401

    clock.advance(CACHE_MS / 1000)
    for path in ("/users/me", "/tasks"):
        answer = john.get(path)
        assert answer.status_code == 400
        assert answer.json()["code"] == "inactive_user"


def test_a_token_expires(john: httpx2.Client, clock: ManualClock) -> None:
    clock.advance(LIFETIME_SECONDS + LEEWAY_SECONDS - 1)
    assert john.get("/users/me").status_code == 200
    clock.advance(1)
    answer = john.get("/users/me")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')
    assert answer.json()["code"] == "invalid_token"


def _segment(content: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _forged(token: str, ring: KeyRing) -> dict[str, str]:
    """Tokens made of a valid one."""
    head, body, signature = token.split(".")
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    kid = {"kid": ring.current.kid}

    def signed(
        changes: dict[str, Any], secret: bytes = ring.current.secret, algorithm: str = "HS256"
    ) -> str:
        return jwt.encode(claims | changes, secret, algorithm, headers=kid)

    def without(name: str) -> str:
        rest = {other: value for other, value in claims.items() if other != name}
        return jwt.encode(rest, ring.current.secret, "HS256", headers=kid)

    return {
        "alg none": f"{_segment({'alg': 'none', 'typ': 'JWT'} | kid)}.{body}.",
        "alg none, signed": f"{_segment({'alg': 'none', 'typ': 'JWT'} | kid)}.{body}.{signature}",
        "alg HS512": signed({}, ring.current.secret * 2, "HS512"),
        "other kid": jwt.encode(claims, ring.current.secret, "HS256", headers={"kid": "other"}),
        "no kid": jwt.encode(claims, ring.current.secret, "HS256"),
        "odd kid": f"{_segment({'alg': 'HS256', 'kid': ['x']})}.{body}.{signature}",
        "other key": signed({}, b"another signing key, of 32 bytes+"),
        "other issuer": signed({"iss": "somebody"}),
        "other audience": signed({"aud": "others"}),
        "no such account": signed({"sub": "06h08q0rf9qcv4e83s3ndg2tl8"}),
        "no such session": signed({"sid": "06h08q0rf9qcv4e83s3ndg2tl8"}),
        "no such scope": signed({"scope": "everything"}),
        "odd scope": signed({"scope": ["tasks:read"]}),
        "for devices": signed({"aud": "errand-devices"}),
        **{f"without {name}": without(name) for name in claims},
        "odd subject": signed({"sub": "ACCOUNT"}),
        "odd expiry": signed({"exp": "tomorrow"}),
        "other body": f"{head}.{_segment(claims | {'sub': '0' * 26})}.{signature}",
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "garbage": "garbage",
        "dots": "..",
        "not ASCII": "t\xf6k\xe9n",
        "long": token + "a" * 5000,
        "twice": f"{token}.{token}",
    }


def test_forged_tokens(john: httpx2.Client, ring: KeyRing) -> None:
    token = john.headers["Authorization"].removeprefix("Bearer ")
    for kind, forged in _forged(token, ring).items():
        headers = {b"Authorization": f"Bearer {forged}".encode("latin-1")}
        answer = john.get("/users/me", headers=headers)
        assert answer.status_code == 401, kind
        # RFC 6750, section 3.1.
        assert answer.headers["WWW-Authenticate"] == (
            'Bearer error="invalid_token", error_description="Could not validate credentials"'
        )
        assert answer.json()["code"] == "invalid_token"
    assert john.get("/users/me").status_code == 200


@pytest.mark.parametrize("value", [None, "", "Basic am9objpkb2U=", "Token x"])
def test_without_a_token_no_error_is_named(client: httpx2.Client, value: str | None) -> None:
    answer = client.get("/users/me", headers={"Authorization": value} if value else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["detail"] == "Not authenticated"
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "bearer x y"])
def test_a_token_that_is_none_is_invalid(client: httpx2.Client, value: str) -> None:
    answer = client.get("/users/me", headers={"Authorization": value})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


def test_tokens_outlive_a_rotation_of_the_key(
    john: httpx2.Client,
    services: Services,
    ring: KeyRing,
    clock: ManualClock,
    connect: Callable[[FastAPI], httpx2.Client],
) -> None:
    rotated = Services(
        ring=KeyRing((Key("new", b"y" * 40), *ring.keys)),
        run=services.run,
        outbox=NoOutbox,
        clock=clock,
    )
    client = connect(create_app(rotated))
    client.headers["Authorization"] = john.headers["Authorization"]
    assert client.get("/users/me").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/tasks"),
        ("POST", "/tasks"),
        ("GET", f"/tasks/{'0' * 26}"),
        ("PUT", f"/tasks/{'0' * 26}"),
        ("PATCH", f"/tasks/{'0' * 26}"),
        ("DELETE", f"/tasks/{'0' * 26}"),
        ("GET", f"/tasks/{'0' * 26}/links"),
        ("GET", "/users/me"),
        ("PATCH", "/users/me"),
        ("DELETE", "/users/me"),
    ],
)
def test_nobody_gets_in_without_a_token(client: httpx2.Client, method: str, path: str) -> None:
    body = {"title": "Buy milk"} if method in {"POST", "PUT", "PATCH"} else None
    answer = client.request(method, path, json=body)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("unknown", ["!", "$2x$04$" + "." * 53, "$argon2id$"])
@pytest.mark.usefixtures("john")
def test_a_hash_of_unknown_form_is_no_password(
    log_in: Callable[..., httpx2.Response], unknown: str
) -> None:
    account = account_named("johndoe")
    change_account(account, now=account.updated_at, password_hash=unknown)
    answer = log_in()
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
