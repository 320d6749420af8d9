"""The Lambda handler on events of an API Gateway HTTP API."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request, Response

from errand_api.gateway import lambda_handler
from errand_testkit.lambda_client import Handler, lambda_client, to_event

EVENTS = Path(__file__).parents[2] / "events"
PASSWORD = "correct horse battery"


@pytest.fixture
def transport() -> str:
    return "lambda"


@pytest.fixture
def handler(app: FastAPI, client: httpx2.Client) -> Handler:  # noqa: ARG001 - the client sets the loop
    return lambda_handler(app)


def sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def test_the_sample_events_tell_a_story(handler: Handler) -> None:
    registered = handler(sample("api-register"), None)
    assert registered["statusCode"] == 201
    assert registered["isBase64Encoded"] is False
    assert json.loads(registered["body"])["username"] == "ada"

    token = json.loads(handler(sample("api-token"), None)["body"])["access_token"]

    def authorized(name: str) -> dict[str, Any]:
        event = sample(name)
        event["headers"]["authorization"] = f"Bearer {token}"
        return event

    created = handler(authorized("api-task-create"), None)
    assert created["statusCode"] == 201
    listed = handler(authorized("api-tasks-list"), None)
    assert listed["statusCode"] == 200
    assert json.loads(listed["body"]) == [json.loads(created["body"])]


def test_the_request_id_is_that_of_the_event(handler: Handler) -> None:
    event = sample("api-register")
    answer = handler(event, None)
    assert answer["headers"]["x-request-id"] == event["requestContext"]["requestId"]


def test_problems_are_text(handler: Handler) -> None:
    answer = handler(sample("api-tasks-list"), None)
    assert answer["statusCode"] == 401
    assert answer["isBase64Encoded"] is False
    assert json.loads(answer["body"])["code"] == "invalid_token"


@pytest.fixture
def echo() -> Iterator[Callable[..., dict[str, Any]]]:
    """What an application sees of a request that came through the gateway."""
    app = FastAPI()

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def see(request: Request) -> dict[str, Any]:
        return {
            "path": request.scope["path"],
            "query": request.query_params.multi_items(),
            "cookies": request.cookies,
            "accept": request.headers.get("accept"),
            "client": request.client and request.client.host,
            "url": str(request.url.replace(path="", query="")),
            "body": (await request.body()).decode("latin-1"),
        }

    with asyncio.Runner() as runner:
        asyncio.set_event_loop(runner.get_loop())
        client = lambda_client(lambda_handler(app))

        def send(method: str, path: str, **options: Any) -> dict[str, Any]:
            seen: dict[str, Any] = client.request(method, path, **options).json()
            return seen

        yield send
        asyncio.set_event_loop(None)


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("/tasks/a%2Fb", "/tasks/a/b"),
        ("/%74asks", "/tasks"),
        ("/tasks/%E2%98%83", "/tasks/☃"),
        ("/tasks/a+b", "/tasks/a+b"),
        ("/tasks/a%3Fb=c", "/tasks/a"),
    ],
)
def test_paths_arrive_decoded(echo: Callable[..., Any], sent: str, seen: str) -> None:
    assert echo("GET", sent)["path"] == seen


def test_parameters_cookies_and_headers(echo: Callable[..., Any]) -> None:
    seen = echo(
        "GET",
        "/?a=1&a=2&b=%26+%C3%A9&c=",
        headers=[("Cookie", "theme=dark; session=7f3c"), ("Accept", "a/b"), ("Accept", "c/d")],
    )
    assert seen["query"] == [["a", "1"], ["a", "2"], ["b", "& é"], ["c", ""]]
    assert seen["cookies"] == {"theme": "dark", "session": "7f3c"}
    assert seen["accept"] == "a/b,c/d"
    assert seen["client"] == "203.0.113.7"
    assert seen["url"] == "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"


@pytest.mark.parametrize("kind", ["application/json", "application/octet-stream", "text/plain"])
@pytest.mark.parametrize("content", [b"", b"{}", "é".encode(), b"\xff\x00"])
def test_bodies_arrive_as_sent(echo: Callable[..., Any], kind: str, content: bytes) -> None:
    seen = echo("POST", "/", content=content, headers={"Content-Type": kind})
    assert seen["body"].encode("latin-1") == content


def test_an_event_has_what_the_gateway_puts_in() -> None:
    request = httpx2.Request(
        "POST", "https://example.com/token?x=1&x=2", data={"a": "b"}, headers={"Cookie": "a=1; b=2"}
    )
    event = to_event(request, request_id="id")
    form = sample("api-token")
    assert form.keys() <= event.keys()
    assert form["requestContext"].keys() == event["requestContext"].keys()
    assert form["requestContext"]["http"].keys() == event["requestContext"]["http"].keys()
    assert event["queryStringParameters"] == {"x": "1,2"}
    assert event["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in event["headers"]
    assert event["isBase64Encoded"] is True
    assert b64decode(event["body"]) == b"a=b"


def test_a_request_without_a_body_has_no_body_key() -> None:
    event = to_event(httpx2.Request("GET", "https://example.com/"), request_id="id")
    assert event.keys().isdisjoint({"body", "cookies", "queryStringParameters", "pathParameters"})


def test_no_content_no_type(echo: Callable[..., Any]) -> None:
    app = FastAPI()

    @app.get("/{status}")
    async def answer(status: int) -> Response:
        return Response(status_code=status)

    assert echo("GET", "/")["path"] == "/"
    client = lambda_client(lambda_handler(app))
    for status in (204, 304):
        assert "Content-Type" not in client.get(f"/{status}").headers
