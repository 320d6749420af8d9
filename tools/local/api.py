"""Starts and stops the API."""

import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import IO
from urllib.parse import urlsplit

from tools.local.children import Child
from tools.local.failures import CannotRun
from tools.local.sockets import url_of

PATIENCE = 30.0  # seconds until it must answer
PAUSE = 0.05  # seconds
GRACE = 11.0  # seconds in which it must have stopped


class Api:
    def __init__(
        self,
        *,
        bound: socket.socket,
        environment: Mapping[str, str] | None = None,
        log: IO[bytes] | None = None,
    ) -> None:
        """`environment`: if it is known; `log`: where output goes, if not to where ours does."""
        self._address = urlsplit(url_of(bound)).netloc
        self._child = Child(
            (sys.executable, "-m", "tools.local.serve", str(bound.fileno())),
            environment=os.environ,
            sockets=[bound.fileno()],
            grace=GRACE,
            stdout=log.fileno() if log else None,
            stderr=log,
        )
        self._failed = False
        if environment is not None:
            self.begin(environment)

    def begin(self, environment: Mapping[str, str]) -> None:
        """With this, in place of ours. Until then it imports what it needs."""
        lifeline = self._child.process.stdin
        assert lifeline is not None  # noqa: S101 - it is a pipe
        # If it has ended, `wait` tells.
        with suppress(BrokenPipeError):
            lifeline.write(json.dumps(dict(environment)).encode() + b"\n")
            lifeline.flush()

    def failed(self) -> bool:
        """True once: when it is first seen that it has ended by itself."""
        before, self._failed = self._failed, not self._child.running
        return self._failed and not before

    def wait(self) -> None:
        """Until it answers. Raises CannotRun if it does not."""
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if not self._child.running or time.monotonic() > deadline:
                raise CannotRun("the API did not start: the reason is above")
            time.sleep(PAUSE)

    @property
    def pid(self) -> int:
        return self._child.process.pid

    def terminate(self) -> None:
        """Have it stop, without waiting for it."""
        self._child.send(signal.SIGTERM)

    def stop(self) -> None:
        self._child.stop()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self._address, timeout=1)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()
