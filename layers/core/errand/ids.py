"""Identifiers: a UUIDv7 (RFC 9562) in 26 characters that sort as it does."""

import re
from base64 import b32hexencode

from uuid6 import uuid7

# 128 bits in base32hex: the last character carries three of them.
PATTERN = r"^[0-9a-v]{25}[048cgkos]$"
_ID = re.compile(PATTERN[1:-1])


def new_id() -> str:
    """26 characters, later ids sort after earlier ones (item keys and pages rely on it)."""
    return b32hexencode(uuid7().bytes).decode().rstrip("=").lower()


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None
