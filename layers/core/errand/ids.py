"""Identifiers: a UUIDv7 (RFC 9562) in 26 characters that sort as it does."""

import re
import time
from base64 import b32hexencode
from secrets import randbits

# 128 bits in base32hex: the last character carries three of them.
PATTERN = r"^[0-9a-v]{25}[048cgkos]$"
_ID = re.compile(PATTERN[1:-1])

_last = 0


def new_id() -> str:
    """26 characters, later ids sort after earlier ones (item keys and pages rely on it)."""
    global _last  # noqa: PLW0603 - of this process, as the RFC has it
    # In 4096ths of a millisecond (section 6.2, method 3), each used by one id.
    _last = max(_last + 1, time.time_ns() * 4096 // 1_000_000)
    milliseconds, fraction = divmod(_last, 4096)
    value = milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | randbits(62)
    return b32hexencode(value.to_bytes(16)).decode().rstrip("=").lower()


def is_id(text: object) -> bool:
    return isinstance(text, str) and _ID.fullmatch(text) is not None
