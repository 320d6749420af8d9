"""The present password, asked for once more: checked, and not to be guessed at."""

from dataclasses import replace

import pytest

from errand.errors import IncorrectPassword, SessionRequired, TooManyAttempts
from errand.identity.accounts import reauthentication
from errand.identity.accounts.passwords import hash_password
from errand.identity.accounts.reauthentication import Reauthentication
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.identity.scopes import OF_EVERYBODY
from errand.identity.throttling.model import PASSWORD_CHECK
from errand.identity.throttling.service import Throttle
from errand.ids import new_id
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.people import BOB, ORIGIN, PASSWORD, ada_with_password
from errand_testkit.stored import attempts, counted, records

ADA = ada_with_password()
SESSION = new_id()
CALLER = Caller(user_id=ADA.id, scopes=OF_EVERYBODY, session_id=SESSION)


@pytest.fixture
def reauthenticate(throttle: Throttle, trail: AuditTrail) -> Reauthentication:
    return Reauthentication(throttle=throttle, trail=trail)


def test_right_password_is_no_guess(reauthenticate: Reauthentication) -> None:
    reauthenticate.check(ADA, PASSWORD, caller=CALLER, origin=ORIGIN)
    assert counted(PASSWORD_CHECK.by(ADA.id, SESSION)) is None
    assert records(ADA.id) == []


@pytest.mark.parametrize("password", ["wrong horse", "", "x" * 257], ids=len)
def test_wrong_password_is_counted_and_put_on_record(
    reauthenticate: Reauthentication, password: str
) -> None:
    with pytest.raises(IncorrectPassword):
        reauthenticate.check(ADA, password, caller=CALLER, origin=ORIGIN)
    assert attempts(PASSWORD_CHECK.by(ADA.id, SESSION)) == 1
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
            reauthenticate.check(ADA, "wrong horse", caller=CALLER, origin=ORIGIN)
    with pytest.raises(TooManyAttempts):
        reauthenticate.check(ADA, PASSWORD, caller=CALLER, origin=ORIGIN)
    assert checked == ["wrong horse"] * (PASSWORD_CHECK.free + 1)
    bob = replace(BOB, password_hash=ADA.password_hash)
    reauthenticate.check(bob, PASSWORD, caller=replace(CALLER, user_id=BOB.id), origin=ORIGIN)


def test_guesses_of_one_session_make_no_other_wait(reauthenticate: Reauthentication) -> None:
    for _ in range(PASSWORD_CHECK.free + 1):
        with pytest.raises(IncorrectPassword):
            reauthenticate.check(ADA, "wrong horse", caller=CALLER, origin=ORIGIN)
    with pytest.raises(TooManyAttempts):
        reauthenticate.check(ADA, PASSWORD, caller=CALLER, origin=ORIGIN)
    elsewhere = replace(CALLER, session_id=new_id())
    reauthenticate.check(ADA, PASSWORD, caller=elsewhere, origin=ORIGIN)


def test_script_does_not_even_guess(reauthenticate: Reauthentication, fake: FakeDynamo) -> None:
    script = replace(CALLER, session_id=None, token_id=new_id())
    for password in (PASSWORD, "wrong horse"):
        with pytest.raises(SessionRequired):
            reauthenticate.check(ADA, password, caller=script, origin=ORIGIN)
    assert fake.operations == []


def test_each_password_of_an_account_is_asked_for_once(reauthenticate: Reauthentication) -> None:
    check = reauthenticate.asking(PASSWORD, caller=CALLER, origin=ORIGIN)
    for _ in range(2):
        check(ADA)
    assert counted(PASSWORD_CHECK.by(ADA.id, SESSION)) is None
    with pytest.raises(IncorrectPassword):
        check(replace(ADA, password_hash=hash_password("another horse")))
