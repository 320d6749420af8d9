"""Links without a preview: each says why, and harms no other."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errand.links.addresses import Address
from errand.links.guard import GuardedTransport, direct
from errand.links.preview import preview
from errand_testkit.depth import times
from errand_testkit.web import PLAIN, redirect, response, see, see_one, serving


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99\r\n\r\n<title>",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000,
    ],
    ids=["nothing", "ssh", "lengths", "cut", "chunks", "header"],
)
def test_answers_that_are_not_http(answer: bytes) -> None:
    seen = see_one(answer)
    assert (seen.status, seen.title, seen.error) == (None, None, "not a valid answer")


def test_nobody_listens() -> None:
    async def run() -> None:
        async with serving({}) as web:
            pass
        (seen,) = await see([web.url("/")], web)
        assert seen.error == "cannot connect"

    asyncio.run(run())


def test_one_dead_link_harms_no_other() -> None:
    async def run() -> None:
        async with serving({"/": response(), "/loop": redirect("/loop"), "/cut": b"x"}) as web:
            urls = [
                web.url("/loop"),
                web.url("/"),
                "https://127.0.0.2/",
                "not a url",
                "http://0177.0.0.1/",
                web.url("/cut"),
                web.url("/"),
            ]
            seen = await see(urls, web)
        assert [link.url for link in seen] == urls
        assert [link.error for link in seen] == [
            "too many redirects",
            None,
            "no public address",
            "only http and https are followed",
            "not a valid address",
            "not a valid answer",
            None,
        ]

    asyncio.run(run())


@settings(max_examples=times(10, deep=200), deadline=None)
@given(st.lists(st.text() | st.text().map(lambda text: f"http://{text}"), max_size=3))
def test_no_text_is_an_exception(urls: list[str]) -> None:
    async def nowhere(host: str) -> list[Address]:
        del host
        return []

    transport = GuardedTransport(direct(PLAIN), resolve=nowhere, admits=lambda _: False)
    seen = asyncio.run(preview(urls, transport=transport))
    assert [link.url for link in seen] == urls
    assert all(link.error for link in seen)


def test_the_deployed_transport_refuses_this_machine() -> None:
    urls = ["http://127.0.0.1/", "http://169.254.169.254/", "https://[::1]/", "http://0/"]
    assert {link.error for link in asyncio.run(preview(urls))} == {"no public address"}
