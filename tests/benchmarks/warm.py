"""A process that has started, and answers requests on demand."""

import json
import subprocess
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from tests.benchmarks.artifacts import WORK
from tests.benchmarks.measure import Tokens


class Worker:
    """`command` is that of process.py's mode `warm`, which also says what goes over the pipes."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env=environment,
            cwd=WORK,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def cpu_seconds(self, tokens: Tokens) -> float:
        """Of one request, on average over one for each token."""
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise RuntimeError("no pipes")
        print(json.dumps(tokens), file=requests, flush=True)
        return int(answers.readline()) / len(tokens) / 1e9
