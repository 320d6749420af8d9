"""The present password, asked for once more: checked, and not to be guessed at."""

from dataclasses import replace

import pytest

from errand.accounts import reauthentication
from errand.accounts.reauthentication import Reauthentication
from errand.audit.model import Act
from errand.errors import IncorrectPassword, TooManyAttempts
from errand.throttling.model import PASSWORD_CHECK
from errand.throttling.service import Throttle
from errand_testkit.audit import InMemoryAuditLog
from errand_testkit.fakes import ManualClock
from errand_testkit.people import BOB, PASSWORD, ada_with_password
from errand_testkit.sessions import ORIGIN
from errand_testkit.throttling import InMemoryCounters

ADA = ada_with_password()


@pytest.fixture
def counters() -> InMemoryCounters:
    return InMemoryCounters()


@pytest.fixture
def audit() -> InMemoryAuditLog:
    return InMemoryAuditLog()


@pytest.fixture
def reauthenticate(counters: InMemoryCounters, audit: InMemoryAuditLog) -> Reauthentication:
    clock = ManualClock()
    throttle = Throttle(counters=counters, clock=clock)
    return Reauthentication(throttle=throttle, audit=audit, clock=clock)


def test_right_password_is_no_guess(
    reauthenticate: Reauthentication, counters: InMemoryCounters, audit: InMemoryAuditLog
) -> None:
    reauthenticate.check(ADA, PASSWORD, origin=ORIGIN)
    assert not counters.stored
    assert not audit.records


@pytest.mark.parametrize("password", ["wrong horse", "", "x" * 257], ids=len)
def test_wrong_password_is_counted_and_put_on_record(
    reauthenticate: Reauthentication,
    counters: InMemoryCounters,
    audit: InMemoryAuditLog,
    password: str,
) -> None:
    with pytest.raises(IncorrectPassword):
        reauthenticate.check(ADA, password, origin=ORIGIN)
    assert counters.stored[PASSWORD_CHECK.by(ADA.id)].attempts == 1
    [record] = audit.records
    assert (record.act, record.user_id, record.actor) == (
        Act.PASSWORD_CHECK_FAILED,
        ADA.id,
        ADA.id,
    )


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
            reauthenticate.check(ADA, "wrong horse", origin=ORIGIN)
    with pytest.raises(TooManyAttempts):
        reauthenticate.check(ADA, PASSWORD, origin=ORIGIN)
    assert checked == ["wrong horse"] * (PASSWORD_CHECK.free + 1)
    reauthenticate.check(replace(BOB, password_hash=ADA.password_hash), PASSWORD, origin=ORIGIN)
