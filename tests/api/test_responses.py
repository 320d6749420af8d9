"""ETags, conditional reads, HEAD, and answers without content."""

from itertools import product

import httpx2
import pytest

from errand_testkit.people import PASSWORD

pytestmark = pytest.mark.both_transports


@pytest.fixture
def address(john: httpx2.Client) -> str:
    location: str = john.post("/tasks", json={"title": "Buy milk"}).headers["Location"]
    return location


HAS = ['"1"', 'W/"1"', "*", '"7", "1"', '"7",W/"1"', ' "1" ', '"x,y", "1"']
LACKS = ['"2"', "1", '"11"', "", "garbage", '"1', 'w/"1"', '"\xb2"']


def test_what_the_client_has_is_not_sent_again(john: httpx2.Client, address: str) -> None:
    for path, tags in product((address, "/users/me"), HAS):
        answer = john.get(path, headers={"If-None-Match": tags})
        assert answer.status_code == 304, tags
        assert answer.content == b""
        assert answer.headers["ETag"] == '"1"'
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Content-Type" not in answer.headers


def test_what_the_client_lacks_is_sent(john: httpx2.Client, address: str) -> None:
    for tags in LACKS:
        answer = john.get(address, headers={b"If-None-Match": tags.encode("latin-1")})
        assert answer.status_code == 200, tags
        assert answer.headers["ETag"] == '"1"'
        assert answer.json()["title"] == "Buy milk"


def test_a_change_makes_another_etag(john: httpx2.Client, address: str) -> None:
    changed = john.put(address, json={"completed": True}, headers={"If-None-Match": '"2"'})
    assert changed.status_code == 200
    assert john.get(address, headers={"If-None-Match": '"1"'}).status_code == 200
    assert john.get(address, headers={"If-None-Match": '"2"'}).status_code == 304


def test_deleted_means_no_content(john: httpx2.Client, address: str) -> None:
    for path, body in ((address, None), ("/users/me", {"password": PASSWORD})):
        answer = john.request("DELETE", path, json=body)
        assert answer.status_code == 204
        assert answer.content == b""
        assert "Content-Type" not in answer.headers
        assert "Content-Length" not in answer.headers
        assert answer.headers["X-Request-Id"]


def test_head_is_get_without_its_content(john: httpx2.Client, address: str) -> None:
    for path in ("/", "/health", "/users/me", "/tasks", address, "/openapi.json", "/docs"):
        head, get = john.head(path), john.get(path)
        assert head.status_code == get.status_code == 200
        assert head.content == b""
        del head.headers["X-Request-Id"], get.headers["X-Request-Id"]
        assert head.headers == get.headers
    assert john.head(address, headers={"If-None-Match": '"1"'}).status_code == 304
    assert john.head(f"/tasks/{'0' * 26}").status_code == 404
    assert john.head("/register").status_code == 405


def test_times_are_utc_and_days_are_days(john: httpx2.Client) -> None:
    fields = {"title": "Buy milk", "due_date": "2026-12-24", "completed": True}
    task = john.post("/tasks", json=fields).json()
    assert task["due_date"] == "2026-12-24"
    for name in ("created_at", "updated_at", "completed_at"):
        assert task[name] == "2026-11-22T08:30:00.000Z"
