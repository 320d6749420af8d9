"""How links are asked for: together, within the deadline, and without telling a server anything."""

import asyncio

import pytest

from errand.links.addresses import Address
from errand.links.preview import preview
from errand_testkit.web import HERE, Route, redirect, response, see, see_one, serving


def test_no_links() -> None:
    assert asyncio.run(preview([])) == []


def test_order_and_concurrency() -> None:
    """Each of 20 answers waits until all 20 have been asked for."""

    async def run() -> None:
        everybody = asyncio.Barrier(20)

        def page(number: int) -> Route:
            async def answer(writer: asyncio.StreamWriter) -> None:
                await everybody.wait()
                writer.write(response(f"<title>{number}</title>".encode()))

            return answer

        async with serving({f"/{number}": page(number) for number in range(20)}) as web:
            hosts = [f"shop{number}.test" for number in range(20)]
            urls = [web.url(f"/{number}", host) for number, host in enumerate(hosts)]
            seen = await see(urls, web)
        assert [link.title for link in seen] == [str(number) for number in range(20)]
        assert [link.error for link in seen] == [None] * 20

    asyncio.run(run())


def test_the_deadline_holds_for_each_stage() -> None:
    """Of a name server, of a server that stays silent, and of one that goes on and on."""

    async def silent(writer: asyncio.StreamWriter) -> None:
        del writer
        await asyncio.sleep(60)

    async def trickle(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async def resolve(host: str) -> list[Address]:
        if host == "slow.test":
            await asyncio.sleep(60)
        return [HERE]

    async def run() -> None:
        async with serving({"/": response(), "/silent": silent, "/trickle": trickle}) as web:
            urls = [
                web.url("/silent"),
                web.url("/trickle"),
                web.url("/", "slow.test"),
                web.url("/"),
            ]
            async with asyncio.timeout(5):
                seen = await see(urls, web, resolve=resolve, seconds=0.4)
        assert [link.error for link in seen] == ["timed out"] * 3 + [None]
        assert seen[3].title == "Milk"

    asyncio.run(run())


def test_redirects_share_the_deadline() -> None:
    async def slowly(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(redirect("/"))

    seen = see_one(slowly, seconds=0.5)
    assert seen.error == "timed out"


def test_what_a_server_learns() -> None:
    """No cookies, no referrer, no credentials; each request on its own connection."""

    async def run() -> None:
        first = response(b"", "Location: /page", "Set-Cookie: a=b", status="302 Found")
        async with serving({"/": first, "/page": response()}) as web:
            await see([web.url("/"), web.url("/page")], web)
            host = f"shop.test:{web.port}"
        for request in web.requests:
            _, *lines = request.decode().strip().split("\r\n")
            assert dict(line.split(": ", 1) for line in lines) == {
                "Host": host,
                "User-Agent": "Errand link preview",
                "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
                "Accept-Encoding": "identity",
                "Connection": "keep-alive",
            }
        assert len(web.requests) == 3

    asyncio.run(run())


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert see_one(response()).title == "Milk"
