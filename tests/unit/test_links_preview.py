"""Previews of links to real servers on this machine, whose names only the tests know."""

import asyncio
import datetime as dt
import gzip
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from errand.links.addresses import Address, is_public
from errand.links.guard import GuardedTransport
from errand.links.preview import direct, preview
from errand.links.schemas import LinkPreview

HERE = ip_address("127.0.0.1")
PLAIN = ssl.create_default_context()

type Route = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Web:
    """A server of routes; anything it was asked is in `requests`."""

    routes: Mapping[str, Route | bytes]
    port: int = 0
    requests: list[bytes] = field(default_factory=list)

    def url(self, path: str, host: str = "shop.test") -> str:
        return f"http://{host}:{self.port}{path}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(request)
            route = self.routes[request.split(b" ", 2)[1].decode()]
            if isinstance(route, bytes):
                writer.write(route)
            else:
                await route(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has had enough
        finally:
            writer.close()


@asynccontextmanager
async def serving(
    routes: Mapping[str, Route | bytes], *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Web]:
    web = Web(routes)
    server = await asyncio.start_server(web.answer, "127.0.0.1", 0, ssl=tls)
    web.port = server.sockets[0].getsockname()[1]
    try:
        yield web
    finally:
        server.close()
        server.close_clients()
        await server.wait_closed()


async def _here(host: str) -> list[Address]:
    del host
    return [HERE]


def _allowed(address: Address) -> bool:
    return address == HERE or is_public(address)


async def see(
    urls: Sequence[str],
    web: Web,
    *,
    tls: ssl.SSLContext = PLAIN,
    resolve: Callable[[str], Awaitable[list[Address]]] = _here,
    seconds: float = 5,
) -> list[LinkPreview]:
    transport = GuardedTransport(
        direct(tls), resolve=resolve, admits=_allowed, ports={80, 443, web.port}
    )
    return await preview(urls, transport=transport, seconds=seconds)


def see_one(route: Route | bytes, *, seconds: float = 5) -> LinkPreview:
    async def run() -> LinkPreview:
        async with serving({"/": route}) as web:
            (seen,) = await see([web.url("/")], web, seconds=seconds)
            assert seen.url == web.url("/")
            return seen

    return asyncio.run(run())


def response(
    body: bytes = b"<title>Milk</title>",
    *headers: str,
    status: str = "200 OK",
    kind: str = "text/html; charset=utf-8",
) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return response(b"", f"Location: {location}", status=status)


def test_status_and_title() -> None:
    seen = see_one(response())
    assert (seen.status, seen.title, seen.error) == (200, "Milk", None)


def test_a_missing_page_is_an_answer_too() -> None:
    seen = see_one(response(b"<title>Gone</title>", status="404 Not Found"))
    assert (seen.status, seen.title, seen.error) == (404, "Gone", None)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "image/svg+xml", ""])
def test_what_is_not_html_has_no_title_and_is_not_read(kind: str) -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode())
        while True:
            writer.write(b"<title>Milk</title>" * 100)
            await writer.drain()

    seen = see_one(endless)
    assert (seen.status, seen.title, seen.error) == (200, None, None)


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
            seen = await see([web.url(f"/{number}") for number in range(20)], web)
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


@pytest.mark.parametrize(("padding", "title"), [(65_000, "Milk"), (70_000, None)])
def test_64_kib_are_read(padding: int, title: str | None) -> None:
    seen = see_one(response(b" " * padding + b"<title>Milk</title>"))
    assert (seen.status, seen.title) == (200, title)


def test_an_endless_page_is_left() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>Milk</title>")
        while True:
            writer.write(b" " * 10_000)
            await writer.drain()

    seen = see_one(endless)
    assert (seen.status, seen.title) == (200, "Milk")


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


@pytest.mark.parametrize(
    ("encoding", "body", "title"),
    [
        ("gzip", gzip.compress(b"<title>Milk</title>"), "Milk"),
        ("X-GZIP", gzip.compress(b"<title>Milk</title>" + bytes(range(256)) * 999), "Milk"),
        ("deflate", zlib.compress(b"<title>Milk</title>"), "Milk"),
        ("gzip", gzip.compress(b" " * 50_000_000 + b"<title>Bomb</title>"), None),
        ("gzip", b"not gzip", None),
        ("gzip", b"", None),
        ("br", b"\x0b\x09\x80<title>", None),
        ("gzip, gzip", gzip.compress(gzip.compress(b"<title>Milk</title>")), None),
    ],
    ids=["gzip", "cut", "deflate", "bomb", "broken", "empty", "other", "twice"],
)
def test_compression_nobody_asked_for(encoding: str, body: bytes, title: str | None) -> None:
    seen = see_one(response(body, f"Content-Encoding: {encoding}"))
    assert (seen.status, seen.title, seen.error) == (200, title, None)


def test_the_charset_of_the_header() -> None:
    page = "<meta charset=utf-8><title>Сыр</title>".encode("cp1251")
    assert see_one(response(page, kind="text/html;charset=Windows-1251")).title == "Сыр"


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
def test_redirects_are_followed(status: str) -> None:
    async def run() -> None:
        async with serving({"/": redirect("page", status), "/page": response()}) as web:
            (seen,) = await see([web.url("/")], web)
        assert (seen.url, seen.status, seen.title) == (web.url("/"), 200, "Milk")

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


@settings(max_examples=200, deadline=None)
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


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of shop.test, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.test")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "shop.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def _server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize(
    ("is_trusted", "host", "error"),
    [
        (True, "shop.test", None),
        (True, "shop.test.", None),
        (True, "other.test", "TLS failed"),
        (True, "127.0.0.1", "TLS failed"),
        (False, "shop.test", "TLS failed"),
    ],
)
def test_certificates(certificate: Path, host: str, error: str | None, *, is_trusted: bool) -> None:
    server = _server_context(certificate)
    client = ssl.create_default_context(cafile=certificate if is_trusted else None)

    async def run() -> None:
        async with serving({"/": response()}, tls=server) as web:
            (seen,) = await see([f"https://{host}:{web.port}/"], web, tls=client)
        assert seen.error == error

    asyncio.run(run())


async def _see_over_tls(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    client: ssl.SSLContext = PLAIN,
) -> LinkPreview:
    web = Web({})
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    web.port = server.sockets[0].getsockname()[1]
    async with server:
        (seen,) = await see([f"https://shop.test:{web.port}/"], web, tls=client)
    return seen


def test_plain_text_where_tls_is_expected() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(response())
        writer.close()

    assert asyncio.run(_see_over_tls(answer)).error == "TLS failed"


def test_plain_text_in_the_middle_of_tls(certificate: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        beneath = writer.transport
        await writer.start_tls(_server_context(certificate))
        await reader.readuntil(b"\r\n\r\n")
        beneath.write(response())
        writer.close()

    client = ssl.create_default_context(cafile=certificate)
    assert asyncio.run(_see_over_tls(answer, client)).error == "not a valid answer"
