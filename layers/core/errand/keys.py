"""The signing keys: one that signs, earlier ones that still verify."""

import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from hmac import digest

from botocore.session import Session

from errand import aws
from errand.errors import ConfigurationError

MIN_KEY_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Key:
    kid: str
    secret: bytes


@dataclass(frozen=True)
class KeyRing:
    """`keys[0]` signs; any of them verifies."""

    keys: tuple[Key, ...]

    @property
    def current(self) -> Key:
        return self.keys[0]

    def find(self, kid: object) -> Key | None:
        return next((key for key in self.keys if key.kid == kid), None)

    def derived(self, purpose: str) -> tuple[bytes, ...]:
        """One key for each of `keys`, of no use for anything but `purpose`."""
        return tuple(_derive(key.secret, purpose) for key in self.keys)


@cache
def _derive(secret: bytes, purpose: str) -> bytes:
    return digest(secret, purpose.encode(), sha256)


def parse_ring(text: str) -> KeyRing:
    """`{"kid": …, "key": …, "previous": [{"kid": …, "key": …}]}`. Raises ConfigurationError."""
    try:
        content = json.loads(text)
        entries = [content, *content.get("previous", [])]
        keys = tuple(Key(str(entry["kid"]), entry["key"].encode()) for entry in entries)
    except (ValueError, KeyError, TypeError, AttributeError):
        # The text is a secret: it must not appear in a traceback.
        raise ConfigurationError("The signing secret is not of the documented form") from None
    if any(len(key.secret) < MIN_KEY_LENGTH for key in keys):
        raise ConfigurationError(f"A signing key is shorter than {MIN_KEY_LENGTH} characters")
    return KeyRing(keys)


def load_ring(secret_id: str, *, session: Session | None = None) -> KeyRing:
    """The ring kept in AWS Secrets Manager under the name or ARN `secret_id`.

    A `session` that has made a client makes the next for half the price.
    """
    client = aws.client("secretsmanager", read_timeout=3, session=session)
    return parse_ring(client.get_secret_value(SecretId=secret_id)["SecretString"])
