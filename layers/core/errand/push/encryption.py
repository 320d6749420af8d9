"""Messages that only their browser can read (RFC 8291), of one record (RFC 8188).

Its few steps on the primitives of `cryptography`: the libraries there are bring an HTTP client
(pywebpush), Pydantic (webpush), or no wheel whose hash could be held to (http-ece, which the tests
read what comes of it with).
"""

import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ENCODING = "aes128gcm"
# What every push service takes at least (RFC 8030, 7.2), less what is added here (RFC 8291, 4).
CONTENT_MAX = 3993
_RECORD = 4096
_SALT = 16
_LAST = b"\x02"

type PrivateKey = ec.EllipticCurvePrivateKey


def new_key() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def point_of(key: PrivateKey) -> bytes:
    """The public key, uncompressed."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypted(
    content: bytes,
    *,
    public_key: bytes,
    auth: bytes,
    own: PrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """For the browser with these keys; `own` and `salt` are new for each message unless given.

    Raises ValueError for a `public_key` that is none, or more content than CONTENT_MAX.
    """
    if len(content) > CONTENT_MAX:
        raise ValueError("more than a push service has to take")
    own = own or new_key()
    salt = salt or os.urandom(_SALT)
    browser = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    sender = point_of(own)
    shared = own.exchange(ec.ECDH(), browser)
    secret = _derived(shared, 32, salt=auth, info=b"WebPush: info\0" + public_key + sender)
    key = _derived(secret, 16, salt=salt, info=b"Content-Encoding: aes128gcm\0")
    nonce = _derived(secret, 12, salt=salt, info=b"Content-Encoding: nonce\0")
    header = salt + _RECORD.to_bytes(4) + bytes([len(sender)]) + sender
    return header + AESGCM(key).encrypt(nonce, content + _LAST, None)


def _derived(secret: bytes, length: int, *, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
