"""Redirects of previewed links: followed, counted, and each one checked like the link itself."""

import asyncio
from ipaddress import ip_address

import pytest

from errand.links.addresses import Address
from errand_testkit.web import HERE, redirect, response, see, see_one, serving


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
def test_redirects_are_followed(status: str) -> None:
    async def run() -> None:
        async with serving({"/": redirect("page", status), "/page": response()}) as web:
            (seen,) = await see([web.url("/")], web)
        assert (seen.url, seen.status, seen.title) == (web.url("/"), 200, "Milk")

    asyncio.run(run())


def test_the_body_of_a_redirect_is_not_read() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /page\r\n\r\n")
        while True:
            writer.write(b" " * 10_000)
            await writer.drain()

    async def run() -> None:
        async with serving({"/": endless, "/page": response()}) as web:
            (seen,) = await see([web.url("/")], web)
        assert seen.title == "Milk"

    asyncio.run(run())


@pytest.mark.parametrize(("count", "error"), [(5, None), (6, "too many redirects")])
def test_at_most_five_redirects(count: int, error: str | None) -> None:
    async def run() -> None:
        routes = {f"/{n}": redirect(f"/{n + 1}") for n in range(count)} | {f"/{count}": response()}
        async with serving(routes) as web:
            (seen,) = await see([web.url("/0")], web)
        assert seen.error == error
        assert len(web.requests) == 6

    asyncio.run(run())


def test_a_redirect_loop_ends() -> None:
    assert see_one(redirect("/")).error == "too many redirects"


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("http://169.254.169.254/latest/meta-data/", "no public address"),
        ("http://10.0.0.1/", "no public address"),
        ("http://[::1]/", "no public address"),
        ("http://[::ffff:127.0.0.1]/", "no public address"),
        ("http://2130706433/", "no public address"),
        ("http://internal.test/", "no public address"),
        ("//localhost", "no public address"),
        ("http://shop.test:22/", "port not allowed"),
        ("http://user:secret@shop.test/", "a link must not contain credentials"),
        ("file:///etc/passwd", "only http and https are followed"),
        ("http://[", "no public address"),
        ("http://shop.test:99999999/", "port not allowed"),
        ("http://shop.test:port/", "not a valid answer"),
        ("http://0177.0.0.1/", "not a valid answer"),
    ],
)
def test_every_redirect_is_checked(location: str, error: str) -> None:
    async def resolve(host: str) -> list[Address]:
        return [ip_address("10.0.0.1") if host in {"internal.test", "localhost"} else HERE]

    async def run() -> None:
        async with serving({"/": redirect(location)}) as web:
            (seen,) = await see([web.url("/")], web, resolve=resolve)
        assert (seen.status, seen.title, seen.error) == (None, None, error)

    asyncio.run(run())


def test_a_name_that_changes_its_mind_is_checked_again() -> None:
    """Rebinding between two requests is noticed; within one there is nothing to rebind."""
    answers = iter([[HERE], [ip_address("127.0.0.2")]])

    async def resolve(host: str) -> list[Address]:
        del host
        return next(answers)

    async def run() -> None:
        async with serving({"/": redirect("/secret"), "/secret": response()}) as web:
            (seen,) = await see([web.url("/")], web, resolve=resolve)
        assert seen.error == "no public address"
        assert len(web.requests) == 1

    asyncio.run(run())
