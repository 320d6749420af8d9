"""Request ids, sizes and kinds of bodies, trailing slashes, and what no handler caught."""

import gzip
import json
import logging
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any, NoReturn

import httpx2
import pytest
from fastapi import FastAPI
from starlette.types import Scope

from errand.errors import (
    AccountFull,
    ConfigurationError,
    RecordTooLarge,
    RequestInFlight,
    StorageUnavailable,
)
from errand.tasks.service import TaskService
from errand_api.features import tasks
from errand_api.media import MAX_BODY_BYTES
from errand_api.middleware import unlogged
from errand_api.services import Services

pytestmark = pytest.mark.both_transports

MILK = {"title": "Buy milk"}
JSON = {"Content-Type": "application/json"}


def test_every_answer_has_an_id(john: httpx2.Client) -> None:
    answers = [
        john.get("/"),
        john.get("/nope"),
        john.post("/health"),
        john.post("/tasks", json=MILK),
        john.post("/tasks", content="{", headers=JSON),
        john.post("/tasks", content="x", headers={"Content-Type": "text/plain"}),
        john.get("/users/me", headers={"Authorization": "x"}),
    ]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("given", ["abc-123", "A.b_c-9", "x" * 64])
def test_a_well_formed_id_is_kept(client: httpx2.Client, transport: str, given: str) -> None:
    answer = client.get("/health", headers={"X-Request-Id": given})
    kept = answer.headers["X-Request-Id"] == given
    # Behind the gateway its own id counts: that is the one in its log.
    assert kept == (transport == "asgi")


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "<script>", "caf\xe9", "a,b", "²"])
def test_any_other_id_is_replaced(client: httpx2.Client, given: str) -> None:
    answer = client.get("/health", headers={b"X-Request-Id": given.encode("latin-1")})
    assert answer.headers["X-Request-Id"] not in {given, ""}


@pytest.mark.parametrize("transport", ["lambda"])
def test_the_id_is_the_gateways(client: httpx2.Client) -> None:
    assert client.get("/health").headers["X-Request-Id"] == "KpQ00000000IAMEPOw="
    assert client.get("/nope").headers["X-Request-Id"] == "KpQ00000001IAMEPOw="


@pytest.mark.parametrize("path", ["/tasks/", "/tasks//", "/register/", "/token/", "/users/me/"])
def test_a_trailing_slash_is_no_redirect(client: httpx2.Client, path: str) -> None:
    answer = client.patch(path, json={}) if "users" in path else client.post(path, json={})
    assert answer.status_code in {401, 415, 422}
    assert "Location" not in answer.headers


def padded(size: int) -> bytes:
    """A task of `size` bytes."""
    body = json.dumps(MILK).encode()
    return body[:-1] + b" " * (size - len(body)) + body[-1:]


def chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), 50_000):
        yield content[start : start + 50_000]


def test_bodies_up_to_256_kib(john: httpx2.Client) -> None:
    for content in (padded(MAX_BODY_BYTES), chunks(padded(MAX_BODY_BYTES))):
        assert john.post("/tasks", content=content, headers=JSON).status_code == 201


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 3 * MAX_BODY_BYTES])
@pytest.mark.parametrize("path", ["/tasks", "/register", "/token", "/nope"])
def test_larger_bodies(john: httpx2.Client, path: str, size: int) -> None:
    kind = "application/x-www-form-urlencoded" if path == "/token" else "application/json"
    for content in (padded(size), chunks(padded(size))):
        answer = john.post(path, content=content, headers={"Content-Type": kind})
        # Nobody reads what is sent to nowhere.
        if path == "/nope" and answer.status_code == 404:
            continue
        assert answer.status_code == 413
        problem = answer.json()
        assert problem["code"] == "content_too_large"
        assert problem["detail"] == "A request body is at most 262144 bytes"
    assert john.get("/tasks").json() == []


