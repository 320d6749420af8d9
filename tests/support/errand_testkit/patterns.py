"""Patterns that let events through: of rules of the bus, and of filters before functions.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from collections.abc import Mapping
from typing import Any

_MISSING = object()


def lets_through(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Raises NotImplementedError for a comparison that no pattern of ours has yet."""
    return all(_holds(wanted, event.get(name, _MISSING)) for name, wanted in pattern.items())


def _holds(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(found, dict) and lets_through(wanted, found)
    return any(_is(one, found) for one in wanted)


def _is(one: Any, found: Any) -> bool:
    match one:
        case {"prefix": str() as beginning}:
            return isinstance(found, str) and found.startswith(beginning)
        case {"exists": bool() as is_there}:
            return (found is not _MISSING) is is_there
        case dict():
            raise NotImplementedError(f"{one}: add it to errand_testkit/patterns.py")
    return bool(one == found)
