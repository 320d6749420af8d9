"""Tokens for scripts: made in a log-in, shown once, good for what they were made for."""

import re
from typing import Any

import httpx2
import pytest

from errand.identity.personal_tokens.model import PATTERN, TOKENS_MAX
from errand.keys import KeyRing
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import PASSWORD
from errand_testkit.stored import change_account
from errand_testkit.visitors import (
    Connect,
    account_named,
    acts,
    bearer,
    log_in,
    other_instance,
    security_log,
    works,
)

PATH = "/users/me/tokens"
BACKUP: dict[str, Any] = {
    "name": "Backup script",
    "scopes": ["account:read"],
    "current_password": PASSWORD,
}


@pytest.fixture
def elsewhere(connect: Connect, ring: KeyRing, clock: ManualClock, transport: Any) -> httpx2.Client:
    """An instance that has seen no token yet."""
    return other_instance(connect, ring=ring, clock=clock, transport=transport)


@pytest.fixture
def created(john: httpx2.Client) -> dict[str, Any]:
    answer: dict[str, Any] = john.post(PATH, json=BACKUP).json()
    return answer


def make(client: httpx2.Client, **fields: Any) -> httpx2.Response:
    return client.post(PATH, json=BACKUP | fields)


def test_a_new_token_is_shown(john: httpx2.Client) -> None:
    answer = make(john, name="  Backup script ", scopes=["tasks:write", "tasks:read"])
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    token = answer.json()
    assert re.fullmatch(PATTERN, token.pop("token"))
    assert re.fullmatch("[0-9a-v]{26}", token.pop("id"))
    assert token == {
        "name": "Backup script",
        "scopes": ["tasks:read", "tasks:write"],
        "created_at": "2026-11-22T08:30:00.000Z",
        "expires_at": None,
        "last_used_on": None,
    }


def test_it_is_shown_once(john: httpx2.Client, created: dict[str, Any]) -> None:
    answer = john.get(PATH)
    assert answer.json() == [{name: created[name] for name in created if name != "token"}]
    assert "errand_pat_" not in answer.text


def test_tokens_are_listed_newest_first(john: httpx2.Client) -> None:
    for name in ("one", "two", "three"):
        make(john, name=name)
    assert [token["name"] for token in john.get(PATH).json()] == ["three", "two", "one"]


def test_it_opens_what_it_was_made_for(client: httpx2.Client, created: dict[str, Any]) -> None:
    headers = bearer(created["token"])
    assert client.get("/users/me", headers=headers).json()["username"] == "johndoe"
    assert client.get("/tasks", headers=headers).status_code == 403
    assert client.patch("/users/me", headers=headers, json={}).status_code == 403


def test_it_works_as_long_as_nobody_revokes_it(
    client: httpx2.Client, created: dict[str, Any], clock: ManualClock
) -> None:
    clock.advance(400 * 24 * 60 * 60)
    assert works(client, created["token"])


def test_the_day_of_its_last_use_is_noted(
    john: httpx2.Client, client: httpx2.Client, created: dict[str, Any], clock: ManualClock
) -> None:
    def noted() -> Any:
        john.headers |= bearer(log_in(client).json())
        return john.get(PATH).json()[0]["last_used_on"]

    assert noted() is None
    works(client, created["token"])
    assert noted() == "2026-11-22"
    clock.advance(24 * 60 * 60)
    assert noted() == "2026-11-22"
    works(client, created["token"])
    assert noted() == "2026-11-23"


def test_a_token_may_expire(john: httpx2.Client, client: httpx2.Client, clock: ManualClock) -> None:
    token = make(john, expires_at="2026-11-22T10:30:10+02:00").json()
    assert token["expires_at"] == "2026-11-22T08:30:10.000Z"
    assert works(client, token["token"])
    clock.advance(9.999)
    assert works(client, token["token"])
    clock.advance(0.001)
    assert not works(client, token["token"])
    assert john.get(PATH).json()[0]["id"] == token["id"]


REFUSED: list[dict[str, Any]] = [
    {"name": ""},
    {"name": "   "},
    {"name": "n" * 101},
    {"name": "a\x07b"},
    {"name": None},
    {"scopes": []},
    {"scopes": ["admin"]},
    {"scopes": ["nonsense"]},
    {"scopes": "tasks:read"},
    {"scopes": ["tasks:read"] * 5},
    {"scopes": None},
    {"expires_at": "2026-12-01T00:00:00"},
    {"expires_at": "tomorrow"},
    {"token": "errand_pat_"},
    {"id": "06h08q0rf9qcv4e83s3ndg2tl4"},
]


