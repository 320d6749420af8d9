"""A program that goes on until Ctrl-C or SIGTERM, and then stops in order."""

import signal
import sys
from collections.abc import Callable
from types import FrameType

from tools.local.failures import CannotRun

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Stopped(BaseException):
    """Raised by a signal, wherever the program is then."""


def carry_out(run: Callable[[], None], *, stopped: str) -> int:
    """The exit code. `run` calls `ignore_signals` before it stops; `stopped`: what is said then."""
    for number in _SIGNALS:
        signal.signal(number, _stop)
    try:
        run()
    except CannotRun as failure:
        print(f"errand: {failure}", file=sys.stderr)
        return 1
    except _Stopped:
        print(f"errand: {stopped}", file=sys.stderr)
    return 0


def ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _Stopped
