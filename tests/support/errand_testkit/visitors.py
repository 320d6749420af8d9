"""How tests of the API come to it: with tokens, from addresses, at one instance or another."""

import asyncio
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal

import httpx2
from fastapi import FastAPI
from fastapi.testclient import TestClient

from errand.clock import Clock
from errand.identity.accounts.model import Account
from errand.identity.accounts.repository import DynamoAccounts
from errand.keys import Keys
from errand.mails.outbox import NoOutbox
from errand_api.app import create_app
from errand_api.gateway import lambda_handler
from errand_api.services import Services, in_thread, inline
from errand_testkit.asgi_client import asgi_client
from errand_testkit.lambda_client import lambda_client
from errand_testkit.people import PASSWORD

# Operations that need no token.
PUBLIC = {
    "ask_to_snooze",
    "ask_to_unsubscribe",
    "authorization_server",
    "health",
    "log_in",
    "read_calendar",
    "register",
    "request_password_recovery",
    "reset_password",
    "revoke_token",
    "snooze_reminder",
    "unsubscribe",
    "verify_email",
    "welcome",
}

type Connect = Callable[[FastAPI], httpx2.Client]
type Transport = Literal["direct", "asgi", "lambda"]
type SignUp = Callable[..., httpx2.Client]


@cache
def spare_app() -> FastAPI:
    """As `shared_app` of tests/api/conftest.py, for a second instance."""
    nothing: Any = object()
    return create_app(nothing)


def other_instance(
    connect: Connect, *, ring: Keys, clock: Clock, transport: Transport
) -> httpx2.Client:
    """Of the same service: it has the tables and the keys, and remembers no token yet."""
    app = spare_app()
    app.state.services = Services(
        ring=ring, run=in_thread if transport == "asgi" else inline, clock=clock, outbox=NoOutbox
    )
    return connect(app)


def client_at(address: str, app: FastAPI, transport: Transport) -> httpx2.Client:
    """One at that IP address; the fixture `connect` has to be there for its loop."""
    if transport == "lambda":
        return lambda_client(lambda_handler(app), address=address)
    if transport == "direct":
        return asgi_client(app, asyncio.get_event_loop(), address=address)
    client: httpx2.Client = TestClient(app, follow_redirects=False, client=(address, 50_000))
    return client


def log_in(client: httpx2.Client, username: str = "johndoe", **form: str) -> httpx2.Response:
    return client.post("/token", data={"username": username, "password": PASSWORD} | form)


def renew(client: httpx2.Client, refresh_token: str, **form: str) -> httpx2.Response:
    given = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return client.post("/token", data=given | form)


def make_token(client: httpx2.Client, *scopes: str) -> str:
    """The text of a new personal access token of whoever the client is logged in as."""
    new = {"name": "Backup", "scopes": scopes, "current_password": PASSWORD}
    text: str = client.post("/users/me/tokens", json=new).json()["token"]
    return text


def bearer(token: str | Mapping[str, Any]) -> dict[str, str]:
    """`token`: the text, or the answer of a log-in."""
    text = token if isinstance(token, str) else token["access_token"]
    return {"Authorization": f"Bearer {text}"}


def works(client: httpx2.Client, token: str | Mapping[str, Any]) -> bool:
    """Whether the token opens the account."""
    return client.get("/users/me", headers=bearer(token)).status_code == 200


def security_log(client: httpx2.Client, **headers: str) -> list[dict[str, Any]]:
    """The newest hundred records, without the one of the fixture's own session."""
    answer = client.get("/users/me/security-log?limit=100", headers=headers or None)
    events: list[dict[str, Any]] = answer.json()
    return [event for event in events if event["request_id"] != "request-1"]


def acts(client: httpx2.Client, **headers: str) -> list[str]:
    """The oldest first."""
    return [event["act"] for event in reversed(security_log(client, **headers))]


def account_named(username: str) -> Account:
    account = DynamoAccounts().find(username)
    assert account is not None
    return account
