"""The present password, asked for once more: checked, and not to be guessed at."""

from dataclasses import replace

import pytest

from errand.accounts import reauthentication
from errand.accounts.reauthentication import Reauthentication
from errand.errors import IncorrectPassword, TooManyAttempts
from errand.throttling.model import PASSWORD_CHECK
from errand.throttling.service import Throttle
from errand_testkit.fakes import ManualClock
from errand_testkit.people import BOB, PASSWORD, ada_with_password
from errand_testkit.throttling import InMemoryCounters

ADA = ada_with_password()


@pytest.fixture
def counters() -> InMemoryCounters:
    return InMemoryCounters()


@pytest.fixture
def reauthenticate(counters: InMemoryCounters) -> Reauthentication:
    return Reauthentication(throttle=Throttle(counters=counters, clock=ManualClock()))


def test_right_password_is_no_guess(
    reauthenticate: Reauthentication, counters: InMemoryCounters
) -> None:
    reauthenticate.check(ADA, PASSWORD)
    assert not counters.stored


@pytest.mark.parametrize("password", ["wrong horse", "", "x" * 257], ids=len)
def test_wrong_password_is_counted(
    reauthenticate: Reauthentication, counters: InMemoryCounters, password: str
) -> None:
    with pytest.raises(IncorrectPassword):
        reauthenticate.check(ADA, password)
    assert counters.stored[PASSWORD_CHECK.by(ADA.id)].attempts == 1


def test_guesses_are_slowed_down_before_any_password_is_checked(
    reauthenticate: Reauthentication, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def verify(password: str, _hash: str) -> bool:
        checked.append(password)
        return password == PASSWORD

    monkeypatch.setattr(reauthentication, "verify_password", verify)
    for _ in range(PASSWORD_CHECK.free + 1):
        with pytest.raises(IncorrectPassword):
            reauthenticate.check(ADA, "wrong horse")
    with pytest.raises(TooManyAttempts):
        reauthenticate.check(ADA, PASSWORD)
    assert checked == ["wrong horse"] * (PASSWORD_CHECK.free + 1)
    reauthenticate.check(replace(BOB, password_hash=ADA.password_hash), PASSWORD)
