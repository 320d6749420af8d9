"""Processes that end with the one that started them."""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from tools.local.settings import ROOT


class Child:
    """Its standard input is the lifeline: it ends when this process does, even by kill -9."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        sockets: Sequence[int],
        grace: float,
        stdout: int | None = None,
        stderr: IO[bytes] | None = None,
    ) -> None:
        """`sockets`: file descriptors handed over. `grace`: seconds it gets to stop."""
        self._grace = grace
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            pass_fds=sockets,
            start_new_session=True,  # Ctrl-C reaches this process only, which stops them in order
        )

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def stop(self) -> None:
        self.send(signal.SIGTERM)
        try:
            self.process.wait(self._grace)
        except subprocess.TimeoutExpired:
            print(f"errand: {self.process.args!r} did not stop and is killed", file=sys.stderr)
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                # What it was sent may never have been read.
                with suppress(BrokenPipeError):
                    pipe.close()
