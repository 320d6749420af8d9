"""The security log: what touched an account's safety, who did it, and from where."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.mails import KeptOutbox
from errand_testkit.mfa import app_code
from errand_testkit.people import PASSWORD
from errand_testkit.postman import Postman
from errand_testkit.stored import change_account
from errand_testkit.visitors import account_named, acts, bearer, log_in, renew, security_log

PATH = "/users/me/security-log"
TOTP = "/users/me/mfa/totp"
NEW = "battery horse correct"


@pytest.fixture
def address(transport: str) -> str | None:
    """Where the clients of these tests are."""
    return "203.0.113.7" if transport == "lambda" else None


class John:
    """Can do anything to his account; each act answers with the one request that did it."""

    def __init__(self, own: httpx2.Client, client: httpx2.Client, clock: ManualClock) -> None:
        self.own = own
        self.id = own.get("/users/me").json()["id"]
        self._client = client
        self._clock = clock

    def logs_in(self) -> httpx2.Response:
        return log_in(self._client)

    def mistypes(self) -> httpx2.Response:
        return log_in(self._client, password="wrong password")

    def logs_out(self) -> httpx2.Response:
        token = log_in(self._client).json()["refresh_token"]
        return self._client.post("/token/revoke", data={"token": token})

    def ends_others(self) -> httpx2.Response:
        return self.own.delete("/users/me/sessions")

    def is_robbed(self) -> httpx2.Response:
        token = log_in(self._client).json()["refresh_token"]
        renew(self._client, token)
        self._clock.advance(61)
        return renew(self._client, token)

    def loses_an_answer(self) -> httpx2.Response:
        token = log_in(self._client).json()["refresh_token"]
        renew(self._client, token)
        return renew(self._client, token)

    def changes_password(self) -> httpx2.Response:
        new = {"password": NEW, "current_password": PASSWORD}
        return self.own.patch("/users/me", json=new)

    def mistypes_the_present_password(self) -> httpx2.Response:
        new = {"password": NEW, "current_password": "wrong password"}
        return self.own.patch("/users/me", json=new)

    def changes_email(self) -> httpx2.Response:
        new = {"email": "john@example.org", "current_password": PASSWORD}
        return self.own.patch("/users/me", json=new)

    def changes_username(self) -> httpx2.Response:
        new = {"username": "jdoe", "current_password": PASSWORD}
        return self.own.patch("/users/me", json=new)

    def forgets_the_second_step(self) -> httpx2.Response:
        self.enables_mfa()
        return log_in(self._client)

    def makes_token(self) -> httpx2.Response:
        new = {"name": "Backup", "scopes": ["tasks:read"], "current_password": PASSWORD}
        return self.own.post("/users/me/tokens", json=new)

    def revokes_token(self) -> httpx2.Response:
        token = self.makes_token().json()["id"]
        return self.own.delete(f"/users/me/tokens/{token}")

    def makes_feed(self) -> httpx2.Response:
        new = {"name": "Mine", "current_password": PASSWORD}
        return self.own.post("/calendar/feeds", json=new)

    def revokes_feed(self) -> httpx2.Response:
        feed = self.makes_feed().json()["id"]
        return self.own.delete(f"/calendar/feeds/{feed}")

    def makes_webhook(self) -> httpx2.Response:
        return self.own.post("/webhooks", json={"url": "https://hooks.example.com/"})

    def changes_webhook(self) -> httpx2.Response:
        webhook = self.makes_webhook().json()["id"]
        return self.own.patch(f"/webhooks/{webhook}", json={"in_order": True})

    def rotates_secret(self) -> httpx2.Response:
        webhook = self.makes_webhook().json()["id"]
        return self.own.post(f"/webhooks/{webhook}/secret", json={})

    def deletes_webhook(self) -> httpx2.Response:
        webhook = self.makes_webhook().json()["id"]
        return self.own.delete(f"/webhooks/{webhook}")

    def enables_mfa(self) -> httpx2.Response:
        secret = self.own.post(TOTP, json={"password": PASSWORD}).json()["secret"]
        return self.own.post(f"{TOTP}/confirm", json={"otp": app_code(secret, self._clock)})

    def disables_mfa(self) -> httpx2.Response:
        code = self.enables_mfa().json()["recovery_codes"][0]
        return self.own.request("DELETE", TOTP, json={"password": PASSWORD, "otp": code})


@pytest.fixture
def person(john: httpx2.Client, client: httpx2.Client, clock: ManualClock) -> John:
    for each in (john, client):
        each.headers["User-Agent"] = "curl/8.5.0"
    return John(john, client, clock)


OWN_ACTS = {
    "logged_in": John.logs_in,
    "logged_out": John.logs_out,
    "sessions_ended": John.ends_others,
    "password_changed": John.changes_password,
    "token_created": John.makes_token,
    "token_revoked": John.revokes_token,
    "feed_created": John.makes_feed,
    "feed_revoked": John.revokes_feed,
    "webhook_created": John.makes_webhook,
    "webhook_changed": John.changes_webhook,
    "webhook_secret_rotated": John.rotates_secret,
    "webhook_deleted": John.deletes_webhook,
    "username_changed": John.changes_username,
    "email_changed": John.changes_email,
    "password_check_failed": John.mistypes_the_present_password,
    "mfa_enabled": John.enables_mfa,
    "mfa_disabled": John.disables_mfa,
}
OF_NOBODY = {
    "log_in_failed": John.mistypes,
    "second_step_asked": John.forgets_the_second_step,
    "refresh_token_reused": John.is_robbed,
    "refresh_repeated": John.loses_an_answer,
}
ABOUT_SOMETHING = {"logged_in", "logged_out", "token_created", "token_revoked"} | {
    "feed_created",
    "feed_revoked",
    "webhook_created",
    "webhook_changed",
    "webhook_secret_rotated",
    "webhook_deleted",
    "refresh_token_reused",
    "refresh_repeated",
}


@pytest.mark.both_transports
@pytest.mark.parametrize(("act", "do"), (OWN_ACTS | OF_NOBODY).items(), ids=OWN_ACTS | OF_NOBODY)
def test_an_act_leaves_its_record(
    person: John, act: str, do: Callable[[John], httpx2.Response], address: str | None
) -> None:
    answer = do(person)
    event: dict[str, Any] = security_log(person.own)[0]
    assert event.pop("at").startswith("2026-11-22T08:3")
    assert len(event.pop("id")) == 26
    assert (event.pop("about") is not None) == (act in ABOUT_SOMETHING)
    assert event == {
        "act": act,
        "actor": None if act in OF_NOBODY else person.id,
        "address": address,
        "agent": "curl/8.5.0",
        "request_id": answer.headers["X-Request-Id"],
    }


def test_a_proof_of_the_address_leaves_its_record(
    john: httpx2.Client, outbox: KeptOutbox, dynamodb: FakeDynamo, clock: ManualClock
) -> None:
    postman = Postman(outbox, dynamodb=dynamodb, clock=clock)
    john.post("/users/me/email/verification")
    john.post("/email/verify", json={"token": postman.token()})
    john.headers |= bearer(log_in(john).json())
    assert acts(john) == ["email_verified", "logged_in"]


def test_what_was_refused_leaves_none(john: httpx2.Client, client: httpx2.Client) -> None:
    john.patch("/users/me", json={"password": "short", "current_password": PASSWORD})
    john.delete(f"/users/me/tokens/{'0' * 26}")
    john.post("/users/me/tokens", json={"name": "x", "scopes": ["admin"]})
    client.delete("/users/me/sessions", headers=bearer("nonsense"))
    assert acts(john) == []


def test_a_failure_is_told_to_its_target(
    john: httpx2.Client, jane: httpx2.Client, client: httpx2.Client
) -> None:
    for name in ("johndoe", "JOHNDOE", "nobody"):
        log_in(client, name, password="wrong password")
    assert acts(john) == ["log_in_failed"] * 2
    assert acts(jane) == []


def test_the_right_password_of_a_disabled_account_is_a_failure_too(
    john: httpx2.Client, client: httpx2.Client, clock: ManualClock
) -> None:
    disabled = change_account(account_named("johndoe"), now=clock(), disabled=True)
    assert log_in(client).json()["code"] == "inactive_user"
    change_account(disabled, now=clock(), disabled=False)
    assert acts(john) == ["log_in_failed"]


def test_the_agent_is_shortened_and_cleaned(john: httpx2.Client, client: httpx2.Client) -> None:
    for agent in ("a" * 300, "curl\t8.5.0"):
        client.headers["User-Agent"] = agent
        log_in(client)
    assert [event["agent"] for event in security_log(john)] == ["curl8.5.0", "a" * 200]


def test_no_secret_is_in_it(person: John) -> None:
    token = person.makes_token().json()["token"]
    person.mistypes()
    session = person.logs_in().json()
    text = person.own.get(f"{PATH}?limit=100").text
    for secret in (token, "wrong password", PASSWORD, session["refresh_token"]):
        assert secret not in text


def test_the_newest_stand_first_in_pages(person: John) -> None:
    for _ in range(12):
        person.makes_token()
    answer = person.own.get(PATH)
    seen = answer.json()
    assert len(seen) == 10
    assert answer.headers["Cache-Control"] == "no-store"
    while "Link" in answer.headers:
        answer = person.own.get(answer.links["next"]["url"])
        seen += answer.json()
    ids = [event["id"] for event in seen]
    assert ids == sorted(ids, reverse=True)
    assert [event["act"] for event in seen] == ["token_created"] * 12 + ["logged_in"]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_a_page_is_as_long_as_asked_for(person: John, limit: int) -> None:
    person.makes_token()
    person.makes_token()
    answer = person.own.get(f"{PATH}?limit={limit}")
    assert len(answer.json()) == min(limit, 3)
    assert ("Link" in answer.headers) == (limit < 3)


def test_a_cursor_is_good_for_its_owner_only(person: John, jane: httpx2.Client) -> None:
    person.makes_token()
    url = person.own.get(f"{PATH}?limit=1").links["next"]["url"]
    assert person.own.get(url).status_code == 200
    answer = jane.get(url)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=x", "cursor=%F0%9F%92%A5"])
def test_pages_that_are_none(john: httpx2.Client, query: str) -> None:
    assert john.get(f"{PATH}?{query}").status_code == 422


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_writes_in_it(john: httpx2.Client, method: str) -> None:
    answer = john.request(method, PATH)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "HEAD, GET"


def test_another_of_the_same_name_does_not_inherit_it(
    john: httpx2.Client, client: httpx2.Client
) -> None:
    before = account_named("johndoe").id
    john.request("DELETE", "/users/me", json={"password": PASSWORD})
    client.post("/register", json={"username": "johndoe", "password": PASSWORD})
    token = bearer(log_in(client).json())
    assert acts(client, **token) == ["logged_in"]
    assert account_named("johndoe").id != before
