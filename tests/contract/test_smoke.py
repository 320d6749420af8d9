"""`make smoke` walks every way to the API, notices what is wrong, and leaves nothing behind."""

from typing import Any

import httpx2
import pytest
from tools.smoke import Failed, walk


class Spoilt:
    """A client to whom one path answers otherwise."""

    def __init__(
        self, client: httpx2.Client, method: str, path: str, answer: httpx2.Response
    ) -> None:
        self._client = client
        self._asked = (method, path)
        self._answer = answer
        self.names: list[str] = []

    def request(self, method: str, url: str, **more: Any) -> httpx2.Response:
        if url == "/register":
            self.names.append(more["json"]["username"])
        if (method, url) == self._asked:
            return self._answer
        return self._client.request(method, url, **more)


def test_steps_are_told(client: httpx2.Client) -> None:
    told: list[str] = []
    walk(client.request, told.append)
    assert told[0] == "is there: GET /health 200"
    assert told[-1] == "leaves: DELETE /users/me 204"


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
    ],
)
def test_what_is_wrong_is_named_and_the_account_goes_all_the_same(
    client: httpx2.Client, path: str, answer: httpx2.Response, why: str
) -> None:
    spoilt = Spoilt(client, "GET", path, answer)
    with pytest.raises(Failed, match=why):
        walk(spoilt.request, lambda _: None)
    [name] = spoilt.names
    free = client.post("/register", json={"username": name, "password": "correct horse battery"})
    assert free.status_code == 201
