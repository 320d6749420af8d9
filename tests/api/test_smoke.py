"""`make smoke` notices what is wrong, and leaves nothing behind."""

from typing import Any

import httpx2
import pytest

from errand.smoke import Failed, walk

type Otherwise = httpx2.Response | Exception
LOST = httpx2.ReadError("the connection is gone")


class Spoilt:
    """A client to whom some paths answer otherwise; what was asked is done if `is_done`."""

    def __init__(
        self,
        client: httpx2.Client,
        otherwise: dict[tuple[str, str], Otherwise],
        *,
        is_done: bool = False,
    ) -> None:
        self._client = client
        self._otherwise = otherwise
        self._is_done = is_done
        self.names: list[str] = []

    def request(self, method: str, url: str, **more: Any) -> httpx2.Response:
        if url == "/register":
            self.names.append(more["json"]["username"])
        otherwise = self._otherwise.get((method, url))
        if otherwise is None or self._is_done:
            answer = self._client.request(method, url, **more)
        if isinstance(otherwise, Exception):
            raise otherwise
        return otherwise or answer

    def assert_nobody_is_left(self) -> None:
        [name] = self.names
        free = {"username": name, "password": "correct horse battery"}
        assert self._client.post("/register", json=free).status_code == 201


def nothing(_: str) -> None:
    pass


@pytest.mark.parametrize(
    ("path", "answer", "why"),
    [
        ("/tasks", httpx2.Response(200, json=[]), "a new task is not listed"),
        (
            "/sync",
            httpx2.Response(503, json={"code": "unavailable"}),
            "copies: GET /sync is 503 unavailable",
        ),
        (
            "/search",
            httpx2.Response(502, text="Bad gateway"),
            "finds: GET /search is 502 without a code",
        ),
        ("/tasks", httpx2.Response(200, json={"tasks": 3}), "a new task is not listed"),
        ("/search", httpx2.Response(200, json=["oat"]), "a new task is not found"),
        ("/search", httpx2.Response(200, text="<html>"), "a new task is not found"),
    ],
)
def test_what_is_wrong_is_named_and_the_account_goes_all_the_same(
    client: httpx2.Client, path: str, answer: httpx2.Response, why: str
) -> None:
    spoilt = Spoilt(client, {("GET", path): answer})
    with pytest.raises(Failed, match=why):
        walk(spoilt.request, nothing)
    spoilt.assert_nobody_is_left()


@pytest.mark.parametrize("is_done", [True, False])
@pytest.mark.parametrize("otherwise", [LOST, httpx2.Response(502, text="Bad gateway")])
def test_registration_that_is_not_answered_leaves_nobody(
    client: httpx2.Client, otherwise: Otherwise, *, is_done: bool
) -> None:
    spoilt = Spoilt(client, {("POST", "/register"): otherwise}, is_done=is_done)
    with pytest.raises((Failed, httpx2.ReadError)) as failure:
        walk(spoilt.request, nothing)
    assert not hasattr(failure.value, "__notes__")
    spoilt.assert_nobody_is_left()


def test_who_cannot_leave_is_told_beside_the_first_failure(client: httpx2.Client) -> None:
    spoilt = Spoilt(
        client,
        {("GET", "/sync"): httpx2.Response(500, json={}), ("DELETE", "/users/me"): LOST},
    )
    with pytest.raises(Failed, match="copies: GET /sync is 500") as failure:
        walk(spoilt.request, nothing)
    [name] = spoilt.names
    assert failure.value.__notes__ == [f"{name} may be left: the connection is gone"]


@pytest.mark.parametrize("answer", [httpx2.Response(401), httpx2.Response(200, json=["token"])])
def test_who_registers_but_cannot_log_in_is_told(
    client: httpx2.Client, answer: httpx2.Response
) -> None:
    spoilt = Spoilt(client, {("POST", "/token"): answer})
    with pytest.raises(Failed, match=r"logs in|has no token") as failure:
        walk(spoilt.request, nothing)
    assert "may be left" in failure.value.__notes__[0]
