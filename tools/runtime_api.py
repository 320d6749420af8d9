"""The Lambda Runtime API for one invocation, as the runtime interface client speaks to it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import queue
import time
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Self

_PREFIX = "/2018-06-01/runtime"


@dataclass(frozen=True)
class Answer:
    """What the function returned (JSON), or the error that it raised."""

    body: bytes
    failed: bool


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A function that is stopped leaves its connection open: no news."""


class RuntimeApi:
    """Serves one event on 127.0.0.1 and keeps the answer in `answers`."""

    def __init__(self, event: bytes, *, arn: str, init_seconds: float, timeout: float) -> None:
        self.event = event
        self.arn = arn
        self.timeout = timeout
        self.request_id = str(uuid.uuid4())
        self.answers: queue.Queue[Answer] = queue.Queue()
        self.deadline = time.monotonic() + init_seconds
        self._taken = Event()
        self._closing = Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())

    @property
    def address(self) -> str:
        """Value of AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def next(self, path: str) -> tuple[bytes, dict[str, str]]:
        # Asked between the hooks before a snapshot and those after its restore.
        if path.endswith("/restore/next"):
            return b"{}", {}
        return self.event, self.take()

    def take(self) -> dict[str, str]:
        """Return the headers of the only event; a second call blocks, as an idle function does."""
        if self._taken.is_set():
            self._closing.wait()
        self._taken.set()
        self.deadline = time.monotonic() + self.timeout
        return {
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self.timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.arn,
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._send(200, *api.next(self.path))

            def do_POST(self) -> None:
                body = self._body()
                failed = not self.path.endswith("/response")
                if self.path.startswith(_PREFIX):
                    api.answers.put(Answer(body, failed))
                self._send(202, b'{"status":"OK"}', {})

            def _body(self) -> bytes:
                if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                chunks = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    chunks.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(chunks)

            def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """The function's own log is what matters."""

        return Handler
