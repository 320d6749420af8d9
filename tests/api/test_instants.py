"""Instants have one form in every answer and every example: UTC, three decimals, `Z`."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from errand.identity.accounts.model import Account
from errand.identity.accounts.repository import DynamoAccounts
from errand.realtime.model import Socket
from errand.records import kept
from errand.storage.kinds import SOCKET, attributes
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.people import LATER, NOW, PASSWORD
from errand_testkit.push import REGISTRATION
from errand_testkit.stack import ROOT
from errand_testkit.stored import (
    change_account,
    new_session,
    store_delivery,
    store_session,
    store_subscription,
    store_webhook,
)

FORM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
# Whatever begins as one does, in whatever form: also within a text.
LOOKS_LIKE_ONE = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}[^\s\"'`)|]*")
NAMED_AS_ONE = re.compile(r".*_at|time")
# Amazon's: the envelope of the event bus, the name of a stream. Stored: numbers, by other names.
ENVELOPE = {"version", "id", "detail-type", "source", "account", "time", "region"}
NOT_OURS = {"eventSourceARN", "requestContext", "NewImage", "OldImage"}
# In messages between functions, milliseconds.
BETWEEN_FUNCTIONS = {"begun_at", "ends_at"}

PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "events" / "README.md"]


def wrong(part: Any, at: str = "") -> Iterator[str]:
    """Where something that is an instant, by its name or its look, has another form."""
    if isinstance(part, dict):
        for name, each in part.items():
            if name not in NOT_OURS | BETWEEN_FUNCTIONS and not (
                name == "time" and part.keys() >= ENVELOPE
            ):
                yield from _wrong_field(name, each, f"{at}.{name}")
    elif isinstance(part, list):
        for number, each in enumerate(part):
            yield from wrong(each, f"{at}.{number}")
    elif isinstance(part, str):
        content = _content(part)
        if content is None:
            yield from (f"{at}: {found}" for found in others(part))
        else:
            yield from wrong(content, at)


def _content(text: str) -> Any:
    """Of JSON that is whole; None for other text."""
    try:
        return json.loads(text) if text.startswith("{") else None
    except ValueError:
        return None


def _wrong_field(name: str, value: Any, at: str) -> Iterator[str]:
    is_instant = isinstance(value, str) and FORM.fullmatch(value)
    if NAMED_AS_ONE.fullmatch(name) and not (is_instant or isinstance(value, dict | None)):
        yield f"{at}: {value}"
    yield from wrong(value, at)


def others(text: str) -> list[str]:
    """Those that have another form."""
    return [found for found in LOOKS_LIKE_ONE.findall(text) if not FORM.fullmatch(found)]


@pytest.mark.parametrize(
    "part",
    [
        {"created_at": "2026-11-22T08:30:00Z"},
        {"created_at": 1795336200},
        [{"tasks": [{"note": "not before 2026-11-22T08:30:00.000+00:00"}]}],
        {"body": '{"time": "2026-11-22 08:30"}'},
    ],
    ids=str,
)
def test_other_forms_are_found(part: Any) -> None:
    assert [*wrong(part)]


def named(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, each in part.items():
            if isinstance(each, str) and FORM.fullmatch(each):
                yield name
            yield from named(each)
    elif isinstance(part, list):
        for each in part:
            yield from named(each)


def _account(answers: dict[str, httpx2.Response]) -> Account:
    found = DynamoAccounts().read(answers["POST /register"].json()["id"])
    assert found
    return found


@pytest.fixture
def answers(
    sign_up: Callable[..., httpx2.Client],
    register: Callable[..., httpx2.Response],
    log_in: Callable[..., httpx2.Response],
    dynamodb: FakeDynamo,
) -> dict[str, Any]:
    """Every kind of answer, by what it is to."""
    found = {"POST /register": register(email="johndoe@example.com")}
    john = sign_up("root", admin=True)
    token = {"Authorization": f"Bearer {log_in().json()['access_token']}"}

    def ask(method: str, path: str, **content: Any) -> httpx2.Response:
        answer = john.request(method, path, headers=token, json=content or None)
        found[f"{method} {path}"] = answer
        return answer

    task = ask("POST", "/tasks", title="Buy milk", due_date="2026-12-24", completed=True).json()
    path = f"/tasks/{task['id']}"
    ask("PUT", path, title="Buy oat milk")
    ask("PATCH", path, completed=True)
    said = ask("POST", f"{path}/comments", text="None left").json()
    ask("PATCH", f"{path}/comments/{said['id']}", text="One left")
    ask("POST", "/tasks", title="x")
    for listed in ("/tasks", path, f"{path}/links", "/users/me", "/users/me/sessions"):
        ask("GET", listed)
    john.delete(f"/tasks/{ask('POST', '/tasks', title='Buy bread').json()['id']}", headers=token)
    ask("GET", "/trash")
    ask("PATCH", "/users/me", full_name="John")
    for expires_at in ("2126-11-22T09:30:00+01:00", "2126-11-22T08:30:00.123456Z", "2126-11-22"):
        ask("POST", "/users/me/tokens", name="t", scopes=["tasks:read"], expires_at=expires_at)
        if expires_at != "2126-11-22":
            found[f"token until {expires_at}"] = found["POST /users/me/tokens"]
    ask(
        "POST",
        "/users/me/tokens",
        name="t",
        scopes=["tasks:read"],
        expires_at="2020-01-01T00:00:00Z",
    )
    ask("POST", "/users/me/mfa/totp", password=PASSWORD)
    for listed in ("/users/me/tokens", "/users/me/security-log", "/users/me/export"):
        ask("GET", listed)
    found["GET /users"] = john.get("/users")
    found["PATCH /users/{id}"] = john.patch(
        f"/users/{found['GET /users'].json()[0]['id']}", json={}
    )
    account = change_account(_account(found), now=NOW, undeliverable_since=NOW)
    webhook = store_webhook(account, now=NOW, failing_since=NOW, previous_secret_until=LATER)
    store_delivery(webhook, now=NOW, last_attempt_at=NOW, next_attempt_at=LATER)
    session = store_session(new_session(account, now=NOW)[0])
    sent = {"last_sent_at": NOW, "last_failed_at": NOW}
    store_subscription(account, REGISTRATION, session=session, now=NOW, **sent)
    socket = Socket(id="one", user_id=account.id, opened_at=NOW, expires_at=LATER // 1000)
    there = {**kept(socket), **attributes(SOCKET.key(account.id, "one"))}
    dynamodb.put_item(TableName="EphemeralTable", Item=there)
    for listed in (
        "/users/me",
        "/users/me/export",
        "/webhooks",
        "/push/subscriptions",
        f"/webhooks/{webhook.id}/deliveries",
    ):
        ask("GET", listed)
    for public in ("/", "/health", "/.well-known/oauth-authorization-server", "/nothing"):
        found[f"GET {public}"] = john.get(public)
    return {asked: answer.json() for asked, answer in found.items()}


def test_every_instant_of_every_answer_has_it(answers: dict[str, Any]) -> None:
    assert {asked: [*wrong(answer)] for asked, answer in answers.items() if [*wrong(answer)]} == {}


def test_every_instant_that_openapi_knows_was_looked_at(
    client: httpx2.Client, answers: dict[str, Any]
) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    known = {
        name
        for schema in schemas.values()
        for name, field in schema.get("properties", {}).items()
        if "date-time" in json.dumps(field)
    }
    assert known - set(named(answers)) == set()


def test_every_example_of_openapi_has_it(client: httpx2.Client) -> None:
    examples = [
        schema.get("examples", [])
        for schema in client.get("/openapi.json").json()["components"]["schemas"].values()
    ]
    assert [*wrong(examples)] == []


@pytest.mark.parametrize(
    "file", sorted((ROOT / "events").glob("*.json")), ids=lambda file: file.name
)
def test_every_sample_of_an_event_has_it(file: Path) -> None:
    assert [*wrong(json.loads(file.read_text()))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_has_it(page: Path) -> None:
    envelope = re.compile(r'^  "time": "[^"]*",$\n(?=  "region")', re.MULTILINE)
    assert others(envelope.sub("", page.read_text())) == []
