"""The present password, asked for once more: checked, and not to be guessed at."""

from dataclasses import replace

import pytest

from errand.errors import IncorrectPassword, TooManyAttempts
from errand.identity.accounts import reauthentication
from errand.identity.accounts.reauthentication import Reauthentication
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.throttling.model import PASSWORD_CHECK
from errand.identity.throttling.service import Throttle
from errand_testkit.people import BOB, ORIGIN, PASSWORD, ada_with_password
from errand_testkit.stored import attempts, counted, records

ADA = ada_with_password()


@pytest.fixture
def reauthenticate(throttle: Throttle, trail: AuditTrail) -> Reauthentication:
    return Reauthentication(throttle=throttle, trail=trail)


def test_right_password_is_no_guess(reauthenticate: Reauthentication) -> None:
    reauthenticate.check(ADA, PASSWORD, origin=ORIGIN)
    assert counted(PASSWORD_CHECK.by(ADA.id)) is None
    assert records(ADA.id) == []


@pytest.mark.parametrize("password", ["wrong horse", "", "x" * 257], ids=len)
def test_wrong_password_is_counted_and_put_on_record(
    reauthenticate: Reauthentication, password: str
) -> None:
    with pytest.raises(IncorrectPassword):
        reauthenticate.check(ADA, password, origin=ORIGIN)
    assert attempts(PASSWORD_CHECK.by(ADA.id)) == 1
    [record] = records(ADA.id)
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
