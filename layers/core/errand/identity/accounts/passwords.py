"""Password hashes: argon2id with OWASP's parameters, through the passlib API.

https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""

import logging
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from errand.errors import WeakPassword

if TYPE_CHECKING:
    from passlib.context import CryptContext

_log = logging.getLogger(__name__)

MIN_LENGTH = 8
MAX_LENGTH = 256

_MEMORY_KIB = 19_456
_TIME_COST = 2
_LANES = 1

_BCRYPT = ("$2a$", "$2b$", "$2y$")
_BCRYPT_BYTES = 72

# Of a password nobody knows: verifying against it takes the time that a real one takes.
_NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$HcPNX8VJNgWQeqGHwHXIAg$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`new_hash`: to be stored instead, as the right one is of bcrypt or of other parameters."""

    is_right: bool
    new_hash: str | None = None


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


def normalised(password: str) -> str:
    """What is hashed: the same however a keyboard composes it (NFKC).

    Raises WeakPassword beyond 256 characters, as typed or as hashed: NFKC makes 18 of some one.
    """
    if len(password) <= MAX_LENGTH:
        password = unicodedata.normalize("NFKC", password)
    if len(password) > MAX_LENGTH:
        raise WeakPassword(
            f"The password has {len(password)} characters, and {MAX_LENGTH} are the most"
        )
    return password


def hash_password(password: str) -> str:
    """Raises WeakPassword if it is so long that it would never be right."""
    return _context().hash(normalised(password))


def verify_password(password: str, password_hash: str | None) -> bool:
    """Equal work whether or not there is a hash that the password could be right for.

    A hash of bcrypt costs what its rounds cost, until check_password had it replaced.
    """
    try:
        secret = normalised(password)
    except WeakPassword:
        return _verify_nobody()
    if password_hash is None:
        return _verify_nobody()
    try:
        if password_hash.startswith(_BCRYPT):
            return _verify_bcrypt(password, password_hash)
        return _context().verify(secret, password_hash)
    except ValueError:
        # Imported as it was elsewhere: nobody's password is right for it. Nothing of it is logged.
        _log.warning("a password hash is of no form that can be checked")
        return _verify_nobody()


def check_password(password: str, password_hash: str | None) -> Verdict:
    """The same with the hash to store from now on, if that is another one."""
    is_right = verify_password(password, password_hash)
    if not is_right or password_hash is None or _is_present(password_hash):
        return Verdict(is_right)
    return Verdict(is_right, hash_password(password))


def _is_present(password_hash: str) -> bool:
    is_bcrypt = password_hash.startswith(_BCRYPT)
    return not is_bcrypt and not _context().needs_update(password_hash)


def _verify_bcrypt(password: str, password_hash: str) -> bool:
    if "\0" in password:
        return _verify_nobody()
    # Imported when the first such hash is met: most deployments never see one.
    from passlib.hash import bcrypt  # noqa: PLC0415

    # Elsewhere it was hashed as typed, up to what bcrypt takes; its package now refuses the rest.
    return bcrypt.verify(password.encode()[:_BCRYPT_BYTES], password_hash)


def _verify_nobody() -> bool:
    _context().verify("", _NOBODY)
    return False
