"""Whatever a link is and wherever it leads: one entry for each, and nothing is raised."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errand.links.addresses import Address
from errand.links.guard import GuardedTransport
from errand.links.preview import TOGETHER_MAX, preview
from errand.links.schemas import LinkPreview
from errand_testkit.depth import times

HTML = [(b"Content-Type", b"text/html")]


async def anywhere(host: str) -> list[Address]:
    del host
    return [ip_address("93.184.215.14")]


class Answering(httpx.AsyncBaseTransport):
    """The same answer for everybody, its body as it comes over the wire."""

    def __init__(self, status: int, headers: Sequence[tuple[bytes, bytes]], content: bytes) -> None:
        self._answer = status, headers, content

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        status, headers, content = self._answer
        stream = httpx.ByteStream(content)
        return httpx.Response(status, headers=[*headers], stream=stream, request=request)


async def of_all(urls: Sequence[str], inner: httpx.AsyncBaseTransport) -> list[LinkPreview]:
    return await preview(urls, transport=GuardedTransport(inner, resolve=anywhere), seconds=2)


def see(
    url: str,
    *,
    status: int = 200,
    headers: Sequence[tuple[bytes, bytes]] = HTML,
    content: bytes = b"<title>Milk</title>",
) -> LinkPreview:
    (seen,) = asyncio.run(of_all([url], Answering(status, headers, content)))
    assert seen.url == url
    assert (seen.status is None) == (seen.error is not None)
    return seen


@pytest.mark.parametrize(
    "url",
    [
        "http://☃.net/",
        "https://💩.la/",
        "http://xn--a/",
        "http://xn--ls8h.la/",
        "http://[",
        "",
        "x:",
        "http://a..b/",
        "http://a.example:99999/",
        "http://" + "a" * 300 + ".example/",
        "http://�",
    ],
    ids=ascii,
)
def test_a_name_that_is_none_is_an_error(url: str) -> None:
    assert see(url).status in {None, 200}


@pytest.mark.parametrize(
    "location",
    ["http://xn--a/", "http://☃.net/", "http://[", "http://a:b/", "//", "\\\\", "ftp://a/"],
)
def test_a_redirect_to_what_is_no_address_is_an_error(location: str) -> None:
    headers = [(b"Location", location.encode())]
    assert see("http://a.example/", status=302, headers=headers).error


def test_markup_that_is_broken_is_read_as_browsers_do() -> None:
    assert see("http://a.example/", content=b"<![foo<title>Milk</title>").status == 200
    assert see("http://a.example/", content=b"<![foo><title>Milk</title>").title == "Milk"


HOSTS = st.sampled_from(
    ["a.example", "xn--a", "xn--ls8h.la", "☃.net", "[::1]", "1.1", "-", "a_b.c"]
)
URLS = st.one_of(
    st.text(max_size=40),
    st.builds("http://{}/{}".format, HOSTS, st.text(max_size=20)),
    st.builds("https://{}{}".format, st.text(max_size=20), st.text(max_size=20)),
)


@settings(deadline=None, max_examples=times(5, deep=60))
@given(URLS)
def test_any_url_is_an_entry(url: str) -> None:
    see(url)


NAMES = st.sampled_from(
    ["Location", "Content-Type", "Content-Encoding", "Set-Cookie", "Refresh", "Content-Length"]
)
VALUES = st.one_of(
    st.binary(max_size=40),
    URLS.map(lambda url: url.encode("utf-8", "surrogatepass")),
    st.sampled_from([b"text/html", b"text/html; charset=idna", b"gzip", b"br, gzip", b"deflate"]),
)


@settings(deadline=None, max_examples=times(5, deep=60))
@given(st.integers(200, 599), st.lists(st.tuples(NAMES, VALUES), max_size=5), st.binary())
def test_any_answer_is_an_entry(
    status: int, headers: list[tuple[str, bytes]], content: bytes
) -> None:
    raw = [(name.encode(), value) for name, value in headers]
    see("http://a.example/", status=status, headers=raw, content=content)


MARKUP = st.lists(
    st.sampled_from(
        [
            "<![",
            "<!--",
            "-->",
            "<!",
            "<?",
            "</",
            "<title",
            "</title>",
            ">",
            "'",
            '"',
            "&#",
            "x",
            "]",
            "<script>",
            "<svg",
            "&#x110000;",
            "\x00",
            "�",
            "<TITLE>",
            "foo",
            " ",
        ]
    )
).map("".join)


@settings(deadline=None, max_examples=times(5, deep=60))
@given(
    MARKUP,
    st.sampled_from(["", "; charset=utf-16", "; charset=idna", "; charset=hz", "; charset=\x00"]),
)
def test_any_page_is_an_entry(markup: str, charset: str) -> None:
    headers = [(b"Content-Type", f"text/html{charset}".encode())]
    content = markup.encode("utf-8", "surrogatepass")
    assert see("http://a.example/", headers=headers, content=content).status


class Counting(httpx.AsyncBaseTransport):
    """Counts how many it serves at once, and in all."""

    def __init__(self) -> None:
        self.now = self.most = self.total = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.now += 1
        self.total += 1
        self.most = max(self.most, self.now)
        for _ in range(10):
            await asyncio.sleep(0)
        self.now -= 1
        return httpx.Response(200, request=request)


def test_three_of_a_host_at_a_time() -> None:
    counting = Counting()
    urls = [f"http://{host}/{n}" for n in range(10) for host in ("a.example", "A.Example")]
    assert all(seen.status for seen in asyncio.run(of_all(urls, counting)))
    assert (counting.most, counting.total) == (TOGETHER_MAX, 20)


def test_hosts_do_not_wait_for_each_other() -> None:
    counting = Counting()
    asyncio.run(of_all([f"http://{n}.example/" for n in range(20)], counting))
    assert counting.most == 20


def test_a_link_that_is_there_twice_is_fetched_once() -> None:
    counting = Counting()
    assert len(asyncio.run(of_all(["http://a.example/"] * 5, counting))) == 5
    assert counting.total == 1
