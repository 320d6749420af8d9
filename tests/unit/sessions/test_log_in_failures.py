"""Logging in: what is refused, and that it tells nobody which names there are."""

from collections.abc import Callable

import pytest

from errand.accounts.model import Account
from errand.accounts.passwords import Verdict
from errand.audit.model import Act
from errand.errors import InactiveUser, InvalidCredentials, TooManyAttempts
from errand.ids import is_id
from errand.sessions import log_in
from errand.sessions.schemas import Token
from errand.throttling.model import LOG_IN_ACCOUNT
from errand_testkit.fakes import InMemoryAccounts, ManualClock
from errand_testkit.sessions import ORIGIN, InMemorySessions
from errand_testkit.throttling import InMemoryCounters

WRONG = {"password": "wrong horse"}
UNKNOWN = {"username": "nobody"}

type LogIn = Callable[..., Token]


@pytest.mark.parametrize(
    "given",
    [WRONG, UNKNOWN, {"username": "Ada@example.com"}, {"password": ""}],
    ids=["wrong password", "unknown name", "address", "no password"],
)
def test_wrong_password_and_unknown_name_are_one_error(
    logging_in: LogIn, sessions: InMemorySessions, given: dict[str, str]
) -> None:
    with pytest.raises(InvalidCredentials):
        logging_in(**given)
    assert not sessions.stored


def test_wrong_password_and_unknown_name_cost_the_same(
    logging_in: LogIn,
    accounts: InMemoryAccounts,
    counters: InMemoryCounters,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checks: list[str] = []

    def check(password: str, _hash: str | None) -> Verdict:
        checks.append(password)
        return Verdict(is_right=False)

    monkeypatch.setattr(log_in, "check_password", check)
    costs = []
    for given in (WRONG, UNKNOWN):
        before = len(accounts.calls), counters.calls, accounts.audit.calls, len(checks)
        with pytest.raises(InvalidCredentials):
            logging_in(**given)
        after = len(accounts.calls), counters.calls, accounts.audit.calls, len(checks)
        costs.append([new - old for new, old in zip(after, before, strict=True)])
    assert costs == [[1, 1, 1, 1], [1, 1, 1, 1]]
    assert accounts.calls == ["find", "find"]


def test_failure_is_put_on_the_owners_record(
    logging_in: LogIn, accounts: InMemoryAccounts, ada: Account, clock: ManualClock
) -> None:
    with pytest.raises(InvalidCredentials):
        logging_in(**WRONG)
    (record,) = accounts.audit.records
    assert (record.act, record.user_id, record.actor) == (Act.LOG_IN_FAILED, ada.id, None)
    assert (record.origin, record.at, record.about) == (ORIGIN, clock(), None)


def test_failure_of_nobody_is_put_on_nobodys_record(
    logging_in: LogIn, accounts: InMemoryAccounts
) -> None:
    with pytest.raises(InvalidCredentials):
        logging_in(**UNKNOWN)
    (record,) = accounts.audit.records
    assert record.act is Act.LOG_IN_FAILED
    assert not is_id(record.user_id)
    assert UNKNOWN["username"] not in record.user_id.removeprefix("nobody#")


def test_disabled_user_stays_out(
    logging_in: LogIn, accounts: InMemoryAccounts, sessions: InMemorySessions, ada: Account
) -> None:
    accounts.change(ada, {"disabled": True}, now=0)
    with pytest.raises(InactiveUser):
        logging_in()
    with pytest.raises(InvalidCredentials):
        logging_in(**WRONG)
    assert not sessions.stored


def test_guesses_are_slowed_down_before_any_password_is_checked(
    logging_in: LogIn,
    accounts: InMemoryAccounts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_in, "check_password", lambda *_: Verdict(is_right=False))
    for _ in range(LOG_IN_ACCOUNT.free + 1):
        with pytest.raises(InvalidCredentials):
            logging_in(**WRONG)
    before = len(accounts.calls), len(accounts.audit.records)
    with pytest.raises(TooManyAttempts):
        logging_in()
    assert (len(accounts.calls), len(accounts.audit.records)) == before
