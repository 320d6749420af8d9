"""GET /users/me/export: everything that is kept about somebody, and nothing that opens anything."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import httpx2
import pytest

from errand.export import service
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.mails import KeptOutbox
from errand_testkit.mfa import app_code
from errand_testkit.people import PASSWORD
from errand_testkit.postman import Postman
from errand_testkit.visitors import bearer, log_in, make_token, renew

PATH = "/users/me/export"
TOTP = "/users/me/mfa/totp"
# Attributes of digests, seeds and secrets in the tables.
SECRET_ATTRIBUTES = {"ph", "h", "sd", "se", "rc", "fp"}


class Busy:
    """John, after he did everything that leaves something behind."""

    def __init__(self, own: httpx2.Client, client: httpx2.Client, clock: ManualClock) -> None:
        self.own = own
        self.secrets = [PASSWORD]
        self.tasks = [self._creates(f"Task {number}") for number in range(3)]
        self._has_second_step(clock)
        clock.advance(30)
        session = log_in(client, device_name="Phone", otp=self.secrets[1]).json()
        renewed = renew(client, session["refresh_token"]).json()
        script = own.post(
            "/users/me/tokens",
            json={"name": "Backup", "scopes": ["tasks:read"], "current_password": PASSWORD},
        ).json()
        log_in(client, password="wrong password")
        own.post("/users/me/email/verification")
        for token in (session, renewed):
            self.secrets += [token["access_token"], token["refresh_token"]]
        self.secrets += [script["token"], session["device_token"]]

    def _creates(self, title: str) -> dict[str, Any]:
        new = {"title": title, "description": "Zwei Liter", "due_date": "2026-12-24"}
        answer = self.own.post(
            "/tasks", json=new, headers={"Idempotency-Key": title.encode().hex()}
        )
        task: dict[str, Any] = answer.json()
        return task

    def _has_second_step(self, clock: ManualClock) -> None:
        secret = self.own.post(TOTP, json={"password": PASSWORD}).json()["secret"]
        answer = self.own.post(f"{TOTP}/confirm", json={"otp": app_code(secret, clock)})
        self.secrets += [*answer.json()["recovery_codes"], secret]


@pytest.fixture
def busy(
    john: httpx2.Client,
    client: httpx2.Client,
    clock: ManualClock,
    outbox: KeptOutbox,
    dynamodb: FakeDynamo,
) -> Busy:
    busy = Busy(john, client, clock)
    postman = Postman(outbox, dynamodb=dynamodb, clock=clock)
    busy.secrets.append(postman.token())
    return busy


def items_of(user_id: str, dynamodb: FakeDynamo) -> list[dict[str, Any]]:
    items = [*dynamodb.all("DataTable"), *dynamodb.all("EphemeralTable")]
    return [item for item in items if item["pk"]["S"] == f"USER#{user_id}"]


LISTS = ["tasks", "sessions", "personal_access_tokens", "security_log", "kept_answers", "pending"]


def size(document: dict[str, Any]) -> int:
    """How many items are in it."""
    singles = [document["account"], document["second_factor"]]
    return sum(len(document[name]) for name in LISTS) + sum(map(bool, singles))


def test_everything_is_in_it(busy: Busy, dynamodb: FakeDynamo) -> None:
    answer = busy.own.get(PATH)
    assert answer.status_code == 200
    document = answer.json()
    assert document["exported_at"] == "2026-11-22T08:30:30.000Z"
    account = busy.own.get("/users/me").json()
    assert document["account"] == account
    assert document["second_factor"] == {"recovery_codes_left": 9}
    assert [task | {"labels": []} for task in document["tasks"]] == busy.tasks
    for session in document["sessions"]:
        del session["current"]
    sessions = busy.own.get("/users/me/sessions").json()
    for session in sessions:
        del session["current"]
    assert document["sessions"][::-1] == sessions
    assert document["personal_access_tokens"] == busy.own.get("/users/me/tokens").json()
    log = busy.own.get("/users/me/security-log?limit=100").json()
    assert document["security_log"][::-1] == log
    assert [kept["path"] for kept in document["kept_answers"]] == ["/tasks"] * 3
    kept = [json.loads(kept["answer"]) for kept in document["kept_answers"]]
    assert sorted(kept, key=lambda task: str(task["id"])) == busy.tasks
    assert [pending["purpose"] for pending in document["pending"]] == ["email_verification"]
    assert size(document) == len(items_of(account["id"], dynamodb))


def test_an_enrolment_that_was_not_confirmed_is_in_it(john: httpx2.Client) -> None:
    secret = john.post(TOTP, json={"password": PASSWORD}).json()["secret"]
    answer = john.get(PATH)
    assert answer.json()["pending"] == [
        {"purpose": "totp", "expires_at": "2026-11-22T09:30:00.000Z"}
    ]
    assert secret not in answer.text


def test_nothing_in_it_opens_anything(busy: Busy, dynamodb: FakeDynamo) -> None:
    answer = busy.own.get(PATH)
    kept = [
        text
        for item in items_of(answer.json()["account"]["id"], dynamodb)
        for name in SECRET_ATTRIBUTES & item.keys()
        for value in item[name].values()
        # The head of a task has the name of what is a hash elsewhere.
        if not isinstance(value, dict)
        for text in ([value] if isinstance(value, str) else value)
    ]
    assert len(kept) > 15
    for secret in [*busy.secrets, *kept, "argon2", "errand_pat_"]:
        assert secret not in answer.text


def test_nothing_of_others_is_in_it(busy: Busy, jane: httpx2.Client) -> None:
    jane.post("/tasks", json={"title": "Nobody knows"}, headers={"Idempotency-Key": "1"})
    hers = jane.get(PATH)
    his = busy.own.get(PATH)
    assert [task["title"] for task in hers.json()["tasks"]] == ["Nobody knows"]
    assert "Nobody knows" not in his.text
    assert "johndoe" not in hers.text
    assert "janedoe" not in his.text


def test_a_new_account_has_little_in_it(jane: httpx2.Client) -> None:
    document = jane.get(PATH).json()
    assert document["account"] == jane.get("/users/me").json()
    assert {name: len(document[name]) for name in LISTS} == dict.fromkeys(LISTS, 0) | {
        "sessions": 1,
        "security_log": 1,
    }
    assert document["second_factor"] is None


def test_it_is_a_file_that_nobody_else_keeps(john: httpx2.Client) -> None:
    answer = john.get(PATH)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="errand-export.json"'
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Link" not in answer.headers


def pages(client: httpx2.Client) -> list[dict[str, Any]]:
    answer = client.get(PATH)
    found = [answer.json()]
    while "Link" in answer.headers:
        answer = client.get(answer.links["next"]["url"])
        assert answer.status_code == 200
        found.append(answer.json())
    return found


@pytest.mark.parametrize("most", [1, 2, 5, 7, 100])
def test_a_large_account_comes_in_pages(
    busy: Busy, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    (whole,) = pages(busy.own)
    monkeypatch.setattr(service, "_ITEMS", most)
    parts = pages(busy.own)
    assert (len(parts) > 1) == (most < size(whole))
    for name in LISTS:
        assert [each for part in parts for each in part[name]] == whole[name]
    for name in ("account", "second_factor"):
        assert [part[name] for part in parts if part[name]] == [whole[name]]


def test_a_cursor_is_good_for_its_owner_only(
    busy: Busy, jane: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_ITEMS", 2)
    url = busy.own.get(PATH).links["next"]["url"]
    assert busy.own.get(url).status_code == 200
    answer = jane.get(url)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


@pytest.mark.parametrize(
    "cursor", ["x", ".", "x.y", "ZGF0YXxUQVNL.", "%C3%A9.%C3%A9", "a.b.c", "%00", "." + "A" * 99]
)
def test_made_up_cursors_lead_nowhere(john: httpx2.Client, cursor: str) -> None:
    answer = john.get(f"{PATH}?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


def test_a_place_of_ones_own_choice_leads_nowhere(
    busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_ITEMS", 2)
    url = httpx2.URL(busy.own.get(PATH).links["next"]["url"])
    content = urlsafe_b64decode(url.params["cursor"])
    assert b"data" in content
    forged = urlsafe_b64encode(content.replace(b"data", b"DATA")).decode()
    answer = busy.own.get(PATH, params={"cursor": forged})
    assert answer.json()["code"] == "invalid_cursor"


def test_it_takes_both_scopes(john: httpx2.Client, client: httpx2.Client) -> None:
    def script(*scopes: str) -> dict[str, str]:
        return bearer(make_token(john, *scopes))

    assert client.get(PATH, headers=script("account:read")).status_code == 403
    assert client.get(PATH, headers=script("tasks:read")).status_code == 403
    assert client.get(PATH, headers=script("account:read", "tasks:read")).status_code == 200
