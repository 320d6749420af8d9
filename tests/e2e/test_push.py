"""A browser is shown a reminder that is due soon, with nobody asking."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from errand_testkit.push import Browser, from_base64url

PATIENCE = 60.0  # seconds; the embedded Scheduler looks every ten
ACCOUNT = {"username": "surfer", "password": "correct horse battery staple"}


class PushService(HTTPServer):
    """Fails the first time, as some do; keeps what comes."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Request)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Request(BaseHTTPRequestHandler):
    server: PushService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(({**self.headers}, body))
        self.send_response(201 if len(self.server.received) > 1 else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """What is asked is no news."""


@pytest.fixture
def service() -> Iterator[PushService]:
    service = PushService()
    thread = Thread(target=service.serve_forever)
    thread.start()
    yield service
    service.shutdown()
    thread.join()
    service.server_close()


def until[T](look: Callable[[], T | None], what: str) -> T:
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, what
        time.sleep(0.2)
    return found


@pytest.mark.deep
def test_reminder_is_shown_in_the_browser(api_url: str, service: PushService) -> None:
    with httpx.Client(base_url=api_url, trust_env=False, timeout=30) as client:
        client.post("/register", json=ACCOUNT).raise_for_status()
        token = client.post("/token", data=ACCOUNT).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"

        def key() -> str | None:
            answer = client.get("/push/key")
            return answer.json()["public_key"] if answer.is_success else None

        public_key = until(key, "no key is published")
        browser = Browser(endpoint=f"{service.origin}/send/secret")
        registered = client.post("/push/subscriptions", json=browser.to_json())
        assert registered.status_code == 201
        at = (datetime.now(UTC) + timedelta(seconds=8)).isoformat(timespec="milliseconds")
        due = {"type": "absolute", "at": at.replace("+00:00", "Z")}
        task = client.post("/tasks", json={"title": "Buy milk", "reminders": [due]}).json()

        def sent() -> dict[str, Any] | None:
            [one] = client.get("/push/subscriptions").json()
            return one if one["last_sent_at"] else None

        shown = until(sent, "not reminded in time")
    assert shown["last_failure"] == "answered 503"
    headers, body = service.received[-1]
    told = browser.read(body)
    assert (told["task_id"], told["title"], told["at"]) == (task["id"], "Buy milk", due["at"])
    signed = headers["Authorization"].removeprefix("vapid t=").partition(", k=")
    assert signed[2] == public_key
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(public_key))
    claims = jwt.decode(signed[0], point, algorithms=["ES256"], audience=service.origin)
    assert claims["sub"] == "mailto:errand@example.com"
    # What failed once was sent again, and no more.
    assert len(service.received) == 2
