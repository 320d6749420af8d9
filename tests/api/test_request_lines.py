"""Lines in the log: one for each request, with its operation, and nothing of what was sent."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from errand_api.app import create_app
from errand_api.request_lines import RequestLines
from errand_api.services import Services
from errand_testkit.asgi_client import asgi_client
from errand_testkit.people import PASSWORD
from errand_testkit.visitors import Connect

pytestmark = pytest.mark.both_transports

type Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """Those on standard output since they were last asked for."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def logged(services: Services, connect: Connect, john: httpx2.Client) -> httpx2.Client:
    """John at a deployment that logs its requests."""
    app: FastAPI = create_app(services, request_lines=True)
    client = connect(app)
    client.headers["Authorization"] = john.headers["Authorization"]
    return client


def test_a_request_is_a_line(logged: httpx2.Client, lines: Lines) -> None:
    answer = logged.post("/tasks", json={"title": "Buy milk"})
    [line] = lines()
    took = line.pop("ms")
    assert 0 < took < 60_000
    assert line == {
        "operation": "create_task",
        "status": 201,
        "cold": 1,
        "requestId": answer.headers["X-Request-Id"],
    }
    logged.get("/tasks")
    [line] = lines()
    assert (line["operation"], line["status"], line["cold"]) == ("list_tasks", 200, 0)


@pytest.mark.parametrize(
    ("method", "path", "operation", "status"),
    [
        ("GET", "/tasks/nothing", "read_task", 404),
        ("GET", "/nothing", "none", 404),
        ("GET", '/"},{"operation":"forged', "none", 404),
        ("DELETE", "/token", "log_in", 405),
    ],
)
def test_what_is_refused_is_a_line(
    logged: httpx2.Client, lines: Lines, method: str, path: str, operation: str, status: int
) -> None:
    logged.request(method, path)
    [line] = lines()
    assert (line["operation"], line["status"]) == (operation, status)


def test_failed_log_ins_are_what_an_alarm_counts(logged: httpx2.Client, lines: Lines) -> None:
    logged.post("/token", data={"username": "johndoe", "password": PASSWORD})
    logged.post("/token", data={"username": "johndoe", "password": "wrong password"})
    logged.post("/token", data={"username": "johndoe"})
    told = lines()
    assert {line["operation"] for line in told} == {"log_in"}
    assert [line["status"] >= 400 for line in told] == [False, True, True]


def test_batch_is_one_line(logged: httpx2.Client, lines: Lines) -> None:
    command = {"id": "1", "method": "POST", "path": "/tasks", "body": {"title": "Buy milk"}}
    logged.post("/sync", json={"commands": [command]}).raise_for_status()
    [line] = lines()
    assert line["operation"] != "create_task"


def test_line_tells_nothing_about_a_person(logged: httpx2.Client, lines: Lines) -> None:
    logged.get("/tasks?filter=search: surprise party", headers={"User-Agent": "John's"})
    [line] = lines()
    assert line.keys() == {"operation", "status", "ms", "cold", "requestId"}


def test_without_the_setting_there_is_none(john: httpx2.Client, lines: Lines) -> None:
    john.get("/tasks")
    assert lines() == []


def test_metrics_are_by_operation_and_of_all_together(
    services: Services, connect: Connect, john: httpx2.Client, lines: Lines
) -> None:
    """The format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/index.html."""
    client = connect(create_app(services, request_lines=True, metrics_of="api"))
    client.get("/tasks", headers={"Authorization": john.headers["Authorization"]})
    [line] = lines()
    assert (line["function"], line["operation"], line["faults"]) == ("api", "list_tasks", 0)
    [made] = line["_aws"]["CloudWatchMetrics"]
    assert made["Namespace"] == "Errand"
    assert made["Dimensions"] == [["function"], ["function", "operation"]]
    # What it names is there: text for dimensions, numbers for metrics.
    for name in made["Dimensions"][1]:
        assert isinstance(line[name], str)
    for metric in made["Metrics"]:
        assert isinstance(line[metric["Name"]], int | float)
    assert line["_aws"]["Timestamp"] > 1_700_000_000_000


@pytest.mark.parametrize("transport", ["direct"])
def test_what_is_raised_is_a_fault(connect: Connect, loop: Any) -> None:
    del connect  # made for its loop

    def fail(_request: Any) -> PlainTextResponse:
        raise ArithmeticError

    told: list[str] = []
    inner = Starlette(routes=[Route("/", fail)])

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        scope["errand.request_id"] = "id"
        await RequestLines(inner, function="api", write=told.append)(scope, receive, send)

    with pytest.raises(ArithmeticError):
        asgi_client(outer, loop).get("/")
    [line] = map(json.loads, told)
    assert (line["status"], line["faults"]) == (500, 1)
