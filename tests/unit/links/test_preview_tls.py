"""Previews over TLS: whose certificate counts, and plain text where TLS is expected."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from errand.links.schemas import LinkPreview
from errand_testkit.certificates import certificate_in
from errand_testkit.web import PLAIN, Web, response, see, serving


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_in(tmp_path_factory.mktemp("tls"))


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