@pytest.mark.parametrize("fields", REFUSED, ids=str)
def test_what_is_not_valid_makes_no_token(john: httpx2.Client, fields: dict[str, Any]) -> None:
    answer = make(john, **fields)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"][:2] == ["body", *fields]
    assert john.get(PATH).json() == []


@pytest.mark.parametrize(
    "expires_at",
    [
        "2026-11-22T08:30:00Z",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_it_expires_in_the_future_or_never(john: httpx2.Client, expires_at: str) -> None:
    answer = make(john, expires_at=expires_at)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


@pytest.mark.deep
def test_an_account_has_so_many_tokens(john: httpx2.Client) -> None:
    for _ in range(TOKENS_MAX):
        assert make(john).status_code == 201
    answer = make(john)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    tokens = john.get(PATH).json()
    assert len(tokens) == TOKENS_MAX
    john.delete(f"{PATH}/{tokens[0]['id']}")
    assert make(john).status_code == 201


def test_a_token_makes_no_other(john: httpx2.Client, client: httpx2.Client) -> None:
    script = make(john, scopes=["account:write", "account:read"]).json()["token"]
    answer = client.post(PATH, json=BACKUP, headers=bearer(script))
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")
    assert len(client.get(PATH, headers=bearer(script)).json()) == 1


@pytest.mark.usefixtures("john")
def test_it_has_no_scope_that_its_maker_had_not(client: httpx2.Client) -> None:
    narrow = bearer(log_in(client, scope="account:write tasks:read").json())
    refused = client.post(PATH, json=BACKUP, headers=narrow)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    made = client.post(PATH, json=BACKUP | {"scopes": ["tasks:read"]}, headers=narrow)
    assert made.status_code == 201


def test_a_revoked_token_is_of_no_use(
    john: httpx2.Client, client: httpx2.Client, created: dict[str, Any]
) -> None:
    assert works(client, created["token"])
    assert john.delete(f"{PATH}/{created['id']}").status_code == 204
    assert not works(client, created["token"])
    assert john.get(PATH).json() == []
    again = john.delete(f"{PATH}/{created['id']}")
    assert (again.status_code, again.json()["code"]) == (404, "not_found")


def test_another_instance_refuses_it_within_30_seconds(
    john: httpx2.Client, elsewhere: httpx2.Client, created: dict[str, Any], clock: ManualClock
) -> None:
    assert works(elsewhere, created["token"])
    john.delete(f"{PATH}/{created['id']}")
    clock.advance(30)
    assert not works(elsewhere, created["token"])


def test_tokens_of_others_are_not_there(
    john: httpx2.Client, jane: httpx2.Client, client: httpx2.Client, created: dict[str, Any]
) -> None:
    assert jane.get(PATH).json() == []
    assert jane.delete(f"{PATH}/{created['id']}").status_code == 404
    assert works(client, created["token"])
    assert acts(john) == ["token_created"]


@pytest.mark.parametrize("name", ["06h08q0rf9qcv4e83s3ndg2tl4", "x", "PAT%23x", "%00"])
def test_what_is_no_token_is_not_found(john: httpx2.Client, name: str) -> None:
    assert john.delete(f"{PATH}/{name}").status_code == 404


def test_making_and_revoking_are_put_on_record(john: httpx2.Client) -> None:
    made = make(john)
    revoked = john.delete(f"{PATH}/{made.json()['id']}")
    last, first = security_log(john)
    assert (first["act"], last["act"]) == ("token_created", "token_revoked")
    assert first["about"] == last["about"] == made.json()["id"]
    assert first["request_id"] == made.headers["X-Request-Id"]
    assert last["request_id"] == revoked.headers["X-Request-Id"]


def test_a_token_with_a_typing_error_is_no_token(
    client: httpx2.Client, created: dict[str, Any]
) -> None:
    token = created["token"]
    for place in (0, 11, 37, 63, -8, -1):
        typed = "b" if token[place] != "b" else "c"
        wrong = f"{token[:place]}{typed}{token[place:][1:]}"
        answer = client.get("/users/me", headers=bearer(wrong))
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert not works(client, token[:-1])
    assert not works(client, token + "0")
    assert not works(client, token.upper())


def test_a_disabled_users_tokens_rest(
    client: httpx2.Client, elsewhere: httpx2.Client, created: dict[str, Any], clock: ManualClock
) -> None:
    assert works(client, created["token"])
    disabled = change_account(account_named("johndoe"), now=clock(), disabled=True)
    assert elsewhere.get("/users/me", headers=bearer(created["token"])).status_code == 400
    clock.advance(30)
    assert not works(client, created["token"])
    change_account(disabled, now=clock(), disabled=False)
    assert works(client, created["token"])


@pytest.mark.parametrize("keep", [{}, {"keep_tokens": False}, {"keep_tokens": True}], ids=str)
def test_a_new_password_ends_it_unless_its_owner_keeps_it(
    john: httpx2.Client, client: httpx2.Client, created: dict[str, Any], keep: dict[str, bool]
) -> None:
    new = {"password": "battery horse correct", "current_password": PASSWORD}
    assert works(client, created["token"])
    assert john.patch("/users/me", json=new | keep).status_code == 200
    is_kept = keep.get("keep_tokens", False)
    assert works(client, created["token"]) is is_kept
    assert [token["id"] for token in john.get(PATH).json()] == [created["id"]] * is_kept
    # And one made at once is one of those after it.
    later = make(john, current_password="battery horse correct").json()
    assert works(client, later["token"])


@pytest.mark.parametrize("given", [None, "", "wrong password"])
def test_making_one_asks_for_the_password(john: httpx2.Client, given: str | None) -> None:
    new = {name: value for name, value in BACKUP.items() if name != "current_password"}
    answer = john.post(PATH, json=new if given is None else new | {"current_password": given})
    refused = (422, "validation_error") if given is None else (400, "incorrect_password")
    assert (answer.status_code, answer.json()["code"]) == refused
    assert john.get(PATH).json() == []


def test_guesses_with_a_stolen_token_keep_the_owner_out_nowhere_else(
    john: httpx2.Client, client: httpx2.Client
) -> None:
    guesses = [make(john, current_password="wrong password") for _ in range(10)]
    assert [guess.status_code for guess in guesses] == [400] * 6 + [429] * 4
    elsewhere = bearer(log_in(client).json())
    assert client.post(PATH, json=BACKUP, headers=elsewhere).status_code == 201


SENSITIVE: list[tuple[str, str, Any]] = [
    ("PATCH", "/users/me", {"username": "jdoe", "current_password": PASSWORD}),
    ("PATCH", "/users/me", {"email": "jdoe@example.com", "current_password": PASSWORD}),
    ("PATCH", "/users/me", {"email": None, "current_password": PASSWORD}),
    ("PATCH", "/users/me", {"password": "battery horse", "current_password": PASSWORD}),
    ("PATCH", "/users/me", {"username": "jdoe"}),
    ("DELETE", "/users/me", {"password": PASSWORD}),
    ("POST", PATH, BACKUP),
    ("DELETE", f"{PATH}/{'0' * 26}", None),
    ("DELETE", "/users/me/sessions", None),
    ("DELETE", f"/users/me/sessions/{'0' * 26}", None),
    ("POST", "/users/me/email/verification", None),
    ("POST", "/users/me/mfa/totp", {"password": PASSWORD}),
    ("POST", "/users/me/mfa/totp/confirm", {"otp": "123456"}),
    ("DELETE", "/users/me/mfa/totp", {"password": PASSWORD, "otp": "123456"}),
]


@pytest.mark.parametrize(("method", "path", "body"), SENSITIVE, ids=str)
def test_it_has_no_say_in_who_is_let_in(
    john: httpx2.Client, client: httpx2.Client, method: str, path: str, body: Any
) -> None:
    script = make(john, scopes=["account:write", "account:read"]).json()["token"]
    before = john.get("/users/me").json()
    answer = client.request(method, path, json=body, headers=bearer(script))
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")
    assert john.get("/users/me").json() == before
    assert acts(john) == ["token_created"]


def test_it_may_change_the_rest_of_the_profile(john: httpx2.Client, client: httpx2.Client) -> None:
    script = bearer(make(john, scopes=["account:write"]).json()["token"])
    new = {"full_name": "John A. Doe", "username": "johndoe", "email": "johndoe@example.com"}
    assert client.patch("/users/me", json=new, headers=script).json()["full_name"] == "John A. Doe"


def test_a_repeated_request_makes_no_other_and_shows_no_secret(
    john: httpx2.Client, dynamodb: FakeDynamo
) -> None:
    key = {"Idempotency-Key": "once"}
    first = john.post(PATH, json=BACKUP, headers=key)
    again = john.post(PATH, json=BACKUP, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json() | {"token": None}
    assert len(john.get(PATH).json()) == 1
    assert first.json()["token"][63:95] not in str(dynamodb.items)
    other = john.post(PATH, json=BACKUP | {"name": "Another"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
