"""Opaque, authenticated cursors: where a list goes on, for one reader and one order only."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest, digest

from errand import ids
from errand.errors import InvalidCursor
from errand.keys import Key, Keys

_MAC_BYTES = 12
_ID_END = _MAC_BYTES + 26
_PURPOSE = "cursor"


def seal(ring: Keys, *, last_id: str, context: str) -> str:
    """`context` names everything the list depends on; the cursor is worthless in another."""
    return _sealed(ring.current, last_id, context)


def unseal(ring: Keys, *, cursor: str, context: str) -> str:
    """The id sealed in `cursor`. Raises InvalidCursor."""
    try:
        content = urlsafe_b64decode(cursor)
        last_id, kid = content[_MAC_BYTES:_ID_END].decode(), content[_ID_END:].decode()
    except ValueError:
        raise InvalidCursor from None
    # By its name: an instance that has not heard of a new key yet looks for it.
    key = ring.find(kid) if ids.is_id(last_id) else None
    # Compared as it was written: decoding passes over characters that are not base64.
    if key is None or not compare_digest(cursor, _sealed(key, last_id, context)):
        raise InvalidCursor
    return last_id


def _sealed(key: Key, last_id: str, context: str) -> str:
    mac = digest(key.derived(_PURPOSE), f"{context}|{last_id}".encode(), sha256)[:_MAC_BYTES]
    return urlsafe_b64encode(mac + f"{last_id}{key.kid}".encode()).decode()
