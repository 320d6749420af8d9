"""Web servers on this machine, under names only the tests know, and previews of their pages."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

from errand.links.addresses import Address, is_public
from errand.links.guard import GuardedTransport, direct
from errand.links.preview import preview
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
