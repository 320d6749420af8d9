"""Logging in to an account with two steps."""

from collections.abc import Callable

import pytest

from errand.accounts.model import Account
from errand.accounts.passwords import Verdict
from errand.audit.model import Act
from errand.errors import InvalidCredentials, InvalidOtp, MfaRequired, TooManyAttempts
from errand.sessions import log_in
from errand.sessions.schemas import Token
from errand.throttling.model import LOG_IN_ACCOUNT
from errand_testkit.fakes import InMemoryAccounts
from errand_testkit.people import PASSWORD
from errand_testkit.sessions import InMemorySessions
from errand_testkit.throttling import InMemoryCounters

CODE = "123456"

type LogIn = Callable[..., Token]


@pytest.fixture(autouse=True)
def _two_steps(accounts: InMemoryAccounts, ada: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ada's account asks for both, and her password is to be hashed anew."""
    accounts.change(ada, {"mfa": True}, now=0)
    monkeypatch.setattr(
        log_in, "check_password", lambda given, _: Verdict(given == PASSWORD, "$better$")
    )


@pytest.mark.parametrize("otp", [None, ""])
def test_right_password_asks_for_the_second_step(
    logging_in: LogIn,
    accounts: InMemoryAccounts,
    sessions: InMemorySessions,
    ada: Account,
    otp: str | None,
) -> None:
    with pytest.raises(MfaRequired):
        logging_in(otp=otp)
    assert not sessions.stored
    assert accounts.audit.acts == [Act.SECOND_STEP_ASKED]
    stored = accounts.read(ada.id)
    assert stored
    assert stored.password_hash == ada.password_hash


def test_being_asked_is_no_guess(logging_in: LogIn, counters: InMemoryCounters) -> None:
    for _ in range(LOG_IN_ACCOUNT.free + 5):
        with pytest.raises(MfaRequired):
            logging_in()
    assert counters.stored[LOG_IN_ACCOUNT.by("Ada")].attempts == 0


def test_right_code_opens_the_session(
    logging_in: LogIn, accounts: InMemoryAccounts, sessions: InMemorySessions
) -> None:
    assert logging_in(otp=CODE).access_token
    assert len(sessions.stored) == 1
    assert accounts.audit.acts == [Act.LOGGED_IN]


def test_wrong_code_is_a_failed_log_in(
    logging_in: LogIn, accounts: InMemoryAccounts, sessions: InMemorySessions, ada: Account
) -> None:
    with pytest.raises(InvalidOtp):
        logging_in(otp="000000")
    assert not sessions.stored
    (record,) = accounts.audit.records
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
