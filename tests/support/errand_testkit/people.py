"""Two accounts, and when they are made and changed."""

from dataclasses import replace
from functools import cache

from errand.accounts.model import Account
from errand.accounts.passwords import hash_password
from errand.ids import new_id
from errand_testkit.fakes import ManualClock

PASSWORD = "correct horse"
NOW = ManualClock().now
LATER = NOW + 1000
ADA = Account(
    id=new_id(),
    username="Ada",
    password_hash="$argon2id$",
    email="Ada@example.com",
    full_name="Ada Lovelace",
    created_at=NOW,
    updated_at=NOW,
)
BOB = replace(ADA, id=new_id(), username="bob", email=None, full_name=None)


@cache
def ada_with_password() -> Account:
    """Ada, who can log in with PASSWORD; its hash is computed once."""
    return replace(ADA, password_hash=hash_password(PASSWORD))
