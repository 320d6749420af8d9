"""Signing keys rotate under running instances, and nobody is logged out for it."""

from collections.abc import Callable
from typing import Any

import httpx2
import jwt
import pytest

from errand.identity.access_tokens import LIFETIME_SECONDS
from errand.keys import Key, KeyRing, LiveRing
from errand_testkit.fakes import ManualClock
from errand_testkit.visitors import Connect, bearer, log_in, other_instance, renew, works

type Token = dict[str, Any]

OLD = Key("2026-10", b"the key of October, 32 bytes at least")
NEW = Key("2026-11", b"the key of November, 32 bytes at least")
MADE_UP = Key("made-up", b"the key of somebody else, 32 bytes +")


class Secret:
    """As Secrets Manager keeps it; `reads` counts what would be round trips."""

    def __init__(self) -> None:
        self.keys: tuple[Key, ...] = (OLD,)
        self.reads = 0

    def __call__(self) -> KeyRing:
        self.reads += 1
        return KeyRing(self.keys)

    def rotate(self) -> None:
        self.keys = (NEW, OLD)

    def withdraw(self) -> None:
        self.keys = (NEW,)


@pytest.fixture
def secret() -> Secret:
    return Secret()


@pytest.fixture
def ring(secret: Secret, clock: ManualClock) -> LiveRing:
    """Of the instance that `client` reaches."""
    return LiveRing(secret, clock)


@pytest.fixture
def elsewhere(
    connect: Connect, secret: Secret, clock: ManualClock, transport: Any
) -> httpx2.Client:
    """An instance that read the secret when the first one did."""
    ring = LiveRing(secret, clock)
    return other_instance(connect, ring=ring, clock=clock, transport=transport)


@pytest.fixture
def fresh(
    connect: Connect, secret: Secret, clock: ManualClock, transport: Any
) -> Callable[[], httpx2.Client]:
    """An instance that starts now; `elsewhere` is none any more."""

    def fresh() -> httpx2.Client:
        ring = LiveRing(secret, clock)
        return other_instance(connect, ring=ring, clock=clock, transport=transport)

    return fresh


@pytest.fixture
def old(
    client: httpx2.Client,
    john: httpx2.Client,  # noqa: ARG001 - whose it is
) -> Token:
    """Of a log-in before the rotation."""
    token: Token = log_in(client).json()
    return token


def signer(token: Token) -> str:
    kid: str = jwt.get_unverified_header(token["access_token"])["kid"]
    return kid


def test_tokens_of_the_old_key_are_good_everywhere(
    client: httpx2.Client,
    secret: Secret,
    old: Token,
    fresh: Callable[[], httpx2.Client],
    clock: ManualClock,
) -> None:
    secret.rotate()
    assert works(client, old)
    assert works(fresh(), old)
    clock.advance(600)
    assert works(client, old)


def test_sessions_go_on_under_the_new_key(
    client: httpx2.Client, secret: Secret, old: Token, clock: ManualClock
) -> None:
    assert signer(old) == OLD.kid
    secret.rotate()
    clock.advance(600)
    renewed = renew(client, old["refresh_token"]).json()
    assert signer(renewed) == NEW.kid
    assert works(client, renewed)


def test_an_instance_signs_with_the_new_key_within_ten_minutes(
    client: httpx2.Client, secret: Secret, old: Token, clock: ManualClock
) -> None:
    secret.rotate()
    assert signer(renew(client, old["refresh_token"]).json()) == OLD.kid
    clock.advance(600)
    assert signer(log_in(client).json()) == NEW.kid


@pytest.mark.usefixtures("john")
def test_a_new_key_is_looked_up_when_it_is_first_met(
    client: httpx2.Client, secret: Secret, fresh: Callable[[], httpx2.Client]
) -> None:
    secret.rotate()
    token = log_in(fresh()).json()
    assert signer(token) == NEW.kid
    before = secret.reads
    assert works(client, token)
    assert secret.reads == before + 1


@pytest.mark.usefixtures("john")
def test_two_instances_understand_each_other_while_it_spreads(
    client: httpx2.Client, elsewhere: httpx2.Client, secret: Secret, clock: ManualClock
) -> None:
    secret.rotate()
    first = log_in(elsewhere).json()
    clock.advance(600)
    second = log_in(client).json()
    for token in (first, second):
        assert works(client, token)
        assert works(elsewhere, token)


def test_made_up_keys_cost_a_look_every_ten_seconds_at_most(
    client: httpx2.Client, secret: Secret, old: Token, clock: ManualClock
) -> None:
    claims = jwt.decode(old["access_token"], options={"verify_signature": False})
    before = secret.reads
    for number in range(20):
        kid = {"kid": f"{MADE_UP.kid}-{number}"}
        assert not works(client, jwt.encode(claims, MADE_UP.secret, "HS256", headers=kid))
    assert secret.reads == before + 1
    clock.advance(10)
    assert not works(client, jwt.encode(claims, MADE_UP.secret, "HS256", headers={"kid": "x"}))
    assert secret.reads == before + 2


def test_a_withdrawn_key_is_dead_after_ten_minutes(
    client: httpx2.Client, secret: Secret, old: Token, clock: ManualClock
) -> None:
    secret.rotate()
    secret.withdraw()
    clock.advance(599)
    assert works(client, old)
    # What was verified until then is remembered for half a minute.
    clock.advance(30)
    answer = client.get("/users/me", headers=bearer(old))
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


def test_withdrawing_it_ends_no_session(
    client: httpx2.Client, secret: Secret, old: Token, clock: ManualClock
) -> None:
    secret.withdraw()
    clock.advance(LIFETIME_SECONDS)
    renewed = renew(client, old["refresh_token"])
    assert renewed.status_code == 200
    assert works(client, renewed.json())


def test_a_device_stays_known(
    client: httpx2.Client, secret: Secret, old: Token, clock: ManualClock
) -> None:
    secret.rotate()
    clock.advance(600)
    while log_in(client, password="wrong password").status_code != 429:
        pass
    assert log_in(client, device_token=old["device_token"]).status_code == 200


def test_pages_go_on(client: httpx2.Client, secret: Secret, old: Token, clock: ManualClock) -> None:
    headers = bearer(old)
    for title in ("one", "two", "three"):
        client.post("/tasks", json={"title": f"Task {title}"}, headers=headers)
    url = client.get("/tasks?limit=1", headers=headers).links["next"]["url"]
    secret.rotate()
    clock.advance(600)
    assert client.get(url, headers=headers).status_code == 200


def test_a_key_sent_again_is_recognised(
    client: httpx2.Client, secret: Secret, old: Token, clock: ManualClock
) -> None:
    headers = bearer(old) | {"Idempotency-Key": "1"}
    first = client.post("/tasks", json={"title": "Buy milk"}, headers=headers)
    secret.rotate()
    clock.advance(600)
    again = client.post("/tasks", json={"title": "Buy milk"}, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    other = client.post("/tasks", json={"title": "Buy oats"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
