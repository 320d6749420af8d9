"""If-Match, Idempotency-Key: what a request may say about the state it expects."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from errand.keys import Key, KeyRing
from errand.storage.receipts import LIFETIME_SECONDS
from errand_api.services import Services
from errand_testkit.fakes import ManualClock
from errand_testkit.people import PASSWORD

MILK = {"title": "Buy milk"}
ADA = {"username": "ada", "password": PASSWORD}
OLD, NEW = (Key(kid, kid.encode() * 8) for kid in ("2026.10", "2026.11"))


@pytest.fixture
def address(john: httpx2.Client) -> str:
    """Of a task in version 2."""
    location = john.post("/tasks", json=MILK).headers["Location"]
    john.put(location, json={"description": "Two litres"})
    return location


def delete(client: httpx2.Client, headers: dict[str, str]) -> httpx2.Response:
    return client.request("DELETE", "/users/me", json={"password": PASSWORD}, headers=headers)


MATCHES = ['"2"', "*", " * ", '"1", "2"', '"2","3"', '"nonsense", W/"2", "2"', 'W/"1", "2"']
MISMATCHES = [
    '"1"',
    '"3"',
    'W/"2"',
    "2",
    '"02"',
    '"+2"',
    '"2',
    '""',
    "",
    '"²"',
    '"2 "',
    "'2'",
    '"' + "9" * 400 + '"',
    '"1", "3"',
]


@pytest.mark.parametrize("tags", MATCHES)
def test_an_expected_version(john: httpx2.Client, address: str, tags: str) -> None:
    answer = john.put(address, json={"title": "Buy oats"}, headers={"If-Match": tags})
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"3"'


def test_another_version(john: httpx2.Client, address: str) -> None:
    before = john.get(address).json()
    for tags in MISMATCHES:
        headers = {b"If-Match": tags.encode("latin-1")}
        for answer in (
            john.put(address, json={"title": "Buy oats"}, headers=headers),
            john.patch(address, json={}, headers=headers),
            john.delete(address, headers=headers),
        ):
            assert answer.status_code == 412, tags
            assert answer.json()["code"] == "precondition_failed"
    assert john.get(address).json() == before


EXCLUDED = ['"2"', 'W/"2"', "*", " * ", '"1", W/"2"']
ALLOWED = ['"1"', 'W/"1", "3"', '"x"', "", "2"]


def test_a_version_that_the_client_knows_is_not_to_be_changed(
    john: httpx2.Client, address: str
) -> None:
    """RFC 9110, section 13.1.2: the weak comparison."""
    before = john.get(address).json()
    for tags in EXCLUDED:
        headers = {"If-None-Match": tags}
        for answer in (
            john.put(address, json={"title": "Buy oats"}, headers=headers),
            john.patch(address, json={}, headers=headers),
            john.delete(address, headers=headers),
        ):
            assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed"), tags
    assert john.get(address).json() == before


@pytest.mark.parametrize("tags", ALLOWED)
def test_any_other_version_is_changed(john: httpx2.Client, address: str, tags: str) -> None:
    headers = {"If-None-Match": tags}
    assert john.patch(address, json={"title": "Buy oats"}, headers=headers).status_code == 200
    assert john.delete(address, headers={"If-None-Match": '"2"'}).status_code == 204


@pytest.mark.parametrize(
    ("if_match", "if_none_match", "status"),
    [('"2"', '"1"', 200), ('"2"', '"2"', 412), ("*", '"2"', 412), ('"1", "2"', "*", 412)],
)
def test_both_conditions_must_hold(
    john: httpx2.Client, address: str, if_match: str, if_none_match: str, status: int
) -> None:
    headers = {"If-Match": if_match, "If-None-Match": if_none_match}
    assert john.put(address, json={"completed": True}, headers=headers).status_code == status


def test_nothing_is_in_no_version(john: httpx2.Client) -> None:
    for headers in ({"If-None-Match": "*"}, {"If-None-Match": '"1"'}, {"If-Match": "*"}):
        answer = john.put(f"/tasks/{'0' * 26}", json={"completed": True}, headers=headers)
        assert answer.status_code == 404


def test_an_account_that_the_client_knows_is_not_to_be_changed(john: httpx2.Client) -> None:
    for tags in ('"1"', "*"):
        headers = {"If-None-Match": tags}
        answers = [john.patch("/users/me", json={"full_name": "J"}, headers=headers)]
        answers.append(delete(john, headers))
        assert [answer.status_code for answer in answers] == [412, 412]
    headers = {"If-None-Match": '"7"'}
    assert john.patch("/users/me", json={"full_name": "J"}, headers=headers).status_code == 200


def test_another_version_of_the_account(john: httpx2.Client) -> None:
    headers = {"If-Match": '"7"'}
    for answer in (
        john.patch("/users/me", json={"full_name": "John"}, headers=headers),
        john.patch("/users/me", json={}, headers=headers),
        delete(john, headers),
    ):
        assert answer.status_code == 412
    assert john.get("/users/me").json()["version"] == 1


def test_deleting_an_expected_version(john: httpx2.Client, address: str) -> None:
    assert john.delete(address, headers={"If-Match": '"2"'}).status_code == 204
    assert john.delete(address, headers={"If-Match": '"2"'}).status_code == 404
    assert john.put(address, json={"title": "x" * 9}, headers={"If-Match": "*"}).status_code == 404


def test_an_account_in_an_expected_version(john: httpx2.Client) -> None:
    etag = john.get("/users/me").headers["ETag"]
    changed = john.patch("/users/me", json={"full_name": "John"}, headers={"If-Match": etag})
    assert changed.status_code == 200
    assert delete(john, {"If-Match": etag}).status_code == 412
    assert delete(john, {"If-Match": changed.headers["ETag"]}).status_code == 204


def test_of_two_writers_one_is_told(john: httpx2.Client, address: str) -> None:
    etag = john.get(address).headers["ETag"]
    first, second = (
        john.put(address, json={"title": title}, headers={"If-Match": etag})
        for title in ("First", "Second")
    )
    assert (first.status_code, second.status_code) == (200, 412)
    assert john.get(address).json()["title"] == "First"


def test_many_etags(john: httpx2.Client, address: str) -> None:
    def put(count: int) -> httpx2.Response:
        tags = ", ".join(f'"{version}"' for version in range(1, count + 1))
        return john.put(address, json={"title": "Buy oats"}, headers={"If-Match": tags})

    assert put(100).status_code == 200
    refused = put(101)
    assert refused.status_code == 422
    assert "100" in refused.json()["detail"]


def replayed(post: Callable[[], httpx2.Response]) -> httpx2.Response:
    first, second = post(), post()
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    for name in ("Location", "ETag", "Content-Type"):
        assert first.headers[name] == second.headers[name]
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
    return second


@pytest.mark.parametrize("key", ["k", "k" * 255, "3f6c5f0e-0b1e-4d1a", '"quoted"', "~!#/"])
def test_a_repeated_task_is_created_once(john: httpx2.Client, key: str) -> None:
    headers = {"Idempotency-Key": key}
    answer = replayed(lambda: john.post("/tasks", json=MILK, headers=headers))
    assert john.get("/tasks").json() == [answer.json()]


def test_a_repeated_registration_is_done_once(
    client: httpx2.Client, log_in: Callable[..., httpx2.Response]
) -> None:
    body = {"username": "johndoe", "password": "correct horse battery"}
    headers = {"Idempotency-Key": "3f6c5f0e"}
    replayed(lambda: client.post("/register", json=body, headers=headers))
    assert client.post("/register", json=body).status_code == 400
    assert log_in().status_code == 200


def test_the_first_answer_is_replayed_whatever_happened_since(john: httpx2.Client) -> None:
    headers = {"Idempotency-Key": "k"}
    first = john.post("/tasks/", json=MILK, headers=headers)
    john.put(first.headers["Location"], json={"title": "Buy oats"})
    assert john.post("/tasks", json=MILK, headers=headers).json() == first.json()
    john.delete(first.headers["Location"])
    assert john.post("/tasks", json=MILK, headers=headers).json() == first.json()
    assert john.get("/tasks").json() == []


@pytest.mark.parametrize(
    ("path", "body", "other"),
    [
        ("/tasks", MILK, {"title": "Buy oats"}),
        ("/tasks", MILK, MILK | {"completed": True}),
        (
            "/register",
            {"username": "jimdoe", "password": "correct horse battery"},
            {"username": "jimdoe", "password": "another horse battery"},
        ),
    ],
)
def test_a_key_stands_for_one_request(
    john: httpx2.Client, path: str, body: dict[str, Any], other: dict[str, Any]
) -> None:
    headers = {"Idempotency-Key": "k"}
    assert john.post(path, json=body, headers=headers).status_code == 201
    answer = john.post(path, json=other, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("before", "after"),
    [((OLD,), (NEW, OLD)), ((NEW, OLD), (OLD, NEW))],
    ids=["after a rotation", "on an instance that has not heard of it"],
)
@pytest.mark.parametrize(
    ("path", "body", "other"),
    [
        ("/tasks", MILK, MILK | {"completed": True}),
        ("/register", ADA, ADA | {"password": "another horse battery"}),
    ],
)
def test_a_key_stands_for_its_request_whatever_signs_by_now(
    john: httpx2.Client,
    services: Services,
    before: tuple[Key, ...],
    after: tuple[Key, ...],
    path: str,
    body: dict[str, Any],
    other: dict[str, Any],
) -> None:
    headers = {"Idempotency-Key": "k"}
    # From here on the token is remembered: it is not what this is about.
    john.get("/tasks")
    services.ring = KeyRing(before)
    first = john.post(path, json=body, headers=headers)
    assert first.status_code == 201
    services.ring = KeyRing(after)
    assert john.post(path, json=body, headers=headers).content == first.content
    answer = john.post(path, json=other, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "k" * 256, "a b", "k\xe9y", "a\tb"])
def test_refused_keys(john: httpx2.Client, key: str) -> None:
    register = {"username": "jimdoe", "password": "correct horse battery"}
    for path, body in (("/tasks", MILK), ("/register", register)):
        answer = john.post(path, json=body, headers={b"Idempotency-Key": key.encode("latin-1")})
        assert answer.status_code == 422
        assert answer.json()["code"] == "invalid_input"
    assert john.get("/tasks").json() == []


def test_a_key_belongs_to_one_user(john: httpx2.Client, jane: httpx2.Client) -> None:
    headers = {"Idempotency-Key": "k"}
    his = john.post("/tasks", json=MILK, headers=headers).json()
    hers = jane.post("/tasks", json=MILK, headers=headers).json()
    assert his["id"] != hers["id"]
    register = {"username": "jimdoe", "password": "correct horse battery"}
    assert john.post("/register", json=register, headers=headers).status_code == 201


def test_a_refused_request_does_not_use_up_its_key(john: httpx2.Client) -> None:
    headers = {"Idempotency-Key": "k"}
    assert john.post("/tasks", json={"title": "x"}, headers=headers).status_code == 422
    taken = {"username": "johndoe", "password": "correct horse battery"}
    assert john.post("/register", json=taken, headers=headers).status_code == 400
    assert john.post("/tasks", json=MILK, headers=headers).status_code == 201
    free = {"username": "jimdoe", "password": "correct horse battery"}
    assert john.post("/register", json=free, headers=headers).status_code == 201


def test_a_key_is_forgotten_after_a_day(
    john: httpx2.Client, clock: ManualClock, sign_up: Callable[..., httpx2.Client]
) -> None:
    headers = {"Idempotency-Key": "k"}
    john.post("/register", json={"username": "jimdoe", "password": "p" * 8}, headers=headers)
    clock.advance(LIFETIME_SECONDS)
    other = {"username": "jackdoe", "password": "p" * 8}
    assert john.post("/register", json=other, headers=headers).status_code == 201
    assert sign_up("jilldoe").get("/tasks").status_code == 200
