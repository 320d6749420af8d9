"""An HTTP client of an ASGI application that does all its work in the thread that asks.

Starlette's client has a thread for the loop and hands every chunk over to it, which takes most of a
request's time; what threads there are in between is tested with it, over `both_transports`.
"""

import asyncio
from collections.abc import Callable, MutableMapping
from threading import Thread
from typing import Any
from urllib.parse import unquote

import httpx2

type Message = MutableMapping[str, Any]
type Application = Callable[..., Any]

_PORTS = {"http": 80, "https": 443}


def asgi_client(
    app: Application, loop: asyncio.AbstractEventLoop, *, address: str = "testclient"
) -> httpx2.Client:
    """`loop`: what the client's requests run on, but those that come while one is under way."""
    transport = AsgiTransport(app, loop, address=address)
    headers = {"User-Agent": "testclient"}
    return httpx2.Client(
        transport=transport, base_url="http://testserver", headers=headers, trust_env=False
    )


class AsgiTransport(httpx2.BaseTransport):
    """What the application raises, the request raises."""

    def __init__(self, app: Application, loop: asyncio.AbstractEventLoop, *, address: str) -> None:
        self._app = app
        self._loop = loop
        self._address = address

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        exchange = _Exchange(request.content)
        scope = to_scope(request, address=self._address)
        if self._loop.is_running():
            _elsewhere(exchange, self._app, scope)
        else:
            self._loop.run_until_complete(exchange.run(self._app, scope))
        return exchange.response(request)


class _Exchange:
    """Of one request and what is sent in answer to it."""

    def __init__(self, content: bytes) -> None:
        self._requests = [{"type": "http.request", "body": content}]
        self._start: Message = {}
        self._chunks: list[bytes] = []

    async def run(self, app: Application, scope: dict[str, Any]) -> None:
        await app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        if self._requests:
            return self._requests.pop()
        # Whoever waits for the client to go waits for as long as the answer takes.
        return await asyncio.Future()

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            assert not self._start
            self._start = message
        else:
            assert self._start
            self._chunks.append(bytes(message.get("body", b"")))

    def response(self, request: httpx2.Request) -> httpx2.Response:
        content = b"".join(self._chunks) if request.method != "HEAD" else b""
        return httpx2.Response(
            self._start["status"],
            headers=self._start.get("headers", []),
            stream=httpx2.ByteStream(content),
            request=request,
        )


def to_scope(request: httpx2.Request, *, address: str) -> dict[str, Any]:
    """As a server makes it of an HTTP/1.1 request."""
    url = request.url
    raw_path, _, query = url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "path": unquote(url.path),
        "raw_path": raw_path,
        "root_path": "",
        "scheme": url.scheme,
        "query_string": query,
        "headers": [
            (name.lower().encode(), value.encode()) for name, value in request.headers.multi_items()
        ],
        "client": (address, 50_000),
        "server": (url.host, url.port or _PORTS[url.scheme]),
        "extensions": {},
        "state": {},
    }


def _elsewhere(exchange: _Exchange, app: Application, scope: dict[str, Any]) -> None:
    """One request inside another, or beside it: on a loop, and in a thread, of its own."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(exchange.run(app, scope))
        except BaseException as error:  # noqa: BLE001 - for whoever asked
            raised.append(error)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
