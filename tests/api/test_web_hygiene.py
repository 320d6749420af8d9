"""What every answer tells browsers and caches, and which scripts of others may read it."""

import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from errand_api.app import create_app
from errand_api.media import MAX_BODY_BYTES
from errand_api.services import Services
from errand_testkit.visitors import Connect, bearer

pytestmark = pytest.mark.both_transports

OURS, OTHER = "https://app.example.com", "https://evil.example"
JSON = {"Content-Type": "application/json"}
PREFLIGHT = {"Access-Control-Request-Method": "PATCH"}
SAFE = {
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}

EXPOSED = [
    *("Accept-Patch", "Allow", "ETag", "Link", "Location", "RateLimit", "RateLimit-Policy"),
    *("Retry-After", "Server-Timing", "WWW-Authenticate", "X-Consumed-Capacity"),
    *("X-Items-Read", "X-Query-Plan", "X-Request-Id", "X-Total-Count"),
]

# Status -> a request that gets it.
REQUESTS: dict[int, Callable[[httpx2.Client], httpx2.Response]] = {
    200: lambda john: john.get("/users/me"),
    201: lambda john: john.post("/tasks", json={"title": "Buy milk"}),
    202: lambda john: john.post("/password-recovery", json={"email": "a@example.com"}),
    204: lambda john: john.delete("/users/me/sessions"),
    304: lambda john: john.get("/users/me", headers={"If-None-Match": "*"}),
    400: lambda john: john.patch("/users/me", json={"email": "john@example.com"}),
    401: lambda john: john.get("/users/me", headers=bearer("nonsense")),
    403: lambda john: john.get("/users"),
    404: lambda john: john.get("/nope"),
    405: lambda john: john.put("/health"),
    412: lambda john: john.patch("/users/me", json={}, headers={"If-Match": '"7"'}),
    413: lambda john: john.post("/tasks", content=b" " * (MAX_BODY_BYTES + 1), headers=JSON),
    415: lambda john: john.post("/tasks", content=b"x", headers={"Content-Type": "text/plain"}),
    422: lambda john: john.post("/tasks", json={}),
}
BROKEN = 500
statuses = pytest.mark.parametrize("status", [*REQUESTS, BROKEN])


@pytest.fixture
def ask(john: httpx2.Client, app: FastAPI) -> Callable[[int], httpx2.Response]:
    """For an answer of a status."""

    def ask(status: int) -> httpx2.Response:
        if status == BROKEN:
            app.state.services = None
        answer = REQUESTS.get(status, REQUESTS[200])(john)
        assert answer.status_code == status
        return answer

    return ask


@pytest.fixture(scope="module")
def app_with_cors() -> FastAPI:
    nothing: Any = object()
    return create_app(nothing, cors_origins=(OURS, "http://localhost:5173"))


@pytest.fixture
def open_api(
    app_with_cors: FastAPI, services: Services, connect: Connect, john: httpx2.Client
) -> httpx2.Client:
    """An instance that scripts of two origins may call, and John at it."""
    app_with_cors.state.services = services
    client = connect(app_with_cors)
    client.headers["Authorization"] = john.headers["Authorization"]
    return client


def is_safe(answer: httpx2.Response) -> bool:
    """Each header is there, once; nobody may show the answer in a frame."""
    names = [name for name, _ in answer.headers.multi_items()]
    policy = answer.headers["content-security-policy"]
    return (
        SAFE.items() <= dict(answer.headers).items()
        and len(names) == len(set(names))
        and "default-src 'none'" in policy
        and "frame-ancestors 'none'" in policy
    )


def about_cors(answer: httpx2.Response) -> dict[str, str]:
    return {
        name.removeprefix("access-control-"): value
        for name, value in answer.headers.items()
        if name.startswith("access-control-")
    }


@statuses
def test_every_answer_is_safe_and_kept_by_nobody(
    ask: Callable[[int], httpx2.Response], status: int
) -> None:
    answer = ask(status)
    assert is_safe(answer)
    assert answer.headers["Cache-Control"] == "no-store"


def test_so_is_an_answer_without_a_body(john: httpx2.Client) -> None:
    answer = john.head("/users/me")
    assert (answer.status_code, answer.content) == (200, b"")
    assert is_safe(answer)
    assert answer.headers["Cache-Control"] == "no-store"


