"""Keys of names: whole where they fit into an index, a digest where they do not."""

import pytest

from errand.identity.accounts.identities import key_of

FITS = "x" * (1024 - len("IDENTITY#email#"))


def test_name_is_its_key() -> None:
    assert key_of("email", FITS).pk == f"IDENTITY#email#{FITS}"


@pytest.mark.parametrize("name", [FITS + "x", "\u0635" * 900, "x" * 10_000])
def test_longer_name_has_a_key_that_fits(name: str) -> None:
    key = key_of("username", name).pk
    assert len(key.encode()) < 200
    assert key != key_of("username", name + "x").pk
    assert key != key_of("email", name).pk
    # No name of either kind can be written so that it has this key.
    assert not key.startswith(("IDENTITY#username#", "IDENTITY#email#"))
