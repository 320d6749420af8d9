"""Errors as RFC 9457 has them."""

import json
from urllib.parse import quote

import httpx2
import pytest

from errand import errors
from errand.errors import ErrandError
from errand_api import problems
from errand_api.openapi import Problem
from errand_api.problems import MEDIA_TYPE, ProblemResponse

pytestmark = pytest.mark.both_transports

ALLOWED = {
    "/": ["HEAD", "GET"],
    "/health": ["HEAD", "GET"],
    "/register": ["POST"],
    "/.well-known/oauth-authorization-server": ["HEAD", "GET"],
    "/token": ["POST"],
    "/token/revoke": ["POST"],
    "/password-recovery": ["POST"],
    "/password-reset": ["POST"],
    "/email/verify": ["POST"],
    "/users": ["HEAD", "GET"],
    f"/users/{'0' * 26}": ["PATCH"],
    "/users/me": ["HEAD", "GET", "PATCH", "DELETE"],
    "/users/me/email/verification": ["POST"],
    "/users/me/export": ["HEAD", "GET"],
    "/users/me/mfa/totp": ["POST", "DELETE"],
    "/users/me/mfa/totp/confirm": ["POST"],
    "/users/me/security-log": ["HEAD", "GET"],
    "/users/me/sessions": ["HEAD", "GET", "DELETE"],
    f"/users/me/sessions/{'0' * 26}": ["DELETE"],
    "/users/me/tokens": ["HEAD", "GET", "POST"],
    f"/users/me/tokens/{'0' * 26}": ["DELETE"],
    "/calendar/feeds": ["HEAD", "GET", "POST"],
    f"/calendar/feeds/{'0' * 26}": ["DELETE"],
    f"/calendar/{'0' * 86}.ics": ["HEAD", "GET"],
    "/tasks": ["HEAD", "GET", "POST"],
    f"/tasks/{'0' * 26}": ["HEAD", "GET", "PUT", "PATCH", "DELETE"],
    f"/tasks/{'0' * 26}/links": ["HEAD", "GET"],
}


@pytest.mark.parametrize("path", ALLOWED)
def test_other_methods_are_told_the_right_ones(client: httpx2.Client, path: str) -> None:
    others = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"}
    for method in others - set(ALLOWED[path]):
        answer = client.request(method, path + "/")
        assert answer.status_code == 405
        assert answer.headers["Allow"].split(", ") == ALLOWED[path]
        oauth = {"error": "invalid_request", "error_description": "Method Not Allowed"}
        is_oauth = path.startswith("/token")
        assert answer.headers["Content-Type"] == ("application/json" if is_oauth else MEDIA_TYPE)
        assert answer.json() == {
            "type": "urn:errand:problem:method_not_allowed",
            "title": "Method Not Allowed",
            "status": 405,
            "detail": "Method Not Allowed",
            "instance": path,
            "code": "method_not_allowed",
            **(oauth if is_oauth else {}),
        }


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/tasks/a/b",
        "/tasks/a/links/b",
        "/tokens",
        "/mfa",
        "/users/you/export",
        "/users/me/mfa",
        "/.well-known",
        "/Tasks",
        "/%E2%98%83",
        "/.env",
    ],
)
def test_what_does_not_exist(john: httpx2.Client, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = john.request(method, path)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == MEDIA_TYPE
        Problem.model_validate_json(answer.content)
        assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("segment", ["a b", "☃", "a\x00b", "a%b", '"<>"', "a?b"])
def test_the_instance_is_a_uri_reference(john: httpx2.Client, transport: str, segment: str) -> None:
    answer = john.get(f"/tasks/{quote(segment)}")
    if transport == "lambda":
        # All that the gateway hands on.
        segment = segment.partition("?")[0]
    assert answer.json()["instance"] == f"/tasks/{quote(segment)}"


def every_error() -> list[type[ErrandError]]:
    return [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, ErrandError)
    ]


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in every_error()]
    assert len(set(codes)) == len(codes)


def test_every_error_has_a_status() -> None:
    for kind in every_error():
        assert any(parent in problems._STATUS for parent in kind.__mro__)


def test_half_a_character_does_not_break_a_problem() -> None:
    answer = ProblemResponse({"detail": "a\ud800b"})
    assert json.loads(bytes(answer.body)) == {"detail": "a?b"}


def test_a_problem_does_not_repeat_what_was_sent(client: httpx2.Client) -> None:
    secret = "correct horse battery"
    body = {"username": "x", "password": [secret], "email": secret, secret[:4]: secret}
    answer = client.post("/register", json=body)
    assert answer.status_code == 422
    assert secret not in answer.text


def test_a_problem_names_the_first_errors_only(client: httpx2.Client) -> None:
    answer = client.post("/register", json={f"field{n}" * 100: n for n in range(100)})
    problem = answer.json()
    assert len(problem["errors"]) == 20
    assert len(problem["errors"][-1]["loc"][-1]) == 100
    assert problem["detail"].count(";") == 2
