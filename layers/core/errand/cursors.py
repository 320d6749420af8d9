"""Opaque, authenticated cursors: where a list goes on, for one reader and one order only."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest, digest

from errand import ids
from errand.errors import InvalidCursor
from errand.keys import KeyRing

_MAC_BYTES = 12
_PURPOSE = "cursor"


def seal(ring: KeyRing, *, last_id: str, context: str) -> str:
    """`context` names everything the list depends on; the cursor is worthless in another."""
    return _sealed(ring.derived(_PURPOSE)[0], last_id, context)


def unseal(ring: KeyRing, *, cursor: str, context: str) -> str:
    """The id sealed in `cursor`. Raises InvalidCursor."""
    try:
        last_id = urlsafe_b64decode(cursor)[_MAC_BYTES:].decode("ascii")
    except ValueError:
        raise InvalidCursor from None
    # Compared as it was written: decoding passes over characters that are not base64.
    is_ours = any(
        compare_digest(cursor, _sealed(key, last_id, context)) for key in ring.derived(_PURPOSE)
    )
    if not is_ours or not ids.is_id(last_id):
        raise InvalidCursor
    return last_id


def _sealed(key: bytes, last_id: str, context: str) -> str:
    mac = digest(key, f"{context}|{last_id}".encode(), sha256)[:_MAC_BYTES]
    return urlsafe_b64encode(mac + last_id.encode()).decode()
