"""The keys under which names of accounts are claimed; `folded` as errand.folding makes it."""

from hashlib import sha256

from errand.storage.kinds import IDENTITY, Key

# What a sort key may have, which the primary key of the table is in the index of accounts.
_MAX_BYTES = 1024


def key_of(kind: str, folded: str) -> Key:
    """`folded`: the name as errand.folding makes it, of any length."""
    key = IDENTITY.key(f"{kind}#{folded}")
    if len(key.pk.encode()) <= _MAX_BYTES:
        return key
    return IDENTITY.key(f"{kind} by digest#{sha256(folded.encode()).hexdigest()}")
