"""Requests and answers over connections of our own, as they would be over botocore's."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.config import Config
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.httpsession import URLLib3Session
from hypothesis import given
from hypothesis import strategies as st

from errand.aws.connections import Connections, _head, use_own_connections
from errand.aws.damage import DamagedAnswer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx-amz-crc32: 2745614147\r\n\r\n{}"
# Nothing more comes, and the connection stays.
SILENCE = b""

type Script = Sequence[bytes]


class Server:
    """Plays a script for each connection: an answer for each request, then it hangs up."""

    def __init__(self, *scripts: Script) -> None:
        self.requests: list[list[bytes]] = []
        self.hung_up = [Event() for _ in scripts]
        self._over = Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = Thread(target=self._play, args=scripts)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        # Whoever still waits for a connection gets one.
        with suppress(OSError), socket.create_connection(self._listening.getsockname()):
            pass
        self._thread.join()
        self._listening.close()

    def _play(self, *scripts: Script) -> None:
        for script, hung_up in zip(scripts, self.hung_up, strict=True):
            connection, _ = self._listening.accept()
            requests: list[bytes] = []
            self.requests.append(requests)
            with connection:
                for answer in script:
                    if not (request := _request(connection)):
                        break
                    requests.append(request)
                    if answer is SILENCE:
                        self._over.wait()
                    connection.sendall(answer)
            hung_up.set()


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65_536)
        if not piece:
            return b""
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    (length,) = (int(line[15:]) for line in head.split(b"\r\n") if line[:15] == b"Content-Length:")
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Any:
    def serve(*scripts: Script) -> Server:
        server = Server(*scripts)
        request.addfinalizer(server.close)
        return server

    return serve


@pytest.fixture
def connections() -> Iterator[Connections]:
    made = Connections(connect=5, read=5, bundle="", size=2)
    yield made
    made.close()


def asked(address: str, body: bytes = b"{}", **headers: Any) -> AWSPreparedRequest:
    given: Any = HeadersDict({"Content-Length": str(len(body)), **headers})
    return AWSPreparedRequest("POST", f"{address}/", given, body, stream_output=False)


def test_an_answer_has_status_headers_and_body(connections: Connections, served: Any) -> None:
    server = served([OK])
    headers = {"content-length": "2", "x-amz-crc32": "2745614147"}
    assert connections.send(asked(server.address)) == (200, headers, b"{}")


@pytest.mark.parametrize("status", [200, 400, 503])
def test_every_status_is_an_answer(connections: Connections, served: Any, status: int) -> None:
    server = served([b"HTTP/1.1 %d Whatever\r\ncontent-length:0\r\n\r\n" % status])
    assert connections.send(asked(server.address)).status_code == status


def test_a_connection_is_used_for_one_request_after_the_other(
    connections: Connections, served: Any
) -> None:
    server = served([OK] * 3)
    for body in (b"{}", b'{"a": 1}', b"{}"):
        connections.send(asked(server.address, body))
    (requests,) = server.requests
    assert [request.partition(b"\r\n\r\n")[2] for request in requests] == [
        b"{}",
        b'{"a": 1}',
        b"{}",
    ]


def test_a_connection_that_the_server_closed_is_replaced(
    connections: Connections, served: Any
) -> None:
    server = served([OK], [OK])
    for hung_up in server.hung_up:
        assert connections.send(asked(server.address)).status_code == 200
        hung_up.wait()
    assert [len(requests) for requests in server.requests] == [1, 1]


def test_a_connection_that_the_server_will_close_is_not_kept(
    connections: Connections, served: Any
) -> None:
    last = OK.replace(b"\r\n\r\n", b"\r\nConnection: Close\r\n\r\n")
    server = served([last, last], [OK])
    for _ in range(2):
        connections.send(asked(server.address))
    assert [len(requests) for requests in server.requests] == [1, 1]


def test_a_connection_leads_to_one_server_only(connections: Connections, served: Any) -> None:
    one, two = served([OK]), served([OK])
    for server in (one, two):
        connections.send(asked(server.address))
    assert [len(server.requests) for server in (one, two)] == [1, 1]


def test_an_answer_may_come_in_pieces(connections: Connections) -> None:
    body = b"x" * 200_000
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def play() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _request(connection)
                for place in range(50):
                    connection.sendall(answer[place : place + 1])
                connection.sendall(answer[50:])

        thread = Thread(target=play)
        thread.start()
        received = connections.send(asked(f"http://127.0.0.1:{listening.getsockname()[1]}"))
        thread.join()
    assert received.content == body


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: %b\r\n\r\n{}" % (b"2" * 5000),
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"x" * 100_000,
    ],
)
def test_an_answer_that_is_none_of_dynamodbs_is_damaged_and_the_connection_gone(
    connections: Connections, served: Any, answer: bytes
) -> None:
    server = served([answer], [OK])
    with pytest.raises(DamagedAnswer):
        connections.send(asked(server.address))
    assert connections.send(asked(server.address)).status_code == 200


@given(st.binary() | st.lists(st.sampled_from([*OK.split(b" "), b"\r\n", b":"])).map(b"".join))
def test_whatever_comes_is_a_head_or_damaged(head: bytes) -> None:
    with suppress(DamagedAnswer):
        status, headers = _head(head)
        assert 0 <= status <= 999
        assert int(headers["content-length"]) >= 0


@pytest.mark.parametrize("answer", [OK[:0] + b"H", OK[:20], OK[:-1]])
def test_an_answer_that_ends_too_early_is_a_closed_connection(
    connections: Connections, served: Any, answer: bytes
) -> None:
    server = served([answer])
    with pytest.raises(ConnectionClosedError):
        connections.send(asked(server.address))


def test_no_answer_is_waited_for_too_long(served: Any) -> None:
    server = served([SILENCE])
    with pytest.raises(ReadTimeoutError):
        Connections(connect=5, read=0.01, bundle="", size=1).send(asked(server.address))


def test_who_listens_but_accepts_nobody_is_waited_for_as_long_as_for_a_connection() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        with socket.create_connection(address):
            impatient = Connections(connect=0.01, read=5, bundle="", size=1)
            with pytest.raises(ConnectTimeoutError):
                impatient.send(asked(f"http://127.0.0.1:{address[1]}"))


@pytest.mark.parametrize("host", ["127.0.0.1", "nowhere.invalid"])
def test_who_cannot_be_reached_has_been_sent_nothing(connections: Connections, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(EndpointConnectionError):
        connections.send(asked(f"http://{host}:{port}"))


@pytest.mark.parametrize("value", ["a\r\nHost: evil.example", "a\nb", "a\rb", b"a\r\n\r\nGET /"])
def test_a_header_is_one_line(connections: Connections, served: Any, value: Any) -> None:
    server = served([OK])
    with pytest.raises(ValueError, match="several lines"):
        connections.send(asked(server.address, **{"X-Amz-Target": value}))
    assert server.requests in ([], [[]])


@pytest.mark.parametrize("value", ["tök\N{SNOWMAN}", "tök\N{SNOWMAN}".encode()])
def test_a_header_goes_out_as_it_was_signed(
    connections: Connections, served: Any, value: Any
) -> None:
    server = served([OK])
    connections.send(asked(server.address, **{"X-Amz-Security-Token": value}))
    assert "X-Amz-Security-Token: tök\N{SNOWMAN}\r\n" in server.requests[0][0].decode()


def test_no_more_are_kept_than_wanted(served: Any) -> None:
    server = served([OK, OK])
    connections = Connections(connect=5, read=5, bundle="", size=0)
    connections.send(asked(server.address))
    server.hung_up[0].wait()
    assert len(server.requests[0]) == 1


def test_closed_ones_are_none(connections: Connections, served: Any) -> None:
    server = served([OK, OK], [OK])
    connections.send(asked(server.address))
    connections.close()
    connections.send(asked(server.address))
    assert [len(requests) for requests in server.requests] == [1, 1]


def client(address: str | None = None, **config: Any) -> Any:
    session = botocore.session.Session()
    session.set_credentials("AKID", "s", "token")
    return session.create_client(
        "dynamodb",
        "eu-central-1",
        endpoint_url=address,
        config=Config(proxies={}, **config) if "proxies" not in config else Config(**config),
    )


def test_what_is_sent_is_what_botocore_sends(served: Any) -> None:
    def sent(*, own: bool) -> tuple[bytes, dict[str, str], bytes]:
        server = served([OK])
        asking = client(server.address, user_agent="errand")
        if own:
            use_own_connections(asking)
            assert isinstance(asking._endpoint.http_session, Connections)
        asking.get_item(TableName="t", Key={"pk": {"S": "☃"}})
        asking.close()
        head, _, body = server.requests[0][0].partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        # Other at each time, or in each place.
        for name in ("Host", "X-Amz-Date", "Authorization", "amz-sdk-invocation-id"):
            assert headers.pop(name)
        return first.encode(), headers, body

    assert sent(own=True) == sent(own=False)


@pytest.mark.parametrize(
    "config",
    [
        {"proxies": {"https": "http://proxy.example:3128"}},
        {"proxies": None},
        {"client_cert": "mine.pem"},
    ],
)
def test_proxies_and_own_certificates_are_left_to_botocore(config: Any) -> None:
    asking = client(**config)
    use_own_connections(asking)
    assert isinstance(asking._endpoint.http_session, URLLib3Session)


def test_time_outs_and_number_are_the_clients() -> None:
    asking = client(connect_timeout=1, read_timeout=3, max_pool_connections=7)
    use_own_connections(asking)
    kept = asking._endpoint.http_session
    assert (kept._timeouts, kept._size) == ({"connect": 1, "read": 3}, 7)


def test_errors_are_those_that_storage_tells_apart() -> None:
    assert issubclass(DamagedAnswer, HTTPClientError)
