"""When the request that is being answered has to be over.

The function is stopped after 20 s, and nobody hears of what it was doing then.
"""

from contextvars import ContextVar
from time import monotonic

from errand.errors import StorageUnavailable

SECONDS = 18.0

_end: ContextVar[float | None] = ContextVar("end of the request", default=None)


def begin() -> None:
    """For this task and the threads it hands work to."""
    _end.set(monotonic() + SECONDS)


def leave(seconds: float) -> None:
    """Raises StorageUnavailable if a call that may take `seconds` could end too late."""
    end = _end.get()
    if end is not None and monotonic() + seconds > end:
        raise StorageUnavailable