def test_whatever_is_personal_is_kept_by_nobody(john: httpx2.Client, app: FastAPI) -> None:
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            if operation["security"]:
                answer = john.request(method, re.sub("{.*?}", "0" * 26, path))
                assert answer.headers["Cache-Control"] == "no-store", (method, path)


@pytest.mark.parametrize("page", ["/docs", "/docs/oauth2-redirect", "/redoc"])
def test_pages_are_safe_with_a_policy_of_their_own(client: httpx2.Client, page: str) -> None:
    answer = client.get(page)
    assert is_safe(answer)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_what_pages_load_may_be_kept(client: httpx2.Client) -> None:
    html = client.get("/docs").text
    for path in re.findall(r'="(/static/[^"]+)"', html):
        answer = client.get(path)
        assert is_safe(answer)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/", "/health", "/openapi.json"])
def test_the_public_is_safe_too(client: httpx2.Client, path: str) -> None:
    assert is_safe(client.get(path))


@statuses
def test_scripts_of_others_read_nothing(
    ask: Callable[[int], httpx2.Response], john: httpx2.Client, status: int
) -> None:
    john.headers["Origin"] = OURS
    assert about_cors(ask(status)) == {}


def test_nobody_is_allowed_to_ask(client: httpx2.Client) -> None:
    answer = client.options("/users/me", headers=PREFLIGHT | {"Origin": OURS})
    assert answer.status_code == 204
    assert about_cors(answer) == {}
    assert is_safe(answer)


@pytest.mark.parametrize("origin", [OURS, "http://localhost:5173"])
@pytest.mark.parametrize("status", REQUESTS)
def test_scripts_of_an_allowed_origin_read_every_answer(
    open_api: httpx2.Client, origin: str, status: int
) -> None:
    open_api.headers["Origin"] = origin
    answer = REQUESTS[status](open_api)
    assert answer.status_code == status
    assert about_cors(answer) == {
        "allow-origin": origin,
        "expose-headers": ", ".join(EXPOSED),
    }
    assert "Origin" in answer.headers["Vary"]
    assert is_safe(answer)


def test_they_read_what_went_wrong(open_api: httpx2.Client, app_with_cors: FastAPI) -> None:
    app_with_cors.state.services = None
    answer = open_api.get("/users/me", headers={"Origin": OURS})
    assert answer.status_code == 500
    assert about_cors(answer)["allow-origin"] == OURS


OTHERS = [
    OTHER,
    "null",
    "*",
    "",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com.evil.example",
    "https://evilapp.example.com",
    "https://APP.example.com/",
]


@pytest.mark.parametrize("origin", OTHERS)
def test_other_origins_read_nothing(open_api: httpx2.Client, origin: str) -> None:
    answer = open_api.get("/users/me", headers={"Origin": origin})
    assert answer.status_code == 200
    assert "allow-origin" not in about_cors(answer)
    preflight = open_api.options("/users/me", headers=PREFLIGHT | {"Origin": origin})
    assert preflight.status_code == 400
    assert "allow-origin" not in about_cors(preflight)
    assert is_safe(preflight)


def test_who_names_no_origin_is_told_none(open_api: httpx2.Client) -> None:
    assert about_cors(open_api.get("/users/me")) == {}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_scripts_may_ask_first(open_api: httpx2.Client, method: str) -> None:
    wanted = "authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id"
    answer = open_api.options(
        "/tasks",
        headers={
            "Origin": OURS,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": wanted,
        },
    )
    assert answer.status_code == 200
    told = about_cors(answer)
    assert told["allow-origin"] == OURS
    assert method in told["allow-methods"].split(", ")
    assert set(wanted.split(", ")) <= set(told["allow-headers"].lower().split(", "))
    # A token is all it takes: cookies and their like stay with the browser.
    assert "allow-credentials" not in told
    assert is_safe(answer)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "asked",
    [{"Access-Control-Request-Method": "TRACE"}, {"Access-Control-Request-Headers": "x-other"}],
)
def test_nothing_else_is_allowed(open_api: httpx2.Client, asked: dict[str, str]) -> None:
    answer = open_api.options("/tasks", headers=PREFLIGHT | {"Origin": OURS} | asked)
    assert answer.status_code == 400
