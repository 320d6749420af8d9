"""Password hashes: argon2id with OWASP's parameters, through the passlib API.

https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from passlib.context import CryptContext

MIN_LENGTH = 8
MAX_LENGTH = 256

_MEMORY_KIB = 19_456
_TIME_COST = 2
_LANES = 1

# Of a password nobody knows: verifying against it takes the time that a real one takes.
_NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$HcPNX8VJNgWQeqGHwHXIAg$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


@cache
def _context() -> "CryptContext":
    # Imported when the first password is checked: most cold starts never see one.
    from passlib.context import CryptContext  # noqa: PLC0415

    return CryptContext(
        schemes=["argon2"],
        argon2__type="ID",
        argon2__memory_cost=_MEMORY_KIB,
        argon2__time_cost=_TIME_COST,
        argon2__parallelism=_LANES,
    )


def hash_password(password: str) -> str:
    return _context().hash(_normalised(password))


def verify_password(password: str, password_hash: str | None) -> bool:
    """Equal work whether or not there is a hash to verify against."""
    is_right = _context().verify(_normalised(password), password_hash or _NOBODY)
    return is_right and password_hash is not None


def _normalised(password: str) -> str:
    # The same password typed on another keyboard may come composed differently (RFC 8265, 4.2.2).
    # NFKC could make it longer than passlib takes.
    return unicodedata.normalize("NFC", password)
