"""A change is told within two seconds, by a stream and by a socket; both end with their session."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from queue import Empty, Queue
from statistics import median
from threading import Thread
from typing import Any

import httpx
import pytest
from tools.local.api import Api
from tools.local.embedded import Embedded
from tools.local.settings import LOOPBACK
from tools.local.sockets import listen, url_of
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

pytestmark = pytest.mark.deep

PASSWORD = "correct horse battery staple"
PATIENCE = 30.0  # seconds, for what should take two at most
PROMISED = 2.0


class Person:
    def __init__(self, api_url: str) -> None:
        self.client = httpx.Client(base_url=api_url, trust_env=False, timeout=PATIENCE)
        self.account = {"username": f"user-{secrets.token_hex(4)}", "password": PASSWORD}
        self.client.post("/register", json=self.account).raise_for_status()
        self.token = self.log_in()

    def log_in(self) -> dict[str, Any]:
        token: dict[str, Any] = self.client.post("/token", data=self.account).json()
        self.client.headers["Authorization"] = f"Bearer {token['access_token']}"
        return token

    def create(self, title: str = "Buy milk") -> float:
        """When it was."""
        self.client.post("/tasks", json={"title": title}).raise_for_status()
        return time.monotonic()

    def socket(self) -> ClientConnection:
        told = self.client.post("/realtime/ticket").json()
        return opened(told["url"], told["ticket"])

    def latest(self) -> int:
        """Of the log of changes."""
        return int(self.client.get("/activity").json()[0]["number"])


def opened(url: str, ticket: str) -> ClientConnection:
    return connect(f"{url}?ticket={ticket}", proxy=None, open_timeout=PATIENCE)


@pytest.fixture
def person(api_url: str) -> Iterator[Person]:
    person = Person(api_url)
    with closing(person.client):
        yield person


class Stream:
    """Blocks of an answer that goes on, as they come, with when they came; None: it is over."""

    def __init__(self, answer: httpx.Response) -> None:
        self._blocks: Queue[tuple[float, str | None]] = Queue()
        Thread(target=self._read, args=[answer], daemon=True).start()

    def _read(self, answer: httpx.Response) -> None:
        block = ""
        try:
            for line in answer.iter_lines():
                block += f"{line}\n"
                if not line:
                    self._blocks.put((time.monotonic(), block))
                    block = ""
        except (httpx.HTTPError, httpx.StreamError):
            pass
        self._blocks.put((time.monotonic(), None))

    def next(self) -> tuple[float, str | None]:
        try:
            return self._blocks.get(timeout=PATIENCE)
        except Empty:
            pytest.fail("nothing came")

    def cursor(self) -> tuple[float, int]:
        """Of the next message."""
        came, block = self.next()
        while block == ":\n\n":
            came, block = self.next()
        assert block is not None
        name, data = block.strip().splitlines()
        message = json.loads(data.removeprefix("data: "))
        assert message == {"type": "changed", "cursor": int(name.removeprefix("id: "))}
        return came, message["cursor"]

    def end(self) -> float:
        came, block = self.next()
        while block is not None:
            came, block = self.next()
        return came


@contextmanager
def listening(client: httpx.Client, **headers: str) -> Iterator[Stream]:
    with client.stream("GET", "/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        stream = Stream(answer)
        _, begin = stream.next()
        assert begin is not None
        assert begin.startswith("retry: 3000\nid: ")
        yield stream


def eventually[T](ask: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + PATIENCE
    while (found := ask()) is None:
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)
    return found


def warm_up(person: Person, cursor: Callable[[], tuple[float, int]], *, made: bool = False) -> None:
    """Functions have to start for the first change: the account itself, and then a task."""
    if not made:
        person.create()
    while cursor()[1] < 2:
        pass


def assert_quick(took: list[float]) -> None:
    """Most of them: this machine may have something else to do for once."""
    assert median(took) < PROMISED, took


# ------------------------------------------------------------------------------------------ streams


def test_a_stream_tells_of_a_change_within_two_seconds(person: Person) -> None:
    with listening(person.client) as stream:
        warm_up(person, stream.cursor)
        took = []
        for number in range(3, 8):
            made = person.create()
            came, cursor = stream.cursor()
            assert cursor == number == person.latest()
            took.append(came - made)
        assert_quick(took)


def test_a_client_that_comes_again_misses_nothing(person: Person) -> None:
    with listening(person.client) as stream:
        person.create()
        _, seen = stream.cursor()
    person.create()
    eventually(lambda: person.latest() > seen or None)
    with listening(person.client, **{"Last-Event-ID": f"{seen}"}) as stream:
        assert stream.cursor()[1] > seen


def test_a_stream_ends_with_its_session(person: Person) -> None:
    first = person.token
    person.log_in()
    with ExitStack() as stack:
        old = {"Authorization": f"Bearer {first['access_token']}"}
        mine = stack.enter_context(listening(person.client))
        other = stack.enter_context(listening(person.client, **old))
        ended = time.monotonic()
        person.client.post("/token/revoke", data={"token": first["refresh_token"]})
        assert other.end() - ended < PATIENCE
        person.create()
        assert mine.cursor()[1] > 0


def test_a_server_that_stops_ends_its_streams_at_once(
    embedded_aws: Embedded, tmp_path: Path
) -> None:
    with (
        listen(LOOPBACK, 0, variable="PORT") as bound,
        (tmp_path / "log").open("wb") as log,
        ExitStack() as stack,
    ):
        api = Api(environment=embedded_aws.environment(), bound=bound, log=log)
        stack.callback(api.stop)
        api.wait()
        person = Person(url_of(bound))
        stack.callback(person.client.close)
        streams = [stack.enter_context(listening(person.client)) for _ in range(3)]
        person.create()
        api.stop()
        for stream in streams:
            stream.end()
    told = (tmp_path / "log").read_text()
    # Nothing had to be cut off.
    assert "Application shutdown complete" in told
    assert "Cancel" not in told
    assert "Traceback" not in told


# ------------------------------------------------------------------------------------------ sockets


def test_a_socket_tells_of_a_change_within_two_seconds(person: Person) -> None:
    with person.socket() as one, person.socket() as other:
        warm_up(person, partial(_message, one))
        warm_up(person, partial(_message, other), made=True)
        took = []
        for number in range(3, 8):
            made = person.create("Buy bread")
            for socket in (one, other):
                came, cursor = _message(socket)
                assert cursor == number == person.latest()
                took.append(came - made)
        assert_quick(took)


def _message(socket: ClientConnection) -> tuple[float, int]:
    message = json.loads(socket.recv(timeout=PATIENCE))
    assert message == {"type": "changed", "cursor": message["cursor"]}
    return time.monotonic(), message["cursor"]


def test_a_ticket_opens_one_socket(person: Person) -> None:
    told = person.client.post("/realtime/ticket").json()
    with opened(told["url"], told["ticket"]) as socket:
        for ticket in (told["ticket"], "x" * 64, ""):
            with pytest.raises((InvalidStatus, WebSocketException)):
                opened(told["url"], ticket)
        socket.send("ping")
        person.create()
        _message(socket)


def _until_it_is_closed(socket: ClientConnection) -> None:
    """What changed before may still be told."""
    closed = False
    while not closed:
        try:
            socket.recv(timeout=PATIENCE)
        except ConnectionClosed:
            closed = True


def test_an_idle_socket_is_closed_when_its_session_ends(person: Person) -> None:
    with person.socket() as socket:
        person.client.post("/token/revoke", data={"token": person.token["refresh_token"]})
        _until_it_is_closed(socket)


def test_an_idle_socket_is_closed_when_its_account_is_deleted(person: Person) -> None:
    with person.socket() as socket:
        body = {"password": PASSWORD}
        person.client.request("DELETE", "/users/me", json=body).raise_for_status()
        _until_it_is_closed(socket)


def test_a_socket_that_closes_is_forgotten(person: Person) -> None:
    def sockets() -> list[Any]:
        found: list[Any] = person.client.get("/users/me/export").json()["sockets"]
        return found

    with person.socket():
        assert len(sockets()) == 1
    eventually(lambda: sockets() == [] or None)
