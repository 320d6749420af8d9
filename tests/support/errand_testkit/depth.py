"""How much is tried of what could be tried endlessly.

Tests that try more in `make test-deep` are marked `deeper`; those that run only there, `deep`.
"""

import os

# 0 in `make test`, 1 in `make test-deep`, and more for whoever has the time.
DEPTH = int(os.environ.get("DEEP", "0"))


def times(few: int, *, deep: int) -> int:
    """As many as there is time for."""
    return deep * DEPTH or few
