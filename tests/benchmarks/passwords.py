"""CPU time of what is done with passwords: python -m tests.benchmarks.passwords."""

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import bcrypt

from errand.identity.accounts.password_policy import check_new_password
from errand.identity.accounts.passwords import check_password, hash_password, verify_password

ROUNDS = 15
# Of a function with 1024 MB: 1769 MB are one.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
VCPUS = 1024 / 1769

_PASSWORD = "correct horse battery"
_FIRST = """
import time
from errand.identity.accounts.password_policy import check_new_password
from errand.identity.accounts.passwords import verify_password
start = time.process_time()
{}
print(time.process_time() - start)
"""


def warm(act: Callable[[], object]) -> float:
    """Median CPU seconds of this process."""
    act()
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        act()
        taken.append(time.process_time() - start)
    return median(taken)


def first(statement: str) -> float:
    """Median CPU seconds in fresh interpreters, what is imported on the way included."""
    run = [sys.executable, "-c", _FIRST.format(statement)]
    return median(
        float(subprocess.run(run, check=True, capture_output=True).stdout)  # noqa: S603 - ours
        for _ in range(ROUNDS)
    )


def choose() -> None:
    check_new_password(_PASSWORD, username="johndoe", email=None, refuse_common=True)


def figures() -> dict[str, float]:
    """Seconds by what took them."""
    right = hash_password(_PASSWORD)
    elsewhere = bcrypt.hashpw(_PASSWORD.encode(), bcrypt.gensalt()).decode()
    chosen = f"check_new_password({_PASSWORD!r}, username='x', email=None, refuse_common=True)"
    return {
        "hash": warm(lambda: hash_password(_PASSWORD)),
        "verify the right one": warm(lambda: verify_password(_PASSWORD, right)),
        "verify a wrong one": warm(lambda: verify_password("wrong", right)),
        "verify nobody's": warm(lambda: verify_password(_PASSWORD, None)),
        "bcrypt, 12 rounds, upgraded": warm(lambda: check_password(_PASSWORD, elsewhere)),
        "first verify of a process": first(f"verify_password({_PASSWORD!r}, {right!r})"),
        "policy": warm(choose),
        "first policy of a process": first(chosen),
    }


def main() -> int:
    """A table: CPU time, and the time it takes on the function's share of a processor."""
    lines = [f"{'median of ' + str(ROUNDS):30}{'CPU ms':>10}{'ms on Lambda':>14}"]
    for name, seconds in figures().items():
        lines.append(f"{name:30}{seconds * 1000:10.1f}{seconds * 1000 / VCPUS:14.1f}")
    print("\n".join(lines))  # noqa: T201 - what it is for
    return 0


if __name__ == "__main__":
    sys.exit(main())
