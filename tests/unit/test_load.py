"""`make load`: only this machine is loaded, and what must not be is told."""

import asyncio

import httpx
import pytest
from tools import load
from tools.load import Told, checked
from tools.load_accounts import Account, Refused


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:80"])
def test_this_machine_may_be_loaded(url: str) -> None:
    assert checked(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1",
        "http://0.0.0.0",
        "https://[2001:db8::1]",
        "http://nowhere.invalid",
        "",
        "x",
        "http://[",
        "http://[::1",
        "http://127.0.0.1:http",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://a..b",
        f"http://{'a' * 64}",
    ],
)
def test_no_other_is(url: str) -> None:
    with pytest.raises(Refused, match="not on this machine"):
        checked(url)


def test_busy_answers_are_well_if_they_tell_when_to_come_back() -> None:
    told = Told()
    told.note("page", 0.1, httpx.Response(429, headers={"Retry-After": "1"}))
    told.note("page", 0.1, httpx.Response(503, headers={"Retry-After": "1"}))
    told.note("page", 0.2, httpx.Response(200))
    assert not told.wrong
    assert told.lines() == [
        "  answers: 1 x 200, 1 x 429, 1 x 503",
        "  page: 3, p50 100 ms, p95 280 ms, p99 296 ms",
    ]


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        (503, "503 without Retry-After"),
        (500, "500 of page"),
        (502, "502 of page"),
        (401, "401 of page"),
    ],
)
def test_what_must_not_be_is_told(status: int, wrong: str) -> None:
    told = Told()
    told.note("page", 0.1, httpx.Response(status))
    assert told.lines()[-1] == f"  WRONG: 1 x {wrong}"


async def _hang(_: Account, __: int) -> httpx.Response:
    raise httpx.ReadTimeout("late")


def test_a_hang_is_wrong() -> None:
    told = Told()
    asyncio.run(load._timed(told, _hang, Account("http://127.0.0.1"), 1))
    assert [*told.wrong] == ["no answer within 30 s to hang"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[", "http://127.0.0.1:a"])
def test_command_says_in_a_line_what_is_wrong(capsys: pytest.CaptureFixture[str], url: str) -> None:
    assert load.main(["--url", url]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told
    assert all(line.startswith("load: ") for line in told)
