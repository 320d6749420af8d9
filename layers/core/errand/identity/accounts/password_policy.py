"""Which passwords are refused: those that somebody who guesses would try first.

OWASP ASVS 5, 6.2; NIST SP 800-63B, 3.1.1.2.
"""

import gzip
from functools import cache
from itertools import islice

from errand.errors import WeakPassword
from errand.folding import folded
from errand.identity.accounts.passwords import MIN_LENGTH, normalised

_COMMONEST = 10_000
# One in a line, lower case, the commonest first: of those that Have I Been Pwned counted in
# breaches, https://docs.djangoproject.com/en/stable/topics/auth/passwords/#password-validation
_LIST = "contrib/auth/common-passwords.txt.gz"


def check_new_password(
    password: str, *, username: str, email: str | None, refuse_common: bool
) -> None:
    """Raises WeakPassword, with the reason in words for the person who chose it."""
    text = normalised(password)
    if len(text) < MIN_LENGTH:
        raise WeakPassword(
            f"The password has {len(text)} characters, and {MIN_LENGTH} are the fewest"
        )
    key = folded(text)
    if _consists_of(key, [username]):
        raise WeakPassword("The password is nothing but the username")
    if email and _consists_of(key, [email, email.rpartition("@")[0], username]):
        raise WeakPassword("The password is nothing but the e-mail address, or a part of it")
    if refuse_common and key in _commonest():
        raise WeakPassword(f"This password is among the {_COMMONEST:,} commonest")


def _consists_of(key: str, names: list[str]) -> bool:
    """Whether nothing is left without these: a name twice is no better than once."""
    for name in map(folded, names):
        key = key.replace(name, "")
    return not key


@cache
def _commonest() -> frozenset[str]:
    # Read when the first password is chosen: most cold starts never see one.
    from importlib.resources import files  # noqa: PLC0415

    packed = files("django") / _LIST
    with packed.open("rb") as file, gzip.open(file, "rt", encoding="utf-8") as ranked:
        return frozenset(folded(line.rstrip("\n")) for line in islice(ranked, _COMMONEST))
