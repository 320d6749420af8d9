"""Under uvicorn: whoever waited too long for a thread is told so, before anything is done."""

import asyncio
from itertools import chain, repeat
from typing import Any

import httpx2
import pytest
from starlette.types import Message, Receive, Scope, Send

from errand_api import services
from errand_api.app import create_app
from errand_api.crowd import AT_ONCE, Crowd
from errand_api.services import Services
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
    john: httpx2.Client,
    dynamodb: FakeDynamo,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    method: str,
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
    # Many at once are: the log is for what is wrong.
    assert not caplog.records


def test_a_short_wait_is_not_noticed(john: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _wait(monkeypatch, 0.9)
    assert john.get("/tasks").status_code == 200


class Waiting:
    """An application whose requests are answered when it is told so."""

    def __init__(self) -> None:
        self.may_go = asyncio.Event()
        self.inside = 0
        self._came = asyncio.Condition()

    async def has(self, number: int) -> None:
        async with self._came:
            await self._came.wait_for(lambda: self.inside >= number)

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        async with self._came:
            self.inside += 1
            self._came.notify_all()
        await self.may_go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})


async def _status(app: Any, path: str = "/tasks", **scope: Any) -> Message:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    await app({"type": "http", "method": "GET", "path": path, **scope}, receive, send)
    return sent[0]


async def _full(app: Any, waiting: Waiting) -> list[asyncio.Task[Message]]:
    tasks = [asyncio.create_task(_status(app)) for _ in range(AT_ONCE)]
    await waiting.has(AT_ONCE)
    return tasks


def test_one_too_many_is_asked_to_come_back_at_once_and_the_others_are_answered() -> None:
    async def crowd() -> None:
        waiting = Waiting()
        app = Crowd(waiting)
        tasks = await _full(app, waiting)
        refused = await _status(app)
        assert refused["status"] == 503
        assert dict(refused["headers"])[b"retry-after"] == b"1"
        assert waiting.inside == AT_ONCE
        waiting.may_go.set()
        assert [one["status"] for one in await asyncio.gather(*tasks)] == [200] * AT_ONCE
        assert (await _status(app))["status"] == 200

    asyncio.run(crowd())


@pytest.mark.parametrize("scope", [{"path": "/events"}, {"path": "/tasks", "errand.is_part": True}])
def test_streams_and_parts_of_a_batch_are_not_counted(scope: dict[str, Any]) -> None:
    async def crowd() -> None:
        waiting = Waiting()
        app = Crowd(waiting)
        tasks = await _full(app, waiting)
        one_more = asyncio.create_task(_status(app, **scope))
        await waiting.has(AT_ONCE + 1)
        waiting.may_go.set()
        assert (await one_more)["status"] == 200
        await asyncio.gather(*tasks)

    asyncio.run(crowd())


def test_request_that_fails_leaves_room() -> None:
    async def failing(*_: object) -> None:
        raise ValueError("a defect")

    async def crowd() -> None:
        app = Crowd(failing)
        for _ in range(AT_ONCE + 1):
            with pytest.raises(ValueError, match="a defect"):
                await _status(app)

    asyncio.run(crowd())


@pytest.mark.parametrize("is_server", [True, False])
def test_only_a_server_has_a_crowd(services: Services, *, is_server: bool) -> None:
    app = create_app(services, is_server=is_server)
    assert ("Crowd" in {one.cls.__name__ for one in app.user_middleware}) is is_server  # type: ignore[attr-defined]
