"""Runs process.py as Lambda would: a fresh process, its own import path, nothing of this one's."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.benchmarks import data
from tests.benchmarks.artifacts import WORK, Artifact

# The cheapest of valgrind's tools that counts every instruction; without its model of the caches.
_VALGRIND = (
    "valgrind",
    "--tool=cachegrind",
    "--cache-sim=no",
    "--cachegrind-out-file=/dev/null",
)
_COUNTED = re.compile(rb"I\s+refs:\s+([\d,]+)")
_PROCESS = Path(__file__).parent / "process.py"
_PYTHON = Path(sys.base_prefix, "bin", "python3.13")

# For `authorization`, one for each request; None: the event's own.
type Tokens = Sequence[str | None]


@dataclass(frozen=True)
class Bench:
    """What every run needs; files are named by the event, or by the tokens, that they hold."""

    runtime: Path
    port: int
    files: dict[str, Path]

    @classmethod
    def prepare(cls, runtime: Path, port: int, tokens: Mapping[str, Tokens]) -> Self:
        files = {}
        for name, content in {**data.events(), **tokens}.items():
            files[name] = WORK / f"{name}.json"
            files[name].write_text(json.dumps(content), encoding="utf-8")
        return cls(runtime, port, files)

    def command(self, what: str, artifact: Artifact | None, *more: str) -> list[str]:
        """`what` is a mode of process.py, `more` are the files that follow the handler."""
        handler = [artifact.handler] if artifact else []
        return [
            *(str(_PYTHON), "-S", "-P", str(_PROCESS), str(self.port), what),
            *(*handler, *(str(self.files[name]) for name in more)),
        ]

    def environment(self, artifact: Artifact | None) -> dict[str, str]:
        task, *layers = map(str, artifact.directories) if artifact else [str(WORK)]
        path = [task, *(f"{layer}/lib/python3.13/site-packages" for layer in layers), *layers]
        bundle = artifact.ca_bundle if artifact else None
        return {
            **data.ENVIRONMENT,
            **({"AWS_CA_BUNDLE": str(bundle)} if bundle else {}),
            "HOME": str(WORK),
            "LAMBDA_TASK_ROOT": task,
            "LANG": "en_US.UTF-8",
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's file system is read-only
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": os.pathsep.join([*path, str(self.runtime)]),
            "TZ": ":UTC",
        }


def counting(command: Sequence[str]) -> list[str]:
    return [*_VALGRIND, *command]


def counted(report: bytes) -> int:
    """What valgrind wrote on stderr."""
    found = _COUNTED.search(report)
    if not found:
        raise RuntimeError(report.decode(errors="replace"))
    return int(found[1].replace(b",", b""))


def instructions(command: Sequence[str], environment: dict[str, str]) -> int:
    """That the process executed in user space: the same again to within 0.1 M."""
    done = subprocess.run(  # noqa: S603 - our own command
        counting(command), env=environment, cwd=WORK, capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return counted(done.stderr)


def answer(command: Sequence[str], environment: dict[str, str]) -> Any:
    """What process.py printed."""
    done = subprocess.run(  # noqa: S603 - as above
        command, env=environment, cwd=WORK, capture_output=True, check=True
    )
    return json.loads(done.stdout)


def cpu_seconds(command: Sequence[str], environment: dict[str, str]) -> float:
    """User and system time of one run."""
    process = subprocess.Popen(command, env=environment, cwd=WORK)  # noqa: S603 - as above
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime
