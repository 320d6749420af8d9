"""How much is tried of what could be tried endlessly.

Tests that try more in `make test-deep` are marked `deeper`; those that run only there, `deep`.
"""

import os
from collections.abc import Sequence

# 0 in `make test`, 1 in `make test-deep`, and more for whoever has the time.
DEPTH = int(os.environ.get("DEEP", "0"))


def some[T](cases: Sequence[T], few: int = 3) -> Sequence[T]:
    """All of them if there is time, and else a few from the first on, evenly apart."""
    if DEPTH or len(cases) <= few:
        return cases
    return [cases[place * len(cases) // few] for place in range(few)]


def times(few: int, *, deep: int) -> int:
    """As many as there is time for."""
    return deep * DEPTH or few
