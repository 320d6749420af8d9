"""Starts and stops the embedded AWS."""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from tools.local.children import Child
from tools.local.environment import for_clients, for_ministack
from tools.local.failures import CannotRun
from tools.local.instance import Instance, announce, withdraw
from tools.local.settings import ROOT
from tools.local.sockets import url_of

PYTHON = ROOT / ".venv" / "ministack" / "bin" / "python"
LOG, PREVIOUS_LOG = "aws.log", "aws.previous.log"
PATIENCE = 60.0  # seconds until it must be ready
GRACE = 15.0  # seconds in which it must have saved and stopped
API = "errand_api.main.handler"


class Embedded:
    """`outputs`: of the stack; `environments`: handler of a function -> its variables."""

    def __init__(
        self,
        *,
        data_dir: Path,
        bound: socket.socket,
        parameters: Mapping[str, str] | None = None,
        api_url: str = "",
    ) -> None:
        """`parameters`: of the template; `api_url`: where the API is, which uvicorn serves.

        Raises CannotRun if it does not start.
        """
        if not PYTHON.exists():
            raise CannotRun("ministack is not installed: run `make setup`")
        self.data_dir = data_dir
        self._log = data_dir / LOG
        command = (str(PYTHON), "-m", "tools.local.embedded_aws", "--data-dir", str(data_dir))
        given = ("--parameters", json.dumps(dict(parameters or {})), "--api-url", api_url)
        with self._open_log() as log:
            self._child = Child(
                (*command, *given, "--socket", str(bound.fileno()), "--python", sys.executable),
                environment=for_ministack(os.environ, endpoint=url_of(bound)),
                sockets=[bound.fileno()],
                grace=GRACE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        try:
            report = self._report(PATIENCE, without="did not start")
        except BaseException:
            self._child.stop()
            raise
        self.endpoint: str = report["endpoint"]
        self.outputs: dict[str, str] = report["outputs"]
        self.environments: dict[str, dict[str, str]] = report["environments"]

        announce(data_dir, Instance(endpoint=self.endpoint, stack=report["stack"]))

    @property
    def pid(self) -> int:
        return self._child.process.pid

    @property
    def mails(self) -> str:
        """Address of what was sent, as JSON."""
        return f"{self.endpoint}/_ministack/ses/messages"

    def check(self) -> None:
        """Raises CannotRun if it has ended by itself."""
        if not self._child.running:
            self._report(0, without="has ended")

    def environment(self) -> dict[str, str]:
        """What the API gets on Lambda, and the way to this AWS."""
        return for_clients(os.environ, endpoint=self.endpoint) | self.environments[API]

    def renew_functions(self) -> None:
        self._child.send(signal.SIGUSR1)

    def stop(self) -> None:
        withdraw(self.data_dir)
        self._child.stop()

    def _open_log(self) -> IO[bytes]:
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            if self._log.exists():
                self._log.replace(self._log.with_name(PREVIOUS_LOG))
            return self._log.open("wb")
        except OSError as error:
            raise CannotRun(f"cannot write {self._log} ({error.strerror})") from None

    def _report(self, timeout: float, *, without: str) -> dict[str, Any]:
        """The next line of its output. Raises CannotRun if there is none, or if it tells why."""
        output = self._child.process.stdout
        assert output is not None  # noqa: S101 - it is a pipe
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            line = output.readline() if selector.select(timeout) else b""
        report: dict[str, Any] = json.loads(line or "{}")
        if not report:
            raise CannotRun(f"the embedded AWS {without}: see {self._log}")
        if "failure" in report:
            raise CannotRun(report["failure"])
        return report
