"""Runs every test again and again while every core is busy: `make test-load`.

Tests must not depend on how fast a machine is or in which order threads get on: each run is niced,
beside a process on each core that does nothing but compute. Ends with exit code 1 and the output of
the run that failed; whatever happens, what was started has ended then.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

_RUN_SECONDS = 20 * 60
_NICE = 10
_TESTS = ("make", "test")
# Of each half, as pytest has it.
_SUMMARY = re.compile(r"\d+ (?:passed|failed|error)[^\n]*? in [\d.]+s")
# Ends by itself if nobody ends it.
_BUSY = """
import sys, time
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    pass
"""


@contextmanager
def _busy_cores() -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(os.process_cpu_count() or 1):
            loop = subprocess.Popen([sys.executable, "-c", _BUSY, str(_RUN_SECONDS)])
            stack.callback(loop.wait)
            stack.callback(loop.kill)
        yield


def _run() -> tuple[bool, str]:
    """Whether all tests passed, and what they said."""
    process = subprocess.Popen(
        ["nice", f"-n{_NICE}", *_TESTS],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=_RUN_SECONDS)
    except BaseException as error:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
        return False, f"{output}\nnot done after {_RUN_SECONDS} s"
    return process.returncode == 0, output


def main(argv: Sequence[str] | None = None) -> int:
    """Run as often as the command line says, until one fails."""
    parser = argparse.ArgumentParser(prog="test-load", description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    times = parser.parse_args(argv).times
    for number in range(1, times + 1):
        began = time.monotonic()
        with _busy_cores():
            passed, output = _run()
        if not passed:
            print(output)
        summary = ", ".join(_SUMMARY.findall(output)) or "nothing"
        took = time.monotonic() - began
        print(f"run {number} of {times}: {summary} ({took:.0f} s)", flush=True)
        if not passed:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
