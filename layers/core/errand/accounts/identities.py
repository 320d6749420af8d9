"""The keys under which names of accounts are claimed; errand.text would bring Pydantic along."""

from hashlib import sha256

# What a sort key may have, which the primary key of the table is in the index of accounts.
_MAX_BYTES = 1024


def key_of(kind: str, folded: str) -> str:
    """`folded`: the name as errand.text.folded makes it, of any length."""
    key = f"IDENTITY#{kind}#{folded}"
    if len(key.encode()) <= _MAX_BYTES:
        return key
    return f"IDENTITY#{kind} by digest#{sha256(folded.encode()).hexdigest()}"
