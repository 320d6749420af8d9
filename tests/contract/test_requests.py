"""How what a client sends arrives: paths, queries, headers, cookies, bodies."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from .conftest import Person

BODY_MAX = 256 * 1024
JSON = {"Content-Type": "application/json"}
NOBODYS = f"/tasks/{'0' * 26}"


def padded(size: int) -> bytes:
    """A task of so many bytes."""
    body = b'{"title": "Buy milk"}'
    return body[:-1] + b" " * (size - len(body)) + body[-1:]


def chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), 50_000):
        yield content[start : start + 50_000]


@pytest.mark.parametrize("path", ["/health", "/health/", "/%68ealth"])
def test_path_is_the_same_however_it_is_written(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("segment", ["a%20b", "%E2%98%83", "a%25b", "%22%3C%3E%22"])
def test_odd_path_is_told_as_it_was_sent(ada: Person, segment: str) -> None:
    answer = ada.client.get(f"/tasks/{segment}")
    assert answer.status_code == 404
    assert answer.json()["instance"] == f"/tasks/{segment}"


def test_query_has_several_parameters_and_leads_to_the_next_page(newcomer: Person) -> None:
    paths = [newcomer.create_task(f"Task {number}") for number in range(3)]
    seen, address = [], "/tasks?order=asc&completed=false&limit=2"
    while address:
        page = newcomer.client.get(address)
        assert page.status_code == 200, page.text
        seen += [f"/tasks/{task['id']}" for task in page.json()]
        address = page.links.get("next", {}).get("url", "")
    assert seen == paths


def test_last_of_several_values_counts(ada: Person) -> None:
    for _ in range(2):
        ada.create_task()
    assert len(ada.client.get("/tasks?limit=2&limit=1").json()) == 1


def test_query_that_is_none_is_told(ada: Person) -> None:
    problem = ada.client.get("/tasks?limit=%C3%A9&order=").json()
    assert problem["status"] == 422
    assert {tuple(error["loc"]) for error in problem["errors"]} == {
        ("query", "limit"),
        ("query", "order"),
    }


def test_header_is_sent_in_any_case(ada: Person, client: httpx2.Client) -> None:
    given = {"aUTHORIZATION": f"bEARER {ada.token['access_token']}"}
    assert client.get("/users/me", headers=given).status_code == 200


def test_header_is_a_list(ada: Person) -> None:
    task = ada.create_task()
    tag = ada.client.get(task).headers["ETag"]
    answer = ada.client.get(task, headers={"If-None-Match": f'"other", W/"x",{tag}'})
    assert answer.status_code == 304


def test_cookies_are_nothing_to_us(ada: Person) -> None:
    answer = ada.client.get("/users/me", headers={"Cookie": "theme=dark; session=7f3c"})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_every_answer_has_an_id_of_its_own(client: httpx2.Client) -> None:
    answers = [client.get(path) for path in ("/", "/nope", "/users/me", "/health")]
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == len(answers)


@pytest.mark.parametrize("password", ["p&ss=w+rd %41 \u00e9\u2603", "\U0001f511" * 12])
def test_form_carries_any_character(sign_up: Callable[..., Person], password: str) -> None:
    assert sign_up(password).client.get("/users/me").status_code == 200


@pytest.mark.parametrize(
    "title", ["Caf\u00e9 \u2603 \U0001f95b", '"<&>" \\ /', "\u0645\u0631\u062d"]
)
@pytest.mark.parametrize("escaped", [True, False])
def test_text_comes_back_as_it_was_sent(ada: Person, title: str, *, escaped: bool) -> None:
    content = json.dumps({"title": title}, ensure_ascii=escaped).encode()
    created = ada.client.post("/tasks", content=content, headers=JSON)
    assert created.json()["title"] == title
    assert ada.client.get(created.headers["Location"]).json()["title"] == title


def test_body_may_be_as_large_as_256_kib_at_once_or_in_chunks(ada: Person) -> None:
    for content in (padded(BODY_MAX), chunks(padded(BODY_MAX))):
        assert ada.client.post("/tasks", content=content, headers=JSON).status_code == 201


@pytest.mark.parametrize("size", [BODY_MAX + 1, 3 * BODY_MAX])
def test_body_that_is_larger_is_refused(ada: Person, size: int) -> None:
    answer = ada.client.post("/tasks", content=padded(size), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "content_too_large")


@pytest.mark.parametrize("content", [b"", b"{", b'{"title": "\xff\xfe"}', b"\x00\xff" * 20, b"[]"])
def test_body_that_is_no_task_is_told(ada: Person, content: bytes) -> None:
    answer = ada.client.post("/tasks", content=content, headers=JSON)
    assert answer.status_code in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "application/xml"])
def test_body_of_another_kind_is_refused(ada: Person, kind: str) -> None:
    for content in (b"{}", b"\xff\x00"):
        answer = ada.client.put(NOBODYS, content=content, headers={"Content-Type": kind})
        assert answer.status_code == 415


def test_request_repeated_with_its_key_is_answered_the_same(newcomer: Person) -> None:
    ask: Any = {"json": {"title": "Buy milk"}, "headers": {"Idempotency-Key": '"key-1"'}}
    first, second = (newcomer.client.request("POST", "/tasks", **ask) for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert len(newcomer.client.get("/tasks").json()) == 1
