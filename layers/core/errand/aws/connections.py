"""HTTP/1.1 with DynamoDB over connections that are kept (RFC 9112, as far as DynamoDB speaks it).

urllib3 and http.client take a quarter of the instructions of a create. Here a request goes out in
one piece, and an answer is as long as its head says, as all of DynamoDB's are.
"""

import socket
from select import POLLIN, poll
from ssl import SSLError as TlsError
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import get_cert_path

from errand.aws.damage import DamagedAnswer
from errand.aws.trust import secured

_PORTS = {"http": 80, "https": 443}
_PIECE = _LONGEST_HEAD = 65_536
_END_OF_HEAD = b"\r\n\r\n"
_LONGEST_LENGTH = 12  # digits


class Answer(NamedTuple):
    """What is read of botocore's AWSResponse. Names of headers are in lower case."""

    status_code: int
    headers: dict[str, str]
    content: bytes


class _Connection:
    """To one server, for one request after the other."""

    def __init__(self, url: SplitResult, *, connect: float, read: float, bundle: str) -> None:
        """`connect` and `read`: seconds. Raises OSError."""
        self.server = (url.scheme, url.netloc)
        address = (url.hostname or "", url.port or _PORTS[url.scheme])
        self._socket = socket.create_connection(address, connect)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if url.scheme == "https":
                self._socket = secured(self._socket, host=address[0], bundle=bundle)
        except OSError:
            self.close()
            raise
        self._socket.settimeout(read)
        self._poll = poll()
        self._poll.register(self._socket, POLLIN)

    def close(self) -> None:
        self._socket.close()

    def is_open(self) -> bool:
        """What can be read before anything was asked is a farewell."""
        return not self._poll.poll(0)

    def exchange(self, request: bytes) -> Answer:
        """Raises OSError, DamagedAnswer."""
        self._socket.sendall(request)
        received = b""
        while (end := received.find(_END_OF_HEAD)) < 0:
            if len(received) > _LONGEST_HEAD:
                raise DamagedAnswer(error="no end of the head")
            received += self._receive()
        status, headers = _head(received[:end])
        pieces, missing = [received[end + len(_END_OF_HEAD) :]], int(headers["content-length"])
        missing -= len(pieces[0])
        while missing > 0:
            pieces.append(self._receive())
            missing -= len(pieces[-1])
        if missing < 0:
            raise DamagedAnswer(error="longer than its head says")
        return Answer(status, headers, b"".join(pieces))

    def _receive(self) -> bytes:
        piece = self._socket.recv(_PIECE)
        if not piece:
            raise ConnectionResetError("closed before the end of the answer")
        return piece


def _head(head: bytes) -> tuple[int, dict[str, str]]:
    """Raises DamagedAnswer."""
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name = name.lower()
        # One that comes twice is a list (RFC 9110 5.3), which no length is.
        headers[name] = f"{headers[name]}, {value.strip()}" if name in headers else value.strip()
    length = headers.get("content-length", "")
    is_length = length.isdecimal() and len(length) <= _LONGEST_LENGTH
    is_known = version == "HTTP/1.1" and rest[:3].isdecimal() and is_length
    if not is_known or "transfer-encoding" in headers:
        raise DamagedAnswer(error="not a head of DynamoDB's")
    return int(rest[:3]), headers


class Connections:
    """In place of botocore's HTTP session, of a client that knows no proxy. Safe for threads."""

    def __init__(self, *, connect: float, read: float, bundle: str, size: int) -> None:
        """Time-outs in seconds; `bundle`: a file of authorities; `size`: how many are kept."""
        self._timeouts = {"connect": connect, "read": read}
        self._bundle = bundle
        self._size = size
        # The one used last is used next: the others grow old.
        self._kept: list[_Connection] = []

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        while connection := self._next():
            connection.close()

    def send(self, request: AWSPreparedRequest) -> Answer:
        """Raises botocore's own errors."""
        url = urlsplit(request.url)
        connection = self._open(url, request.url)
        try:
            answer = connection.exchange(_written(request, url))
        except BaseException as error:
            connection.close()
            if isinstance(error, TimeoutError):
                raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
            if isinstance(error, OSError):
                raise ConnectionClosedError(endpoint_url=request.url, error=error) from error
            raise
        if answer.headers.get("connection", "").lower() == "close" or len(self._kept) >= self._size:
            connection.close()
        else:
            self._kept.append(connection)
        return answer

    def _open(self, url: SplitResult, endpoint: str) -> _Connection:
        while connection := self._next():
            if connection.server == (url.scheme, url.netloc) and connection.is_open():
                return connection
            connection.close()
        try:
            return _Connection(url, **self._timeouts, bundle=self._bundle)
        except TlsError as error:
            raise SSLError(endpoint_url=endpoint, error=error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=endpoint, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=endpoint, error=error) from error

    def _next(self) -> _Connection | None:
        # Asked whether there is one, another thread could take it before we do.
        try:
            return self._kept.pop()
        except IndexError:
            return None


def _written(request: AWSPreparedRequest, url: SplitResult) -> bytes:
    """Raises ValueError for a header of several lines."""
    target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
    # Without the last one any coding would do for the answer (RFC 9110 12.5.3).
    lines = [
        f"{request.method} {target} HTTP/1.1",
        f"Host: {url.netloc}",
        "Accept-Encoding: identity",
    ]
    for name, value in request.headers.items():
        given: str | bytes = value
        lines.append(f"{name}: {given if isinstance(given, str) else given.decode()}")
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise ValueError("A header of several lines")
    body: Any = request.body
    return b"".join((head.encode(), _END_OF_HEAD, body))


def use_own_connections(client: Any) -> None:
    """Unless there is a proxy on the way, or somebody chose how to be known or whom to trust."""
    endpoint, config = client._endpoint, client.meta.config  # noqa: SLF001 - botocore has no other way to it
    bundle = get_cert_path(endpoint.http_session._verify)  # noqa: SLF001 - as above
    if config.proxies == {} and not config.client_cert and bundle:
        endpoint.http_session = Connections(
            connect=config.connect_timeout,
            read=config.read_timeout,
            bundle=bundle,
            size=config.max_pool_connections,
        )