@pytest.mark.parametrize("transport", ["asgi"])
@pytest.mark.parametrize(
    ("length", "status"),
    [("9" * 15, 413), ("9" * 5000, 400), ("-1", 400), ("", 400), ("1e3", 400), ("²", 400)],
)
def test_odd_lengths(john: httpx2.Client, length: str, status: int) -> None:
    headers = {b"Content-Type": b"application/json", b"Content-Length": length.encode("latin-1")}
    answer = john.post("/tasks", content=b"{}", headers=headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/jsonp",
        "json",
        "application/octet-stream",
    ],
)
def test_only_json_is_taken(john: httpx2.Client, kind: str) -> None:
    for method, path in (("POST", "/tasks"), ("PATCH", "/users/me"), ("PUT", f"/tasks/{'0' * 26}")):
        answer = john.request(method, path, content=b"{}", headers={"Content-Type": kind})
        assert answer.status_code == 415
        taken = {"PATCH": "application/json or application/merge-patch+json"}
        kinds = taken.get(method, "application/json")
        assert answer.json()["detail"] == f"The body of this request must be {kinds}"
        name = "Accept-Patch" if method == "PATCH" else "Accept"
        assert answer.headers[name] == kinds.replace(" or", ",")


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON", "application/json; charset=utf-8"]
)
def test_json_by_any_spelling(john: httpx2.Client, kind: str) -> None:
    answer = john.post("/tasks", content=json.dumps(MILK), headers={"Content-Type": kind})
    assert answer.status_code == 201


BAD_JSON = {
    "nothing": b"",
    "space": b" ",
    "an open brace": b"{",
    "a trailing comma": b'{"title": "Buy milk",}',
    "single quotes": b"{'title': 'Buy milk'}",
    "two values": b'{"title": "Buy milk"} {}',
    "NUL bytes": b"\x00" * 10,
    "a NUL in a string": b'{"title": "Buy\x00milk"}',
    "an escaped NUL": b'{"title": "Buy\\u0000milk"}',
    "a lone surrogate": b'{"title": "Buy \\ud800 milk"}',
    "a lone surrogate as UTF-8": b'{"title": "Buy \xed\xa0\x80 milk"}',
    "a lone surrogate in a key": b'{"title": "Buy milk", "\\udfff": 1}',
    "a lone surrogate in a link": b'{"title": "Buy milk", "links": ["https://e.com/\\ud800"]}',
    "a lone surrogate in a date": b'{"title": "Buy milk", "due_date": "2026-11-2\\ud800"}',
    "not UTF-8": b'{"title": "Buy \xff\xfe milk"}',
    "NaN": b'{"title": NaN}',
    "NaN elsewhere": b'{"title": "Buy milk", "completed": NaN}',
    "Infinity": b'{"title": "Buy milk", "due_date": Infinity}',
    "a huge number": b'{"title": "Buy milk", "completed": ' + b"9" * 5000 + b"}",
    "a huge exponent": b'{"title": "Buy milk", "completed": 1e999999}',
    "deep arrays": b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"title":' * 25_000 + b"1" + b"}" * 25_000,
    "open arrays": b"[" * 200_000,
    "an array": b"[]",
    "a string": b'"Buy milk"',
    "null": b"null",
    "a number": b"7",
    "many keys": b"{" + b",".join(b'"%d":1' % n for n in range(20_000)) + b"}",
    "a long key": b'{"' + b"k" * 200_000 + b'": 1}',
}


def test_bad_json(john: httpx2.Client) -> None:
    for name, content in BAD_JSON.items():
        answer = john.post("/tasks", content=content, headers=JSON)
        assert answer.status_code == 422, name
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == answer.status_code
        assert problem["detail"]
        # An answer is no echo.
        assert len(answer.content) < 4096, name
    assert john.get("/tasks").json() == []


@pytest.mark.parametrize("kind", [None, "application/x-www-form-urlencoded", "text/plain", "x"])
def test_a_body_of_nothing_is_of_no_kind(john: httpx2.Client, kind: str | None) -> None:
    """What `curl -d ''` sends."""
    task = john.post("/tasks", json=MILK).headers["Location"]
    headers = {"Content-Length": "0"} | ({"Content-Type": kind} if kind else {})
    assert john.request("DELETE", task, content=b"", headers=headers).status_code == 204
    assert john.post("/users/me/email/verification", headers=headers).status_code in {202, 501}
    answer = john.post("/tasks", content=b"", headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["type"]) == (422, "missing")


def test_a_patch_may_be_called_a_merge_patch(john: httpx2.Client) -> None:
    task = john.post("/tasks", json=MILK | {"description": "Two"}).headers["Location"]
    headers = {"Content-Type": "application/merge-patch+json"}
    answer = john.patch(task, content=b'{"description": null}', headers=headers)
    assert (answer.status_code, answer.json()["description"]) == (200, None)
    answer = john.put(task, content=b"{}", headers=headers)
    assert (answer.status_code, answer.headers["Accept"]) == (415, "application/json")


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate, gzip", "GZIP"])
def test_a_body_in_a_coding_is_not_taken(john: httpx2.Client, coding: str) -> None:
    content = gzip.compress(json.dumps(MILK).encode())
    answer = john.post("/tasks", content=content, headers=JSON | {"Content-Encoding": coding})
    assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "identity")
    assert "Content-Encoding" in answer.json()["detail"]
    plain = JSON | {"Content-Encoding": "identity"}
    assert john.post("/tasks", content=json.dumps(MILK), headers=plain).status_code == 201


