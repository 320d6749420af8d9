"""What notifications of browsers are about: browsers, what they register, and who they are."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import http_ece  # type: ignore[import-untyped] # has no types
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from errand.push.schemas import PushSubscriptionCreate

ENDPOINT = "https://push.example.com/send/f3q1-mUcw"


def in_base64url(content: bytes) -> str:
    """As browsers have it: without padding."""
    return urlsafe_b64encode(content).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Browser:
    """One that is subscribed to its push service, and reads what that brings."""

    endpoint: str = ENDPOINT
    auth: bytes = b"sixteen bytes..."
    private_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def public_key(self) -> bytes:
        return self.private_key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )

    def to_json(self, **changes: Any) -> dict[str, Any]:
        """As `PushSubscription.toJSON()` makes it."""
        keys = {"p256dh": in_base64url(self.public_key), "auth": in_base64url(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys, **changes}

    def read(self, body: bytes) -> dict[str, Any]:
        """What was encrypted for it, by another implementation than ours."""
        plain = http_ece.decrypt(body, private_key=self.private_key, auth_secret=self.auth)
        told: dict[str, Any] = json.loads(plain)
        return told


REGISTRATION = PushSubscriptionCreate.model_validate(Browser().to_json()).registration()


class KeptAsking:
    """How often the API has asked for the public key."""

    def __init__(self) -> None:
        self.times = 0

    def ask_for_key(self) -> None:
        self.times += 1
