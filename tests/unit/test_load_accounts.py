"""Accounts for `make load`: they come when the API is busy, too, and whoever is left is told of."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs

import httpx
import pytest
from tools.load_accounts import Account, Refused, accounts

BUSY = httpx.Response(503, headers={"Retry-After": "1"})
LOST = httpx.ReadError("the connection is gone")


class Api:
    """Some answers, or errors, come before its own: `first`, by path, in turn."""

    def __init__(self, **first: Sequence[httpx.Response | Exception]) -> None:
        self.first = {path: [*answers] for path, answers in first.items()}
        self.there: set[str] = set()
        self.log_ins = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if self.first.get(name):
            answer = self.first[name].pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return getattr(self, name)(request)  # type: ignore[no-any-return]

    def register(self, request: httpx.Request) -> httpx.Response:
        self.there.add(json.loads(request.content)["username"])
        return httpx.Response(201)

    def token(self, request: httpx.Request) -> httpx.Response:
        [name] = parse_qs(request.content.decode())["username"]
        if name not in self.there:
            return httpx.Response(401)
        self.log_ins += 1
        return httpx.Response(200, json={"access_token": name})

    def me(self, request: httpx.Request) -> httpx.Response:
        self.there.remove(request.headers["Authorization"].removeprefix("Bearer "))
        return httpx.Response(204)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return found


def visit(api: Api, act: Callable[[], object] = list) -> None:
    async def inside() -> None:
        transport = httpx.MockTransport(api)
        async with accounts("http://127.0.0.1", 2, transport=transport) as known:
            assert [one.client.headers["Authorization"] for one in known] == [
                f"Bearer {one.name}" for one in known
            ]
            act()

    asyncio.run(inside())


def test_all_are_deleted() -> None:
    api = Api()
    visit(api, lambda: len(api.there) == 2 or pytest.fail("not registered"))
    assert not api.there


@pytest.mark.parametrize("at", ["register", "token", "me"])
def test_busy_api_is_asked_again(at: str, pauses: list[float]) -> None:
    api = Api(**{at: [BUSY, httpx.Response(429, headers={"Retry-After": "2"})]})
    visit(api)
    assert pauses == [1, 2]
    assert not api.there


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (httpx.Response(429, headers={"Retry-After": "4320"}), "429, for 4320 s"),
        (httpx.Response(503), "503"),
        (httpx.Response(429, headers={"Retry-After": "soon"}), "429, for soon s"),
        (httpx.Response(200, json=["token"]), "a log-in has no token"),
        (httpx.Response(200, text="<html>"), "a log-in has no token"),
    ],
)
def test_log_in_that_is_refused_is_told_and_nobody_is_left(
    answer: httpx.Response, why: str
) -> None:
    api = Api(token=[answer])
    with pytest.raises(Refused, match=why):
        visit(api)
    assert not api.there


@pytest.mark.parametrize("answer", [httpx.Response(422), httpx.Response(500), LOST])
def test_registration_that_is_refused_leaves_nobody_and_says_nothing_of_it(
    answer: httpx.Response | Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    api = Api(register=[answer])
    with pytest.raises((Refused, httpx.ReadError)):
        visit(api)
    assert not api.there
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("answer", "why"), [(httpx.Response(500), "500"), (LOST, "the connection is gone")]
)
def test_who_is_left_is_told_and_the_next_is_deleted_all_the_same(
    answer: httpx.Response | Exception, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    api = Api(me=[answer])
    visit(api)
    [left] = api.there
    assert capsys.readouterr().err == f"load: {left} may be left: {why}\n"


def test_token_is_renewed_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    api = Api()

    async def act() -> None:
        account = Account("http://127.0.0.1", transport=httpx.MockTransport(api))
        await account.enter()
        now[0] = 599.0
        await account.renew()
        assert api.log_ins == 1
        now[0] = 600.0
        await asyncio.gather(account.renew(), account.renew())
        assert api.log_ins == 2
        await account.leave()

    asyncio.run(act())
