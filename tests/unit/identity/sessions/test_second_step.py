"""Logging in to an account with two steps."""

from collections.abc import Callable

import pytest

from errand.errors import InvalidCredentials, InvalidOtp, MfaRequired, TooManyAttempts
from errand.identity.accounts.model import Account
from errand.identity.accounts.passwords import Verdict
from errand.identity.audit.model import Act
from errand.identity.sessions import log_in
from errand.identity.sessions.schemas import Token
from errand.identity.throttling.model import LOG_IN_ACCOUNT
from errand_testkit.people import PASSWORD
from errand_testkit.stored import acts, attempts, change_account, present, records, sessions_of

CODE = "123456"

type LogIn = Callable[..., Token]


@pytest.fixture(autouse=True)
def _two_steps(ada: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ada's account asks for both, and her password is to be hashed anew."""
    change_account(ada, now=0, mfa_enabled=True)
    monkeypatch.setattr(
        log_in, "check_password", lambda given, _: Verdict(given == PASSWORD, "$better$")
    )


@pytest.mark.parametrize("otp", [None, ""])
def test_right_password_asks_for_the_second_step(
    logging_in: LogIn, ada: Account, otp: str | None
) -> None:
    with pytest.raises(MfaRequired):
        logging_in(otp=otp)
    assert not sessions_of(ada)
    assert acts(ada.id) == [Act.SECOND_STEP_ASKED]
    assert present(ada).password_hash == ada.password_hash


def test_being_asked_is_no_guess(logging_in: LogIn) -> None:
    for _ in range(LOG_IN_ACCOUNT.free + 5):
        with pytest.raises(MfaRequired):
            logging_in()
    assert attempts(LOG_IN_ACCOUNT.by("Ada")) == 0


def test_right_code_opens_the_session(logging_in: LogIn, ada: Account) -> None:
    assert logging_in(otp=CODE).access_token
    assert len(sessions_of(ada)) == 1
    assert acts(ada.id) == [Act.LOGGED_IN]


def test_wrong_code_is_a_failed_log_in(logging_in: LogIn, ada: Account) -> None:
    with pytest.raises(InvalidOtp):
        logging_in(otp="000000")
    assert not sessions_of(ada)
    (record,) = records(ada.id)
    assert (record.act, record.user_id) == (Act.LOG_IN_FAILED, ada.id)


def test_codes_cannot_be_guessed_for_ever(logging_in: LogIn) -> None:
    for _ in range(LOG_IN_ACCOUNT.free + 1):
        with pytest.raises(InvalidOtp):
            logging_in(otp="000000")
    with pytest.raises(TooManyAttempts):
        logging_in(otp=CODE)


@pytest.mark.parametrize("otp", [None, CODE, "000000"])
def test_wrong_password_does_not_tell_of_the_second_step(
    logging_in: LogIn, otp: str | None
) -> None:
    with pytest.raises(InvalidCredentials):
        logging_in(password="wrong horse", otp=otp)
