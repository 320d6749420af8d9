"""A cold start under Lambda's real runtime interface client: until it asks for a second event."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event

from tests.benchmarks.artifacts import WORK
from tests.benchmarks.measure import counted, counting
from tools.runtime_api import RuntimeApi

_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:errand-benchmark"
_SECONDS = 300.0  # valgrind takes its time


class _Api(RuntimeApi):
    def __init__(self, event: Path) -> None:
        super().__init__(event.read_bytes(), arn=_ARN, init_seconds=_SECONDS, timeout=_SECONDS)
        self.idle = Event()

    def take(self) -> dict[str, str]:
        # An answer was given: what comes is the request that an idle function waits in.
        if not self.answers.empty():
            self.idle.set()
        return super().take()


def instructions(command: Sequence[str], environment: dict[str, str], event: Path) -> int:
    """That the process executed in user space, to within some thousands (it waits on a socket)."""
    _, report = _run(counting(command), environment, event)
    return counted(report)


def cpu_seconds(command: Sequence[str], environment: dict[str, str], event: Path) -> float:
    """User and system time of one run."""
    seconds, _ = _run(command, environment, event)
    return seconds


def _run(command: Sequence[str], environment: dict[str, str], event: Path) -> tuple[float, bytes]:
    with _Api(event) as api, TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env=environment | {"AWS_LAMBDA_RUNTIME_API": api.address},
            cwd=WORK,
            stdout=log,
            stderr=log,
        )
        is_idle = api.idle.wait(_SECONDS)
        process.terminate()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        report = log.read()
        if not is_idle or api.answers.get().failed:
            raise RuntimeError(report.decode(errors="replace"))
    return usage.ru_utime + usage.ru_stime, report
