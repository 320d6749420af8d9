"""Who sends: a signature by the key that browsers were subscribed with (RFC 8292)."""

import json
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from errand.clock import Clock
from errand.errors import ConfigurationError
from errand.push.encryption import PrivateKey, point_of

# A day is the most.
LASTS_SECONDS = 12 * 60 * 60
_SEED_MIN = 32
# Of P-256 (NIST SP 800-186, 3.2.1.3), with 128 bits more than it has (FIPS 186-5, A.2.1).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SEED_BYTES = 48


class Vapid:
    """`contact`: whom push services turn to, a mailto: or https: address."""

    def __init__(self, key: PrivateKey, *, contact: str, clock: Clock) -> None:
        self._key = key
        self._contact = contact
        self._clock = clock
        self.public_key = urlsafe_b64encode(point_of(key)).decode().rstrip("=")

    def authorization(self, endpoint: str) -> str:
        """Of a request to this endpoint; it is good for its host alone."""
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": self._clock() // 1000 + LASTS_SECONDS,
            "sub": self._contact,
        }
        token = jwt.encode(claims, self._key, algorithm="ES256")
        return f"vapid t={token}, k={self.public_key}"


def key_of(secret: str) -> PrivateKey:
    """That of `{"key": …}`, where AWS has put characters by chance: always the same.

    Raises ConfigurationError.
    """
    try:
        content: Any = json.loads(secret)
        seed = content["key"].encode()
    except (ValueError, KeyError, TypeError, AttributeError):
        # The text is a secret: it must not appear in a traceback.
        raise ConfigurationError("The secret of web push is not of the documented form") from None
    if len(seed) < _SEED_MIN:
        raise ConfigurationError(f"The secret of web push has less than {_SEED_MIN} characters")
    spread = HKDF(algorithm=SHA256(), length=_SEED_BYTES, salt=None, info=b"errand web push")
    number = int.from_bytes(spread.derive(seed)) % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())
