"""Behind an edge: everybody has an address of their own, and nobody else can say so."""

from collections.abc import Callable
from hashlib import sha256

import httpx2
import pytest
from fastapi import FastAPI

from errand.config import TrustedEdge
from errand.identity.throttling.model import LOG_IN_ADDRESS
from errand_api.app import create_app
from errand_api.edge import DIGITS
from errand_api.services import Services
from errand_testkit.visitors import Connect, client_at, log_in, security_log

pytestmark = pytest.mark.both_transports
SECRET = "4f1d0c0a5c1e4a4e8d5b7c9f3a2b1c0d"
CLOUDFRONT, CLOUDFLARE = "CloudFront-Viewer-Address", "CF-Connecting-IP"
VIEWER = "198.51.100.7"
GATEWAY = "203.0.113.7"

type Behind = Callable[..., httpx2.Client]


@pytest.fixture
def behind(services: Services, connect: Connect, transport: object) -> Behind:
    """A client of a deployment with an edge, which sends what it is told to."""
    del connect  # made for its loop

    def behind(header: str = CLOUDFRONT, *, is_only: bool = False, **sent: str) -> httpx2.Client:
        digest = sha256(SECRET.encode()).hexdigest()[:DIGITS]
        edge = TrustedEdge(address_header=header, secret_digest=digest, is_only=is_only)
        app: FastAPI = create_app(services, edge=edge)
        client = client_at(GATEWAY, app, transport)  # type: ignore[arg-type]
        client.headers.update({name.replace("_", "-"): value for name, value in sent.items()})
        return client

    return behind


def seen(client: httpx2.Client, john: httpx2.Client) -> str:
    """The address that a log-in of John's was put on record with."""
    assert log_in(client).status_code == 200
    return str(security_log(john)[0]["address"])


@pytest.mark.parametrize(
    ("header", "told", "address"),
    [
        (CLOUDFRONT, f"{VIEWER}:46532", VIEWER),
        (CLOUDFRONT, "2001:db8:1:2:3:4:5:6:46532", "2001:db8:1:2::/64"),
        (CLOUDFRONT, "2001:db8:1:2::7:443", "2001:db8:1:2::/64"),
        (CLOUDFRONT, "[2001:db8:1:2::7]:443", "2001:db8:1:2::/64"),
        (CLOUDFLARE, VIEWER, VIEWER),
        (CLOUDFLARE, "2001:db8:1:2::7", "2001:db8:1:2::/64"),
        # Of what is no address nothing is believed.
        (CLOUDFLARE, f"{VIEWER}, {VIEWER}", GATEWAY),
        (CLOUDFLARE, "", GATEWAY),
        (CLOUDFLARE, "unknown", GATEWAY),
        (CLOUDFRONT, VIEWER, GATEWAY),
    ],
)
def test_edge_tells_where_a_request_came_from(
    behind: Behind, john: httpx2.Client, header: str, told: str, address: str
) -> None:
    client = behind(header, X_Edge_Secret=SECRET)
    client.headers[header] = told
    assert seen(client, john) == address


@pytest.mark.parametrize("secret", [None, "", SECRET[:-1], sha256(SECRET.encode()).hexdigest()])
def test_nobody_else_is_believed(behind: Behind, john: httpx2.Client, secret: str | None) -> None:
    client = behind(CLOUDFLARE)
    client.headers[CLOUDFLARE] = VIEWER
    if secret is not None:
        client.headers["X-Edge-Secret"] = secret
    assert seen(client, john) == GATEWAY


def test_a_secret_sent_twice_is_none(behind: Behind, john: httpx2.Client) -> None:
    """Whoever puts one before the edge's makes both worthless, whichever would be read."""
    client = behind(CLOUDFLARE)
    sent = [("X-Edge-Secret", "guess"), ("X-Edge-Secret", SECRET), (CLOUDFLARE, VIEWER)]
    data = {"username": "johndoe", "password": "correct horse battery"}
    client.post("/token", data=data, headers=sent).raise_for_status()
    assert security_log(john)[0]["address"] == GATEWAY


@pytest.mark.usefixtures("john")
def test_of_two_behind_it_one_does_not_make_the_other_wait(behind: Behind) -> None:
    guesser, other = (behind(CLOUDFLARE, X_Edge_Secret=SECRET) for _ in range(2))
    guesser.headers[CLOUDFLARE], other.headers[CLOUDFLARE] = VIEWER, "198.51.100.8"
    statuses = [
        log_in(guesser, f"nobody-{number}").status_code for number in range(LOG_IN_ADDRESS.free + 2)
    ]
    assert statuses[-1] == 429
    assert log_in(other).status_code == 200


def test_past_the_edge_nobody_gets_in_where_it_is_the_only_way(
    behind: Behind, john: httpx2.Client
) -> None:
    token = john.headers["Authorization"]
    past, through = behind(is_only=True), behind(is_only=True, X_Edge_Secret=SECRET)
    for path in ("/health", "/tasks", "/nothing"):
        answer = past.get(path, headers={"Authorization": token})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_through_edge")
        assert answer.headers["X-Request-Id"]
    assert through.get("/tasks", headers={"Authorization": token}).status_code == 200


def test_this_machine_gets_in(services: Services, connect: Connect, transport: object) -> None:
    """What a snapshot is warmed up with, and whatever looks after a server."""
    del connect  # made for its loop
    edge = TrustedEdge(address_header=CLOUDFLARE, secret_digest="0" * DIGITS, is_only=True)
    app: FastAPI = create_app(services, edge=edge)
    client = client_at("127.0.0.1", app, transport)  # type: ignore[arg-type]
    assert client.get("/health").status_code == 200
    other = client_at(GATEWAY, app, transport)  # type: ignore[arg-type]
    other.headers["X-Forwarded-For"] = "127.0.0.1"
    assert other.get("/health").status_code == 403


def test_parts_of_a_batch_came_through_with_it(behind: Behind, john: httpx2.Client) -> None:
    client = behind(is_only=True, X_Edge_Secret=SECRET)
    client.headers["Authorization"] = john.headers["Authorization"]
    command = {"id": "1", "method": "POST", "path": "/tasks", "body": {"title": "Buy milk"}}
    [outcome] = client.post("/sync", json={"commands": [command]}).json()["results"]
    assert outcome["status"] == 201
