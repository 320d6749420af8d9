"""Somebody else writes between a service's read and its write."""

from collections.abc import Callable

import pytest

from errand.errors import IncorrectPassword, InvalidInput, InvalidOtp, StorageUnavailable
from errand.identity.accounts.passwords import hash_password
from errand.storage.unit import ATTEMPTS
from errand_testkit.mfa import Owner


def _rename(owner: Owner) -> Callable[[], None]:
    return lambda: owner.change(full_name="Ada King")


def test_confirmation_takes_in_changes_in_between(enrolled: Owner) -> None:
    enrolled.store.meanwhile = [_rename(enrolled)] * 2
    assert enrolled.confirm(enrolled.shown())
    assert (enrolled.account.mfa_enabled, enrolled.account.full_name) == (True, "Ada King")


def test_of_two_confirmations_at_once_one_is_answered_codes(enrolled: Owner) -> None:
    codes: list[str] = []
    enrolled.store.meanwhile = [lambda: codes.extend(enrolled.confirm(enrolled.shown()))]
    with pytest.raises(InvalidInput, match="is on"):
        enrolled.confirm(enrolled.shown())
    assert enrolled.check(codes[0]) == (True, 9)


def test_code_confirms_the_secret_that_it_was_checked_against(enrolled: Owner) -> None:
    enrolled.store.meanwhile = [enrolled.enrol]
    with pytest.raises(InvalidOtp):
        enrolled.confirm(enrolled.shown())
    assert not enrolled.account.mfa_enabled


@pytest.mark.parametrize("of_app", [True, False], ids=["app", "recovery"])
def test_same_code_at_once_logs_in_once(
    protected: Owner, codes: list[str], *, of_app: bool
) -> None:
    code = protected.shown() if of_app else codes[0]
    protected.store.meanwhile = [lambda: protected.check(code)]
    with pytest.raises(InvalidOtp):
        protected.check(code)
    assert protected.store.meanwhile == []


@pytest.mark.parametrize("of_app", [True, False], ids=["app", "recovery"])
def test_code_that_logs_in_meanwhile_does_not_disable(
    protected: Owner, codes: list[str], *, of_app: bool
) -> None:
    code = protected.shown() if of_app else codes[0]
    protected.store.meanwhile = [lambda: protected.check(code)]
    with pytest.raises(InvalidOtp):
        protected.disable(code)
    assert protected.account.mfa_enabled


def test_disabling_takes_in_changes_in_between(protected: Owner) -> None:
    protected.store.meanwhile = [_rename(protected)] * 2
    protected.disable(protected.shown())
    assert (protected.account.mfa_enabled, protected.account.full_name) == (False, "Ada King")


def test_disabling_asks_for_the_password_as_it_is_now(protected: Owner) -> None:
    new_hash = hash_password("battery staple")
    protected.store.meanwhile = [lambda: protected.change(password_hash=new_hash)]
    with pytest.raises(IncorrectPassword):
        protected.disable(protected.shown())
    assert protected.account.mfa_enabled


def test_confirmation_among_many_changes_asks_to_come_back(enrolled: Owner) -> None:
    enrolled.store.meanwhile = [_rename(enrolled)] * ATTEMPTS
    with pytest.raises(StorageUnavailable):
        enrolled.confirm(enrolled.shown())
    assert not enrolled.account.mfa_enabled


def test_disabling_among_many_changes_uses_no_code_up(protected: Owner, codes: list[str]) -> None:
    protected.store.meanwhile = [_rename(protected)] * ATTEMPTS
    with pytest.raises(StorageUnavailable):
        protected.disable(codes[0])
    assert protected.check(codes[0]) == (True, 9)
