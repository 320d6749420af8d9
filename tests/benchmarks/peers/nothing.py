"""A function that does nothing: what is left is Lambda's runtime."""

from typing import Any


def handler(_event: Any, _context: Any) -> dict[str, Any]:
    return {}
