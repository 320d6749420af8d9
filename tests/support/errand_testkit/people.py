"""Two accounts, and when they are made and changed."""

from dataclasses import replace
from functools import cache

from errand.identity.accounts.model import Account
from errand.identity.accounts.passwords import hash_password
from errand.ids import new_id
from errand.origin import Origin
from errand_testkit.fakes import ManualClock

PASSWORD = "correct horse battery"
NOW = ManualClock().now
LATER = NOW + 1000
ORIGIN = Origin(address="203.0.113.7", agent="tests", request_id="request-1")
ADA = Account(
    id=new_id(),
    username="Ada",
    password_hash="$argon2id$",
    email="Ada@example.com",
    full_name="Ada Lovelace",
    created_at=NOW,
    updated_at=NOW,
    version=1,
)
BOB = replace(ADA, id=new_id(), username="bob", email=None, full_name=None)


@cache
def password_hash() -> str:
    """Of PASSWORD, computed once."""
    return hash_password(PASSWORD)


def ada_with_password() -> Account:
    """Ada, who can log in with PASSWORD."""
    return replace(ADA, password_hash=password_hash())


def new_account(
    name: str, *, now: int = NOW, disabled: bool = False, admin: bool = False
) -> Account:
    """One who can log in with PASSWORD."""
    return Account(
        id=new_id(),
        username=name,
        email=f"{name}@example.com",
        password_hash=password_hash(),
        disabled=disabled,
        admin=admin,
        created_at=now,
        updated_at=now,
        version=1,
    )
