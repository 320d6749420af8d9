"""The present, as something that can be handed in."""

import time
from collections.abc import Callable

# Milliseconds since 1970-01-01T00:00:00Z.
type Clock = Callable[[], int]


def system_clock() -> int:
    return time.time_ns() // 1_000_000
