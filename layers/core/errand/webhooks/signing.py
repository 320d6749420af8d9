"""Signatures of Standard Webhooks 1.0.0, symmetric ones.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from hmac import digest

_PREFIX = "whsec_"


def told(secret: bytes) -> str:
    """A secret as its owner gets it."""
    return _PREFIX + b64encode(secret).decode()


def headers(
    secrets: Sequence[bytes], *, message_id: str, seconds: int, body: bytes
) -> dict[str, str]:
    """One signature by each secret; `seconds`: epoch seconds of this attempt."""
    signed = f"{message_id}.{seconds}.".encode() + body
    signatures = [b64encode(digest(secret, signed, sha256)).decode() for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
