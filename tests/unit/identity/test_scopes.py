"""Which scopes somebody may ask for (RFC 6749, section 3.3)."""

import pytest

from errand.errors import InvalidScope
from errand.identity.scopes import MEANINGS, OF_EVERYBODY, Scope, allowed, joined, requested

EVERY_ROLE = pytest.mark.parametrize("admin", [False, True])


def test_admin_is_for_administrators_alone() -> None:
    assert allowed(admin=True) - allowed(admin=False) == {Scope.ADMIN}
    assert allowed(admin=False) == OF_EVERYBODY


def test_every_scope_is_explained() -> None:
    assert set(MEANINGS) == set(Scope)


@EVERY_ROLE
@pytest.mark.parametrize("scope", [None, "", "  "])
def test_nothing_asked_for_is_all_there_is(scope: str | None, *, admin: bool) -> None:
    assert requested(scope, admin=admin) == allowed(admin=admin)


@EVERY_ROLE
@pytest.mark.parametrize(
    ("scope", "given"),
    [
        ("tasks:read", {Scope.TASKS_READ}),
        ("tasks:write tasks:read", {Scope.TASKS_READ, Scope.TASKS_WRITE}),
        ("  tasks:read   tasks:read ", {Scope.TASKS_READ}),
    ],
)
def test_what_is_asked_for_is_given(scope: str, given: set[Scope], *, admin: bool) -> None:
    assert requested(scope, admin=admin) == given


def test_administrators_may_do_without() -> None:
    assert requested("admin", admin=True) == {Scope.ADMIN}
    assert requested("tasks:read", admin=True) == {Scope.TASKS_READ}


@pytest.mark.parametrize(
    "scope", ["admin", "tasks:read root", "root", "TASKS:READ", "tasks:read,tasks:write", "\ud800"]
)
def test_anything_else_is_refused(scope: str) -> None:
    with pytest.raises(InvalidScope) as caught:
        requested(scope, admin=False)
    assert scope not in caught.value.detail


def test_scope_of_administrators_is_left_out_of_what_others_ask_for() -> None:
    """RFC 6749, section 3.3: the answer tells what was given."""
    assert requested("tasks:read admin", admin=False) == {Scope.TASKS_READ}
    assert requested("tasks:read admin", admin=True) == {Scope.TASKS_READ, Scope.ADMIN}
    assert requested(joined(frozenset(Scope)), admin=False) == OF_EVERYBODY


def test_scopes_are_told_in_one_order() -> None:
    assert joined(OF_EVERYBODY) == "account:read account:write tasks:read tasks:write"
    assert joined(frozenset()) == ""
