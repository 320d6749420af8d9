"""DynamoDB and the others as a client meets them: TLS, connections that are kept, answers at once.

On 127.0.0.1, in threads of this process, whose time is not measured.
"""

import re
import ssl
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

from tests.benchmarks.data import Answer

_ATTEMPT = re.compile(r"attempt=(\d+)")


class _Server(ThreadingHTTPServer):
    # So many connect before one is accepted, at most.
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """A process that is stopped leaves its connections open: no news."""


class LocalAws:
    """Answers on `port` while it is entered."""

    def __init__(self, answers: Sequence[Answer], context: ssl.SSLContext) -> None:
        self._answers = answers
        self._faults: list[str] = []
        self._server = _Server(("127.0.0.1", 0), self._handler())
        # The handshake is for the thread of the connection: the one that accepts must not wait.
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.port: int = self._server.server_port

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def check(self) -> None:
        """Raises RuntimeError if anybody asked in vain, or twice: figures are wrong then."""
        if self._faults:
            raise RuntimeError("\n".join(self._faults))

    def _answer(self, target: str, request: str) -> Answer | None:
        return next((one for one in self._answers if one.is_to(target, request)), None)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        aws = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1  # head and body in one record

            def do_POST(self) -> None:
                request = self.rfile.read(int(self.headers["Content-Length"])).decode()
                # SES alone names the operation in the path.
                target = self.headers["X-Amz-Target"] or self.path.removeprefix("/")
                attempt = _ATTEMPT.search(self.headers.get("amz-sdk-request", ""))
                if attempt and attempt[1] != "1":
                    aws._faults.append(f"{target} was tried again")
                answer = aws._answer(target, request)
                if answer is None:
                    aws._faults.append(f"no answer to {target}: {request}")
                    self.send_error(400)
                else:
                    self._send(*answer.to(request))

            def _send(self, headers: dict[str, str], body: bytes) -> None:
                self.send_response(200)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def version_string(self) -> str:
                return "Server"

            def log_message(self, *_: object) -> None:
                """What is printed are figures."""

        return Handler
