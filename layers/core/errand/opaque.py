"""Opaque tokens: random, whole with their holder only, kept here as a digest.

They carry the ids of what they belong to, so that one read finds it.
"""

from base64 import b32hexdecode, b32hexencode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes

from errand.errors import InvalidGrant

SECRET_BYTES = 32
_ID_BYTES = 16
_PADDING = "======"


@dataclass(frozen=True, slots=True)
class Opaque:
    """`ids`: of the user first."""

    ids: tuple[str, ...]
    secret: bytes = field(repr=False)

    @property
    def user_id(self) -> str:
        return self.ids[0]

    @property
    def digest(self) -> str:
        """SHA-256 in hex: a random secret of 256 bits needs no slow hash."""
        return sha256(self.secret).hexdigest()

    @property
    def text(self) -> str:
        ids = b"".join(b32hexdecode(part.upper() + _PADDING) for part in self.ids)
        return urlsafe_b64encode(ids + self.secret).decode().rstrip("=")


def make(*ids: str) -> Opaque:
    return Opaque(ids, token_bytes(SECRET_BYTES))


def parse(text: str, *, ids: int = 1) -> Opaque:
    """A token that carries that many ids. Raises InvalidGrant."""
    try:
        content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise InvalidGrant from None
    bounds = range(0, ids * _ID_BYTES, _ID_BYTES)
    if len(content) != ids * _ID_BYTES + SECRET_BYTES:
        raise InvalidGrant
    names = [b32hexencode(content[start : start + _ID_BYTES]) for start in bounds]
    token = Opaque(
        tuple(name.decode().rstrip("=").lower() for name in names), content[ids * _ID_BYTES :]
    )
    # Decoding passes over what is not base64.
    if token.text != text:
        raise InvalidGrant
    return token
