"""DELETE /users/me: the password once more, and then nothing of it works or is known."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from errand.keys import KeyRing
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.mails import KeptOutbox
from errand_testkit.people import PASSWORD
from errand_testkit.postman import Postman
from errand_testkit.visitors import (
    Connect,
    bearer,
    client_at,
    log_in,
    make_token,
    other_instance,
    renew,
    works,
)

HOME = "198.51.100.7"


@pytest.fixture
def at_home(
    connect: Connect,  # noqa: ARG001 - made for its loop
    app: FastAPI,
    transport: Any,
) -> Iterator[httpx2.Client]:
    """A client with an address."""
    with ExitStack() as stack:
        yield stack.enter_context(client_at(HOME, app, transport))


@pytest.fixture
def elsewhere(connect: Connect, ring: KeyRing, clock: ManualClock, transport: Any) -> httpx2.Client:
    """An instance that has seen no token yet."""
    return other_instance(connect, ring=ring, clock=clock, transport=transport)


def delete(client: httpx2.Client, password: str = PASSWORD, **headers: str) -> httpx2.Response:
    return client.request("DELETE", "/users/me", json={"password": password}, headers=headers)


@pytest.fixture
def known_places(dynamodb: FakeDynamo) -> Callable[[], list[str]]:
    """What is kept about addresses that somebody logged in from."""

    def partitions() -> list[str]:
        items = dynamodb.all("EphemeralTable")
        return [item["pk"]["S"] for item in items if item["sk"]["S"].startswith("ADDRESS#")]

    return partitions


def test_the_password_is_asked_for(john: httpx2.Client) -> None:
    for password in ("wrong password", PASSWORD.upper(), "", "x" * 256):
        answer = delete(john, password)
        assert (answer.status_code, answer.json()["code"]) == (400, "incorrect_password")
    assert john.get("/users/me").status_code == 200


@pytest.mark.parametrize("body", [None, {}, {"password": None}, {"password": PASSWORD, "x": 1}])
def test_nothing_else_will_do(john: httpx2.Client, body: dict[str, Any] | None) -> None:
    assert john.request("DELETE", "/users/me", json=body).status_code == 422
    assert john.get("/users/me").status_code == 200


def test_every_token_is_dead_at_once(
    john: httpx2.Client, client: httpx2.Client, elsewhere: httpx2.Client
) -> None:
    phone = log_in(client).json()
    script = make_token(john, "account:read")
    assert works(client, phone)
    assert works(client, script)
    assert delete(john).status_code == 204
    for instance in (client, elsewhere):
        for token in (phone["access_token"], script):
            answer = instance.get("/users/me", headers=bearer(token))
            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
        assert renew(instance, phone["refresh_token"]).json()["error"] == "invalid_grant"
    assert john.get("/users/me").status_code == 401


def test_another_instance_stops_within_30_seconds(
    john: httpx2.Client, elsewhere: httpx2.Client, clock: ManualClock
) -> None:
    headers = dict(john.headers)
    assert elsewhere.get("/tasks", headers=headers).status_code == 200
    delete(john)
    clock.advance(30)
    assert elsewhere.get("/tasks", headers=headers).status_code == 401


def test_both_names_are_free(john: httpx2.Client, client: httpx2.Client) -> None:
    delete(john)
    new = {"username": "johndoe", "password": PASSWORD, "email": "johndoe@example.com"}
    assert client.post("/register", json=new).status_code == 201


def test_mailed_tokens_die_with_it(
    john: httpx2.Client,
    client: httpx2.Client,
    outbox: KeptOutbox,
    dynamodb: FakeDynamo,
    clock: ManualClock,
) -> None:
    postman = Postman(outbox, dynamodb=dynamodb, clock=clock)
    client.post("/password-recovery", json={"email": "johndoe@example.com"})
    token = postman.token()
    delete(john)
    reset = {"token": token, "new_password": "battery horse correct"}
    assert client.post("/password-reset", json=reset).json()["code"] == "invalid_grant"


def test_the_addresses_it_was_used_from_go_with_it(
    john: httpx2.Client, at_home: httpx2.Client, known_places: Callable[[], list[str]]
) -> None:
    """They lie in its collection, which is purged behind the stream."""
    log_in(at_home, "johndoe")
    assert known_places() == [f"USER#{john.get('/users/me').json()['id']}"]


def test_a_wrong_password_forgets_nothing(
    john: httpx2.Client, at_home: httpx2.Client, known_places: Callable[[], list[str]]
) -> None:
    log_in(at_home)
    delete(john, "wrong password")
    delete(john, **{"If-Match": '"7"'})
    assert len(known_places()) == 1


def test_a_script_may_not_even_with_the_password(
    john: httpx2.Client, client: httpx2.Client
) -> None:
    script = make_token(john, "account:write")
    assert delete(client, **bearer(script)).json()["code"] == "session_required"
    assert john.get("/users/me").status_code == 200
