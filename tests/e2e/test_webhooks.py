"""From a task through both streams, the bus and both queues to a receiver, which fails twice."""

import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook as Oracle

PATIENCE = 90.0  # seconds; the second and the third attempt come after 5 s each
ACCOUNT = {"username": "hooked", "password": "correct horse battery staple"}


class Receiver(ThreadingHTTPServer):
    """Fails twice, then accepts."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], str]] = []
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Answers(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append((headers, body))
        self.send_response(500 if len(self.server.received) <= 2 else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        thread = Thread(target=receiver.serve_forever)
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()


def eventually(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "not within the time that it may take"
        time.sleep(0.2)
    return found


@pytest.mark.deep
def test_completed_task_arrives_at_a_receiver_that_fails_twice(
    api_url: str, receiver: Receiver
) -> None:
    with httpx.Client(base_url=api_url, trust_env=False, timeout=30) as client:
        client.post("/register", json=ACCOUNT).raise_for_status()
        token = client.post("/token", data=ACCOUNT).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        new = {"url": receiver.url, "events": ["task.completed"]}
        webhook = client.post("/webhooks", json=new).json()
        task = client.post("/tasks", json={"title": "Buy milk"}).json()["id"]
        client.patch(f"/tasks/{task}", json={"completed": True}).raise_for_status()

        deliveries = f"/webhooks/{webhook['id']}/deliveries"
        [delivery] = eventually(
            lambda: [one for one in client.get(deliveries).json() if one["status"] == "delivered"]
        )
        assert (delivery["attempts"], delivery["response_status"]) == (3, 204)
        assert [headers["webhook-id"] for headers, _ in receiver.received] == [delivery["id"]] * 3
        for headers, body in receiver.received:
            told = Oracle(webhook["secret"]).verify(body, headers)
            assert told["type"] == "task.completed"
            assert told["data"]["new"]["id"] == task
        healed = client.get(f"/webhooks/{webhook['id']}").json()
        assert healed["failing_since"] is None

        client.post(f"/webhooks/{webhook['id']}/test").raise_for_status()
        eventually(lambda: len(receiver.received) == 4)
