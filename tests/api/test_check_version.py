"""Before a version gets traffic somebody walks through it, leaves, and CodeDeploy hears once."""

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from call_version import Version
from check_version import Checker
from errand.config import TrustedEdge
from errand_api.app import create_app
from errand_api.edge import DIGITS
from errand_api.gateway import lambda_handler
from errand_api.services import Services, inline
from errand_testkit.dynamo import FakeDynamo

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:api:42"
HOOK = {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "secret of the hook"}
# In the order of the walk; what comes behind them is to leave.
STEPS = [
    ("GET", "/health"),
    ("POST", "/register"),
    ("POST", "/token"),
    ("POST", "/tasks"),
    ("GET", "/tasks"),
    ("GET", "/search"),
    ("PATCH", "/tasks/"),
    ("GET", "/sync"),
    ("DELETE", "/tasks/"),
    ("DELETE", "/users/me"),
]

NO_ANSWERS: list[Any] = [None, [], {"statusCode": "?"}]

type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
type Spoil = Callable[[], dict[str, Any]]


def throttled() -> dict[str, Any]:
    error = {"Error": {"Code": "TooManyRequestsException", "Message": "of whom"}}
    raise ClientError(error, "Invoke")  # type: ignore[arg-type]


def late() -> dict[str, Any]:
    raise ReadTimeoutError(endpoint_url="https://lambda")


def crashed() -> dict[str, Any]:
    told = {"errorMessage": "a secret", "stackTrace": ["a secret"]}
    return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(told).encode())}


def answered(content: Any) -> Spoil:
    return lambda: {"Payload": io.BytesIO(json.dumps(content).encode())}


def wrong() -> dict[str, Any]:
    return answered({"statusCode": 500, "headers": {"X-Request-Id": "r1"}, "body": "{}"})()


class Functions:
    """Lambda: invokes the API, and does what else it is told to at one step, once."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self.spoilt: dict[tuple[str, str], Spoil] = {}
        self.arns: set[str] = set()
        self.names: list[str] = []

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.arns.add(request["FunctionName"])
        event = json.loads(request["Payload"])
        method, path = event["requestContext"]["http"]["method"], event["rawPath"]
        if path == "/register":
            self.names.append(json.loads(event["body"])["username"])
        step = (method, "/tasks/" if path.startswith("/tasks/") else path)
        if step in self.spoilt:
            return self.spoilt.pop(step)()
        return answered(self._handler(event, None))()


@pytest.fixture
def edge() -> TrustedEdge | None:
    return None


@pytest.fixture
def functions(services: Services, edge: TrustedEdge | None) -> Iterator[Functions]:
    services.run = inline
    with asyncio.Runner() as runner:
        asyncio.set_event_loop(runner.get_loop())
        yield Functions(lambda_handler(create_app(services, edge=edge)))
        asyncio.set_event_loop(None)


class CodeDeploy:
    def __init__(self) -> None:
        self.told: list[tuple[Any, str]] = []

    def report(self, hook: Any, status: str) -> None:
        self.told.append((hook, status))


@pytest.fixture
def codedeploy() -> CodeDeploy:
    return CodeDeploy()


@pytest.fixture
def check(functions: Functions, codedeploy: CodeDeploy) -> Callable[..., str]:
    """How the only report of it was."""

    def check(*, has_time: Callable[[], bool] = lambda: True) -> str:
        request = Version(functions, ARN).request
        Checker(request=request, report=codedeploy.report).check(HOOK, has_time=has_time)
        [(hook, status)] = codedeploy.told
        assert hook == HOOK
        return status

    return check


def assert_nobody_is_there(dynamodb: FakeDynamo) -> None:
    assert not [item for item in dynamodb.all() if item["sk"]["S"] == "ACCOUNT"]


def test_version_that_works_is_fit_and_nobody_is_left(
    functions: Functions, dynamodb: FakeDynamo, check: Callable[..., str]
) -> None:
    assert check() == "Succeeded"
    assert functions.arns == {ARN}
    assert_nobody_is_there(dynamodb)


@pytest.mark.parametrize(
    ("step", "spoil"),
    [
        *((step, wrong) for step in STEPS),
        *((("POST", "/register"), spoil) for spoil in (crashed, throttled, late)),
        *((("GET", "/tasks"), answered(what)) for what in NO_ANSWERS),
    ],
)
def test_version_that_fails_at_any_step_is_not_fit_and_says_no_secret(
    functions: Functions,
    check: Callable[..., str],
    caplog: pytest.LogCaptureFixture,
    dynamodb: FakeDynamo,
    step: tuple[str, str],
    spoil: Spoil,
) -> None:
    functions.spoilt[step] = spoil
    with caplog.at_level(logging.INFO):
        assert check() == "Failed"
    assert not functions.spoilt
    if step != ("DELETE", "/users/me"):
        assert_nobody_is_there(dynamodb)
    [record] = [one for one in caplog.records if one.levelname == "ERROR"]
    assert " ".join(step) in vars(record)["reason"]
    everything = "".join(str(vars(one)) for one in caplog.records)
    assert "secret" not in everything
    assert "Bearer" not in everything


def test_who_could_not_leave_is_named(
    functions: Functions, check: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    functions.spoilt = {("GET", "/sync"): wrong, ("DELETE", "/users/me"): crashed}
    assert check() == "Failed"
    [record] = [one for one in caplog.records if one.levelname == "ERROR"]
    [name] = functions.names
    assert vars(record)["reason"].startswith("copies: GET /sync is 500 without a code, not 200")
    [note] = vars(record)["notes"]
    assert note.startswith(f"{name} may be left: DELETE /users/me")


def test_time_that_is_up_is_told_and_what_is_left_of_it_is_for_leaving(
    check: Callable[..., str], dynamodb: FakeDynamo, caplog: pytest.LogCaptureFixture
) -> None:
    looks = iter([True, True, True, True])
    assert check(has_time=lambda: next(looks, False)) == "Failed"
    assert_nobody_is_there(dynamodb)
    assert "The time is up" in [vars(one).get("reason") for one in caplog.records]


def test_defect_of_the_check_itself_is_a_failure_that_is_told(
    functions: Functions, check: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    def defect() -> dict[str, Any]:
        raise ZeroDivisionError("a secret")

    functions.spoilt[("GET", "/tasks")] = defect
    assert check() == "Failed"
    assert vars(caplog.records[-1])["reason"] == "ZeroDivisionError"


ONLY = TrustedEdge(address_header="X-Real-IP", secret_digest="0" * DIGITS, is_only=True)


@pytest.mark.parametrize("edge", [ONLY])
def test_deployment_behind_an_edge_is_walked_without_its_secret(check: Callable[..., str]) -> None:
    assert check() == "Succeeded"


def test_each_walk_is_from_another_address_of_no_other_machine() -> None:
    """Of one address twenty accounts a day are taken: there may be more deployments."""
    asked: list[str] = []

    def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
        asked.append(event["requestContext"]["http"]["sourceIp"])
        return {"statusCode": 200, "headers": {}}

    for _ in range(20):
        version = Version(Functions(handler), ARN)
        version.request("GET", "/health", headers={})
        version.request("GET", "/health", headers={})
    assert len({*asked}) > 15
    assert all(ip_address(one).is_loopback for one in asked)
