"""Under uvicorn: whoever waited too long for a thread is told so, before anything is done."""

from itertools import chain, repeat

import httpx2
import pytest

from errand_api import services
from errand_testkit.dynamo import FakeDynamo


@pytest.fixture
def transport() -> str:
    return "asgi"


def _wait(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The next work waits as long for its thread, all later work does not."""
    times = chain([0.0, seconds], repeat(0.0))
    monkeypatch.setattr(services, "monotonic", lambda: next(times))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_waited_too_long_is_asked_to_come_back(
    john: httpx2.Client, dynamodb: FakeDynamo, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    dynamodb.operations.clear()
    _wait(monkeypatch, 1.1)
    answer = john.request(
        method, "/tasks", json={"title": "Buy milk"} if method == "POST" else None
    )
    assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == "1"
    assert dynamodb.operations == []


def test_a_short_wait_is_not_noticed(john: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _wait(monkeypatch, 0.9)
    assert john.get("/tasks").status_code == 200
