"""Proxies on the way to AWS: those that the environment names."""

import os


def proxies() -> dict[str, str] | None:
    """For botocore's Config: none if none is named; for None it looks, with the same result.

    To look it loads Python's URL opener: 7 million instructions of a cold start.
    """
    is_named = any(name.lower().endswith("_proxy") for name in os.environ)
    return None if is_named else {}