@pytest.mark.parametrize(
    ("path", "allowed", "patches"),
    [
        ("/tasks", "HEAD, GET, POST", None),
        (
            f"/tasks/{'0' * 26}",
            "HEAD, GET, PUT, PATCH, DELETE",
            "application/json, application/merge-patch+json",
        ),
    ],
)
def test_options_tell_what_a_path_takes(
    client: httpx2.Client, path: str, allowed: str, patches: str | None
) -> None:
    answer = client.options(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Allow"] == allowed
    assert answer.headers.get("Accept-Patch") == patches
    assert client.options("/nope").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/tasks", 422),
        ("POST", "/register", 422),
        ("POST", "/token", 400),
        ("PUT", f"/tasks/{'0' * 26}", 422),
        ("PATCH", "/users/me", 422),
    ],
)
def test_no_body_at_all(john: httpx2.Client, method: str, path: str, status: int) -> None:
    answer = john.request(method, path)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["type"] == "missing"


class Broken(TaskService):
    """Fails at everything, with something nobody expects or with what it is given."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def create(self, **_: Any) -> NoReturn:
        raise self.error

    read = list = create


@pytest.fixture
def broken(
    app: FastAPI, services: Services, john: httpx2.Client
) -> Callable[[Exception], httpx2.Client]:
    def broken(error: Exception) -> httpx2.Client:
        app.state.services = copy(services)
        app.state.services._made = {**services._made, tasks.service: Broken(error)}
        return john

    return broken


@pytest.mark.parametrize(
    "error",
    [ZeroDivisionError("secret"), ConfigurationError("secret"), KeyError("secret")],
    ids=repr,
)
def test_the_unexpected(
    broken: Callable[[Exception], httpx2.Client],
    error: Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = broken(error)
    for method, body in (("GET", None), ("POST", MILK)):
        caplog.clear()
        answer = client.request(method, "/tasks", json=body)
        assert answer.status_code == 500
        assert answer.headers["Content-Type"] == "application/problem+json"
        request_id = answer.headers["X-Request-Id"]
        assert answer.json() == {
            "type": "urn:errand:problem:internal_error",
            "title": "Internal Server Error",
            "status": 500,
            "detail": f"Unexpected error; quote request {request_id}",
            "instance": "/tasks",
            "code": "internal_error",
        }
        (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert record.__dict__["request_id"] == request_id
        assert record.exc_info
        assert record.exc_info[1] is error
    assert client.get("/users/me").status_code == 200


def test_a_busy_database(
    broken: Callable[[Exception], httpx2.Client], caplog: pytest.LogCaptureFixture
) -> None:
    client = broken(StorageUnavailable())
    for answer in (client.get("/tasks"), client.post("/tasks", json=MILK)):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "1"
        problem = answer.json()
        assert problem["code"] == "storage_unavailable"
        assert problem["detail"] == "The database is busy, please try again"
    assert {record.levelno for record in caplog.records if record.name.startswith("errand")} == {
        logging.WARNING
    }


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(RecordTooLarge(), 413, "record_too_large"), (AccountFull(), 507, "account_full")],
)
def test_what_there_is_no_room_for(
    broken: Callable[[Exception], httpx2.Client], error: Exception, status: int, code: str
) -> None:
    answer = broken(error).post("/tasks", json=MILK)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_request_in_flight(broken: Callable[[Exception], httpx2.Client]) -> None:
    answer = broken(RequestInFlight()).post("/tasks", json=MILK, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 409
    assert answer.headers["Retry-After"] == "1"
    assert answer.json()["code"] == "request_in_flight"


@pytest.mark.parametrize("before", ["", "/v1"])
@pytest.mark.parametrize("below", ["unsubscribe", "snooze"])
def test_secret_of_a_mail_gets_into_no_log_of_the_server(before: str, below: str) -> None:
    path = f"{before}/mail/{below}/A1b2"
    servers: Scope = {"type": "http", "path": path, "raw_path": path.encode()}
    ours = unlogged(servers)
    assert ours["path"] == path
    assert servers["path"] == f"{before}/mail/{below}/_"
    assert b"A1b2" not in servers["raw_path"]
