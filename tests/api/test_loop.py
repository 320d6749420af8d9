"""Requests through the Lambda handler, one after the other on one event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import anyio.to_thread
import pytest
from starlette.types import Receive, Scope, Send

from errand_api.gateway import lambda_handler

type Work = Callable[[], Awaitable[object]]

EVENT: dict[str, Any] = {
    "version": "2.0",
    "rawQueryString": "",
    "headers": {},
    "requestContext": {"http": {"method": "GET", "path": "/", "sourceIp": "127.0.0.1"}},
}
OPEN_FILES = Path("/dev/fd")
CONTEXT: Any = None
_seen: ContextVar[str] = ContextVar("seen", default="nothing")


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        asyncio.set_event_loop(loop)
        yield loop
        asyncio.set_event_loop(None)


def answer(work: Work) -> tuple[int, str]:
    """Of an application that does this work."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI
        body = str(await work()).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    answered = lambda_handler(app)(EVENT, CONTEXT)
    return answered["statusCode"], answered["body"]


async def at_once() -> str:
    task = asyncio.current_task()
    return str(task is not None and asyncio.get_running_loop() is task.get_loop())


async def after_a_pause() -> str:
    await asyncio.sleep(0.001)
    return await at_once()


async def in_a_thread() -> str:
    return await anyio.to_thread.run_sync(lambda: "True")


async def in_tasks() -> str:
    async with anyio.create_task_group() as group:
        group.start_soon(after_a_pause)
    with anyio.fail_after(1):
        return await asyncio.create_task(at_once())


async def under_a_deadline() -> str:
    with anyio.move_on_after(0.001) as scope:
        await anyio.sleep_forever()
    return str(scope.cancelled_caught)


async def wrong() -> None:
    raise LookupError


async def wrong_after_a_pause() -> None:
    await asyncio.sleep(0)
    raise LookupError


async def interrupted() -> None:
    raise KeyboardInterrupt


WAITING = [after_a_pause, in_a_thread, in_tasks, under_a_deadline]


@pytest.mark.usefixtures("loop")
@pytest.mark.parametrize("work", [at_once, *WAITING])
def test_a_request_is_answered_whether_it_waits_or_not(work: Work) -> None:
    assert answer(work) == (200, "True")


@pytest.mark.usefixtures("loop")
@pytest.mark.parametrize("failing", [wrong, wrong_after_a_pause, interrupted])
def test_one_that_fails_does_not_spoil_the_next(failing: Work) -> None:
    for work in [at_once, *WAITING]:
        assert answer(failing)[0] == 500
        assert answer(work) == (200, "True")


@pytest.mark.usefixtures("loop")
def test_what_a_request_leaves_to_do_is_begun() -> None:
    begun: list[str] = []

    async def leave() -> None:
        asyncio.get_running_loop().call_soon(begun.append, "this")

    answer(leave)
    assert begun == ["this"]


@pytest.mark.usefixtures("loop")
def test_a_request_has_a_context_of_its_own() -> None:
    async def see() -> str:
        before = _seen.get()
        _seen.set("something")
        return before

    assert [answer(see)[1] for _ in range(2)] == ["nothing", "nothing"]


def test_a_thousand_requests_leave_nothing_behind(loop: asyncio.AbstractEventLoop) -> None:
    answer(in_a_thread)
    files = len(list(OPEN_FILES.iterdir()))
    for work in [at_once] * 900 + [after_a_pause] * 50 + [wrong_after_a_pause] * 50:
        answer(work)
    assert not asyncio.all_tasks(loop)
    assert not loop.is_running()
    assert len(list(OPEN_FILES.iterdir())) == files
