"""Hashes of passwords for tests that are about something else: what argon2 costs is not theirs."""

import pytest

from errand.identity.accounts import passwords

_make_context = passwords._context.__wrapped__
_COSTLY = {name: getattr(passwords, name) for name in ("_MEMORY_KIB", "_TIME_COST", "_NOBODY")}
_CHEAP = {
    "_MEMORY_KIB": 8,
    "_TIME_COST": 1,
    "_NOBODY": passwords._NOBODY.replace("m=19456,t=2", "m=8,t=1"),
}


def make_cheap(patch: pytest.MonkeyPatch) -> None:
    """The least that argon2 takes: 0.1 ms instead of 20, of the same form, from the same code."""
    _set(patch, _CHEAP)


def make_costly(patch: pytest.MonkeyPatch) -> None:
    """As deployed."""
    _set(patch, _COSTLY)


def _set(patch: pytest.MonkeyPatch, values: dict[str, object]) -> None:
    for name, value in values.items():
        patch.setattr(passwords, name, value)
    context = _make_context()
    patch.setattr(passwords, "_context", lambda: context)
