"""grant_type=refresh_token: each answer has the next one; one that is used twice ends it all."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from errand import opaque
from errand.identity.access_tokens import LIFETIME_SECONDS
from errand.identity.sessions.model import IDLE_SECONDS
from errand.keys import KeyRing
from errand_testkit.fakes import ManualClock
from errand_testkit.stored import change_account, remove_account
from errand_testkit.visitors import (
    Connect,
    account_named,
    acts,
    bearer,
    log_in,
    other_instance,
    renew,
    security_log,
    works,
)

type Token = dict[str, Any]
DAY = 24 * 60 * 60
EVERYTHING = "account:read account:write tasks:read tasks:write"

pytestmark = pytest.mark.usefixtures("john")


@pytest.fixture
def first(client: httpx2.Client) -> Token:
    """What a log-in answered."""
    token: Token = log_in(client).json()
    return token


@pytest.fixture
def elsewhere(connect: Connect, ring: KeyRing, clock: ManualClock, transport: Any) -> httpx2.Client:
    """An instance that has seen no token yet."""
    return other_instance(connect, ring=ring, clock=clock, transport=transport)


def refused(answer: httpx2.Response) -> bool:
    problem = answer.json()
    return (answer.status_code, problem["code"], problem["error"]) == (
        400,
        "invalid_grant",
        "invalid_grant",
    )


def test_a_log_in_answers_both_tokens(first: Token) -> None:
    assert first.keys() == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "scope",
        "device_token",
    }
    assert first["scope"] == EVERYTHING


def test_a_refresh_answers_the_next_ones(client: httpx2.Client, first: Token) -> None:
    answer = renew(client, first["refresh_token"])
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    second = answer.json()
    assert second == {
        "access_token": second["access_token"],
        "token_type": "bearer",
        "expires_in": LIFETIME_SECONDS,
        "refresh_token": second["refresh_token"],
        "scope": EVERYTHING,
    }
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert works(client, second)
    # It was not revoked, and is good for its quarter of an hour.
    assert works(client, first)


def test_a_session_goes_on_from_token_to_token(
    client: httpx2.Client, first: Token, clock: ManualClock
) -> None:
    token, seen = first, {first["refresh_token"]}
    for _ in range(5):
        clock.advance(LIFETIME_SECONDS)
        token = renew(client, token["refresh_token"]).json()
        seen.add(token["refresh_token"])
    assert len(seen) == 6
    assert works(client, token)


@pytest.mark.parametrize("seconds", [0, 30, 60])
def test_a_client_that_lost_the_answer_gets_the_same_token(
    client: httpx2.Client, first: Token, clock: ManualClock, seconds: float
) -> None:
    lost = renew(client, first["refresh_token"]).json()
    clock.advance(seconds)
    again = renew(client, first["refresh_token"])
    assert again.status_code == 200
    assert again.json()["refresh_token"] == lost["refresh_token"]
    assert works(client, again.json())
    assert renew(client, lost["refresh_token"]).status_code == 200
    assert acts(client, **bearer(lost)) == ["logged_in", "refresh_repeated"]


def test_asking_again_prolongs_no_grace(
    client: httpx2.Client, first: Token, clock: ManualClock
) -> None:
    for seconds in (0, 31):
        clock.advance(seconds)
        assert renew(client, first["refresh_token"]).status_code == 200
    clock.advance(31)
    assert refused(renew(client, first["refresh_token"]))


@pytest.mark.parametrize("uses", [1, 2, 5])
def test_a_token_used_before_ends_its_session(
    client: httpx2.Client, first: Token, clock: ManualClock, uses: int
) -> None:
    token = first
    for _ in range(uses):
        token = renew(client, token["refresh_token"]).json()
    clock.advance(60.001)
    assert refused(renew(client, first["refresh_token"]))
    assert refused(renew(client, token["refresh_token"]))
    assert refused(renew(client, first["refresh_token"]))


def test_a_token_that_was_replaced_twice_has_no_grace(client: httpx2.Client, first: Token) -> None:
    second = renew(client, first["refresh_token"]).json()
    third = renew(client, second["refresh_token"]).json()
    assert refused(renew(client, first["refresh_token"]))
    assert refused(renew(client, third["refresh_token"]))


def test_reuse_stops_the_access_tokens(
    client: httpx2.Client, elsewhere: httpx2.Client, first: Token, clock: ManualClock
) -> None:
    second = renew(client, first["refresh_token"]).json()
    clock.advance(61)
    assert works(client, second)
    renew(client, first["refresh_token"])
    assert not works(elsewhere, second)
    clock.advance(30)
    assert not works(client, second)
    assert not works(client, first)


def test_reuse_is_put_on_record(
    john: httpx2.Client, client: httpx2.Client, first: Token, clock: ManualClock
) -> None:
    (opened,) = security_log(john)
    renew(client, first["refresh_token"])
    clock.advance(61)
    answer = client.post(
        "/token",
        data={"grant_type": "refresh_token", "refresh_token": first["refresh_token"]},
        headers={"User-Agent": "thief/1.0"},
    )
    reused, _ = security_log(john)
    assert reused["act"] == "refresh_token_reused"
    # Of the two who have the token nobody can tell who it was.
    assert reused["actor"] is None
    assert reused["about"] == opened["about"]
    assert reused["agent"] == "thief/1.0"
    assert reused["request_id"] == answer.headers["X-Request-Id"]


def test_reuse_ends_no_other_session(
    john: httpx2.Client, client: httpx2.Client, first: Token, clock: ManualClock
) -> None:
    other = log_in(client).json()
    renew(client, first["refresh_token"])
    clock.advance(61)
    assert refused(renew(client, first["refresh_token"]))
    assert renew(client, other["refresh_token"]).status_code == 200
    assert john.get("/users/me").status_code == 200


def _tampered(token: str) -> dict[str, str]:
    user, session = opaque.parse(token, ids=2).ids
    return {
        "other secret": opaque.make(user, session).text,
        "other session": opaque.make(user, "06h08q0rf9qcv4e83s3ndg2tl4").text,
        "other user": opaque.make("06h08q0rf9qcv4e83s3ndg2tl4", session).text,
        "cut off": token[:-1],
        "prolonged": token + "A",
        "padded": token + "=",
        "in the other alphabet": token + "+/",
        "garbage": "garbage",
        "not ASCII": "t\xf6k\xe9n",
        "NUL": token + "\0",
        "space": f" {token}",
    }


def test_tokens_that_never_were_end_nothing(client: httpx2.Client, first: Token) -> None:
    for kind, forged in _tampered(first["refresh_token"]).items():
        assert refused(renew(client, forged)), kind
    assert refused(renew(client, first["access_token"]))
    assert refused(renew(client, first["device_token"]))
    assert renew(client, first["refresh_token"]).status_code == 200


@pytest.mark.parametrize("token", ["", "x" * 2049])
def test_what_cannot_be_a_token_is_not_valid(client: httpx2.Client, token: str) -> None:
    answer = renew(client, token)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["loc"] == ["body", "refresh_token"]
    assert answer.json()["error"] == "invalid_request"


def test_a_refresh_token_is_no_access_token(client: httpx2.Client, first: Token) -> None:
    assert not works(client, first["refresh_token"])


def test_less_than_all_may_be_asked_for(client: httpx2.Client, first: Token) -> None:
    narrow = renew(client, first["refresh_token"], scope="tasks:read").json()
    assert narrow["scope"] == "tasks:read"
    assert client.get("/tasks", headers=bearer(narrow)).status_code == 200
    assert client.get("/users/me", headers=bearer(narrow)).status_code == 403
    # RFC 6749, section 6: of this access token, not of those that follow.
    assert renew(client, narrow["refresh_token"]).json()["scope"] == EVERYTHING


def test_a_session_may_be_opened_with_less(client: httpx2.Client) -> None:
    token = log_in(client, scope=" tasks:read  tasks:write ").json()
    assert token["scope"] == "tasks:read tasks:write"
    again = renew(client, token["refresh_token"]).json()
    assert again["scope"] == "tasks:read tasks:write"
    assert client.get("/users/me", headers=bearer(again)).status_code == 403


@pytest.mark.parametrize("scope", ["account:read", "tasks:read account:read", "admin", "nonsense"])
def test_more_than_the_session_has_is_refused_and_uses_nothing_up(
    client: httpx2.Client, scope: str
) -> None:
    token = log_in(client, scope="tasks:read").json()
    answer = renew(client, token["refresh_token"], scope=scope)
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["error"]) == ("invalid_scope", "invalid_scope")
    assert renew(client, token["refresh_token"]).status_code == 200


def test_a_session_that_nobody_uses_ends_after_30_days(
    client: httpx2.Client, first: Token, clock: ManualClock
) -> None:
    clock.advance(IDLE_SECONDS - 1)
    second = renew(client, first["refresh_token"]).json()
    clock.advance(IDLE_SECONDS)
    assert refused(renew(client, second["refresh_token"]))


def test_a_session_ends_after_a_year_however_it_is_used(
    client: httpx2.Client, first: Token, clock: ManualClock
) -> None:
    token = first
    for _ in range(14):
        clock.advance(26 * DAY)
        token = renew(client, token["refresh_token"]).json()
    clock.advance(DAY)
    assert refused(renew(client, token["refresh_token"]))


def _disable() -> None:
    change_account(account_named("johndoe"), now=0, disabled=True)


def _remove() -> None:
    remove_account(account_named("johndoe"))


@pytest.mark.parametrize("end", [_disable, _remove])
def test_an_account_that_is_gone_or_disabled_gets_no_tokens(
    client: httpx2.Client, first: Token, end: Callable[[], None]
) -> None:
    end()
    assert refused(renew(client, first["refresh_token"]))
