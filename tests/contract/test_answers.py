"""How what the API answers arrives: bodies and none, problems, headers, files."""

import re
from collections.abc import Callable

import httpx2
import pytest

from .conftest import Person

NOBODYS = f"/tasks/{'0' * 26}"
# Status -> a request that gets it.
REQUESTS: dict[int, Callable[[Person], httpx2.Response]] = {
    200: lambda ada: ada.client.get("/users/me"),
    201: lambda ada: ada.client.post("/tasks", json={"title": "Buy milk"}),
    202: lambda ada: ada.client.post("/password-recovery", json={"email": "a@example.com"}),
    204: lambda ada: ada.client.delete("/users/me/sessions"),
    304: lambda ada: ada.client.get("/users/me", headers={"If-None-Match": "*"}),
    400: lambda ada: ada.client.patch("/users/me", json={"email": "a@example.com"}),
    401: lambda ada: ada.client.get("/users/me", headers={"Authorization": "Bearer nonsense"}),
    403: lambda ada: ada.client.get("/users"),
    404: lambda ada: ada.client.get(NOBODYS),
    405: lambda ada: ada.client.put("/health"),
    412: lambda ada: ada.client.patch("/users/me", json={}, headers={"If-Match": '"7"'}),
    422: lambda ada: ada.client.post("/tasks", json={}),
}
SAFE = {
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
WITHOUT_BODY = {202, 204, 304}


@pytest.mark.parametrize("status", REQUESTS)
def test_answer_of_each_status(ada: Person, status: int) -> None:
    answer = REQUESTS[status](ada)
    assert answer.status_code == status, answer.text
    assert SAFE.items() <= dict(answer.headers).items()
    names = [name for name, _ in answer.headers.multi_items()]
    assert len(names) == len(set(names))
    if status in WITHOUT_BODY:
        assert answer.content == b""
        # A gateway names a kind where there may be a body.
        assert status == 202 or "Content-Type" not in answer.headers
        return
    problem, kind = answer.json(), answer.headers["Content-Type"]
    if status < 400:
        assert kind == "application/json"
        return
    assert kind == "application/problem+json"
    assert problem["type"] == f"urn:errand:problem:{problem['code']}"
    assert (problem["status"], problem["instance"]) == (status, answer.request.url.path)


def test_head_is_get_without_its_body(ada: Person) -> None:
    answer = ada.client.head("/users/me")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"] == ada.client.get("/users/me").headers["ETag"]


def test_token_is_asked_for(client: httpx2.Client) -> None:
    assert client.get("/tasks").headers["WWW-Authenticate"].startswith("Bearer")


def test_other_methods_are_told_the_right_ones(client: httpx2.Client) -> None:
    assert client.put("/health").headers["Allow"] == "HEAD, GET"


def test_attempts_too_many_are_told_when_to_come_back(
    newcomer: Person, client: httpx2.Client
) -> None:
    form = {"username": newcomer.name, "password": "wrong horse"}
    answers = [client.post("/token", data=form) for _ in range(7)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1


def test_new_task_has_an_address_and_a_version(ada: Person) -> None:
    created = ada.client.post("/tasks", json={"title": "Buy milk"})
    read = ada.client.get(created.headers["Location"])
    assert read.json() == created.json()
    assert read.headers["ETag"] == created.headers["ETag"] == '"1"'


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_page_of_the_documentation_comes_with_all_it_loads(
    client: httpx2.Client, page: str
) -> None:
    html = client.get(page)
    assert html.headers["Content-Type"] == "text/html; charset=utf-8"
    files = set(re.findall(r'"(/static/[^"]+)"', html.text))
    assert files
    for file in files:
        answer = client.get(file)
        assert answer.status_code == 200, file
        assert answer.text.strip(), file


def test_document_names_its_operations(client: httpx2.Client) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    # As deployed, where functions have lost their docstrings.
    operations = [told for methods in document["paths"].values() for told in methods.values()]
    assert all(told["description"] for told in operations)
    assert document["components"]["schemas"]["Task"]["properties"]["title"]["description"]
    assert "/tasks/{task_id}" in document["paths"]
