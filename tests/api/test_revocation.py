"""POST /token/revoke (RFC 7009): whoever has a token may make it worthless, and learns nothing."""

from typing import Any

import httpx2
import pytest

from errand.identity.access_tokens import LEEWAY_SECONDS, LIFETIME_SECONDS
from errand.identity.personal_tokens.model import make
from errand.keys import KeyRing
from errand_testkit.fakes import ManualClock
from errand_testkit.visitors import (
    Connect,
    acts,
    bearer,
    log_in,
    make_token,
    other_instance,
    renew,
    security_log,
    works,
)

type Token = dict[str, Any]


@pytest.fixture
def elsewhere(connect: Connect, ring: KeyRing, clock: ManualClock, transport: Any) -> httpx2.Client:
    """An instance that has seen no token yet."""
    return other_instance(connect, ring=ring, clock=clock, transport=transport)


@pytest.fixture
def phone(
    john: httpx2.Client,  # noqa: ARG001 - whose it is
    client: httpx2.Client,
) -> Token:
    """John's other session."""
    token: Token = log_in(client).json()
    return token


@pytest.fixture
def script(john: httpx2.Client) -> str:
    """John's personal access token."""
    return make_token(john, "account:read")


def revoke(client: httpx2.Client, token: str, **form: str) -> httpx2.Response:
    return client.post("/token/revoke", data={"token": token} | form)


def was_done(answer: httpx2.Response) -> bool:
    return (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
def test_either_token_of_a_session_ends_it(
    john: httpx2.Client, client: httpx2.Client, phone: Token, kind: str
) -> None:
    assert was_done(revoke(client, phone[kind]))
    assert not works(client, phone)
    assert renew(client, phone["refresh_token"]).status_code == 400
    assert john.get("/users/me").status_code == 200


def test_a_personal_access_token_is_revoked(
    john: httpx2.Client, client: httpx2.Client, script: str
) -> None:
    assert works(client, script)
    assert was_done(revoke(client, script))
    assert not works(client, script)
    assert john.get("/users/me/tokens").json() == []


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "nonsense", ""])
def test_hints_change_nothing(client: httpx2.Client, phone: Token, hint: str) -> None:
    assert was_done(revoke(client, phone["access_token"], token_type_hint=hint, client_id="web"))
    assert not works(client, phone)


def test_a_refresh_token_that_was_replaced_still_logs_out(
    client: httpx2.Client, phone: Token
) -> None:
    renew(client, phone["refresh_token"])
    assert was_done(revoke(client, phone["refresh_token"]))
    assert not works(client, phone)


def test_a_refresh_token_logs_out_when_the_access_token_has_expired(
    john: httpx2.Client, client: httpx2.Client, phone: Token, clock: ManualClock
) -> None:
    clock.advance(LIFETIME_SECONDS + LEEWAY_SECONDS)
    assert was_done(revoke(client, phone["access_token"]))
    assert renew(client, phone["refresh_token"]).status_code == 200
    assert was_done(revoke(client, phone["refresh_token"]))
    assert renew(client, phone["refresh_token"]).status_code == 400
    assert john.get("/users/me").status_code == 401


def test_another_instance_stops_within_30_seconds(
    client: httpx2.Client, elsewhere: httpx2.Client, phone: Token, clock: ManualClock
) -> None:
    assert works(elsewhere, phone)
    revoke(client, phone["refresh_token"])
    clock.advance(30)
    assert not works(elsewhere, phone)


def test_it_is_put_on_record(
    john: httpx2.Client, client: httpx2.Client, phone: Token, script: str
) -> None:
    session = security_log(john)[-1]["about"]
    answers = [revoke(client, phone["refresh_token"]), revoke(client, script)]
    token_revoked, logged_out = security_log(john)[:2]
    assert (logged_out["act"], logged_out["about"]) == ("logged_out", session)
    assert token_revoked["act"] == "token_revoked"
    assert token_revoked["actor"] == john.get("/users/me").json()["id"]
    ids = [logged_out["request_id"], token_revoked["request_id"]]
    assert ids == [answer.headers["X-Request-Id"] for answer in answers]


def test_twice_is_as_good_as_once(
    john: httpx2.Client, client: httpx2.Client, phone: Token, script: str
) -> None:
    for token in (phone["access_token"], phone["refresh_token"], script, script):
        assert was_done(revoke(client, token))
    assert acts(john) == ["logged_in", "token_created", "logged_out", "token_revoked"]


def _worthless(phone: Token, script: str, user: str) -> dict[str, str]:
    head, body, signature = phone["access_token"].split(".")
    return {
        "garbage": "garbage",
        "not ASCII": "t\xf6k\xe9n",
        "NUL": "\0",
        "refresh token cut off": phone["refresh_token"][:-1],
        "refresh token of another secret": phone["refresh_token"][:-4] + "AAAA",
        "unsigned": f"{head}.{body}.",
        "of another signature": f"{head}.{body}.{signature[::-1]}",
        "device token": phone["device_token"],
        "script with a typing error": f"{script[:-1]}{'0' if script[-1] != '0' else '1'}",
        "script cut off": script[:40],
        "script of another secret": make(user_id=user, token_id=script[37:63]),
        "script of nobody": make(user_id="0" * 26, token_id="0" * 26),
        "long": "x" * 2048,
    }


def test_whatever_else_is_sent_is_answered_alike_and_changes_nothing(
    john: httpx2.Client, client: httpx2.Client, phone: Token, script: str
) -> None:
    user = john.get("/users/me").json()["id"]
    for kind, token in _worthless(phone, script, user).items():
        assert was_done(revoke(client, token)), kind
    assert works(client, phone)
    assert works(client, script)
    assert acts(john) == ["logged_in", "token_created"]


def test_tokens_of_a_deleted_account_are_answered_alike(
    john: httpx2.Client, client: httpx2.Client, phone: Token, script: str
) -> None:
    john.request("DELETE", "/users/me", json={"password": "correct horse battery"})
    for token in (phone["access_token"], phone["refresh_token"], script):
        assert was_done(revoke(client, token))


def test_no_token_is_needed_but_the_one_in_the_form(
    jane: httpx2.Client, client: httpx2.Client, phone: Token
) -> None:
    assert was_done(revoke(jane, phone["access_token"]))
    assert not works(client, phone)
    assert jane.get("/users/me", headers=bearer(phone)).status_code == 401
    assert jane.get("/users/me").status_code == 200


@pytest.mark.parametrize("form", [{}, {"token": ""}, {"token": "x" * 2049}])
def test_a_form_without_a_token_is_not_valid(client: httpx2.Client, form: dict[str, str]) -> None:
    answer = client.post("/token/revoke", data=form)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


def test_only_a_form_is_taken(client: httpx2.Client) -> None:
    assert client.post("/token/revoke", json={"token": "x"}).status_code == 415
