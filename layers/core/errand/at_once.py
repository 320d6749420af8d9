"""Calls that wait for something at once, so that together they take as long as the longest."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each of them gives. Raises what the first that fails does, when all are over.

    Each in a thread of its own but the first, with the deadline and the meters of who asks. Threads
    are made for it: those of before a snapshot, or a freeze, are no more.
    """
    first, *others = calls
    if not others:
        return [first()]
    with ThreadPoolExecutor(len(others)) as pool:
        waiting = [pool.submit(copy_context().run, call) for call in others]
        return [first(), *(one.result() for one in waiting)]
