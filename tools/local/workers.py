"""The processes in which ministack runs Lambda functions."""
# ruff: noqa: SLF001

from importlib import import_module
from typing import Any, cast


class Workers:
    def __init__(self, python: str) -> None:
        """`python`: the project's interpreter, which has the packages of the layers."""
        self._runtime = cast("Any", import_module("ministack.core.lambda_runtime"))
        self._runtime._detect_runtime_binary = lambda _runtime: (
            python,
            self._runtime._PYTHON_WORKER_SCRIPT,
        )

    def end(self) -> None:
        """The next invocation starts a new one, with the code as it is then."""
        self._runtime.reset()
