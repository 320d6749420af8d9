"""Opaque, authenticated cursors: where a list goes on, for one reader, one view and one order."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest, digest

from errand.errors import InvalidCursor
from errand.keys import Key, Keys

# Names and values of the keys of the last item that was shown.
type Position = Mapping[str, str]

_MAC_BYTES = 12
_PURPOSE = "cursor"


def seal(ring: Keys, *, position: Position, context: str) -> str:
    """`context` names everything the list depends on; the cursor is worthless in another."""
    return _sealed(ring.current, json.dumps(position, separators=(",", ":")), context)


def unseal(ring: Keys, *, cursor: str, context: str) -> Position:
    """The position sealed in `cursor`. Raises InvalidCursor."""
    try:
        content = urlsafe_b64decode(cursor)
        kid, brace, text = content[_MAC_BYTES:].decode().partition("{")
    except ValueError:
        raise InvalidCursor from None
    text = brace + text
    # By its name: an instance that has not heard of a new key yet looks for it, but for no garbage.
    key = ring.find(kid) if text.endswith("}") else None
    # Compared as it was written: decoding passes over characters that are not base64.
    if key is None or not compare_digest(cursor, _sealed(key, text, context)):
        raise InvalidCursor
    position: Position = json.loads(text)
    return position


def _sealed(key: Key, text: str, context: str) -> str:
    mac = digest(key.derived(_PURPOSE), f"{context}|{text}".encode(), sha256)[:_MAC_BYTES]
    return urlsafe_b64encode(mac + f"{key.kid}{text}".encode()).decode()
