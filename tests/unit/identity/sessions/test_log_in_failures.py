"""Logging in: what is refused, and that it tells nobody which names there are."""

from collections.abc import Callable

import pytest

from errand.errors import InactiveUser, InvalidCredentials, TooManyAttempts
from errand.identity.accounts.model import Account
from errand.identity.accounts.passwords import Verdict
from errand.identity.audit.model import Act
from errand.identity.sessions import log_in
from errand.identity.sessions.schemas import Token
from errand.identity.throttling.model import LOG_IN_ACCOUNT
from errand.ids import is_id
from errand.storage.kinds import AUDIT
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ORIGIN
from errand_testkit.stored import change_account, records, sessions_of

WRONG = {"password": "wrong horse"}
UNKNOWN = {"username": "nobody"}

type LogIn = Callable[..., Token]


@pytest.mark.parametrize(
    "given",
    [WRONG, UNKNOWN, {"username": "Ada@example.com"}, {"password": ""}],
    ids=["wrong password", "unknown name", "address", "no password"],
)
def test_wrong_password_and_unknown_name_are_one_error(
    logging_in: LogIn, ada: Account, given: dict[str, str]
) -> None:
    with pytest.raises(InvalidCredentials):
        logging_in(**given)
    assert not sessions_of(ada)


def test_wrong_password_and_unknown_name_cost_the_same(
    logging_in: LogIn, fake: FakeDynamo, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks: list[str] = []

    def check(password: str, _hash: str | None) -> Verdict:
        checks.append(password)
        return Verdict(is_right=False)

    monkeypatch.setattr(log_in, "check_password", check)
    costs = []
    for given in (WRONG, UNKNOWN):
        fake.operations.clear()
        checks.clear()
        with pytest.raises(InvalidCredentials):
            logging_in(**given)
        costs.append((fake.operations[:], len(checks)))
    # Found, counted, put on record.
    assert costs == [(["GetItem", "GetItem", "TransactWriteItems", "PutItem"], 1)] * 2


def test_failure_is_put_on_the_owners_record(
    logging_in: LogIn, ada: Account, clock: ManualClock
) -> None:
    with pytest.raises(InvalidCredentials):
        logging_in(**WRONG)
    (record,) = records(ada.id)
    assert (record.act, record.user_id, record.actor) == (Act.LOG_IN_FAILED, ada.id, None)
    assert (record.at, record.about) == (clock(), None)
    assert (record.address, record.request_id) == (ORIGIN.address, ORIGIN.request_id)


def test_failure_of_nobody_is_put_on_nobodys_record(
    logging_in: LogIn, ada: Account, fake: FakeDynamo
) -> None:
    with pytest.raises(InvalidCredentials):
        logging_in(**UNKNOWN)
    assert records(ada.id) == []
    (item,) = [item for item in fake.all() if item["sk"]["S"].startswith(AUDIT.prefix)]
    assert item["a"]["S"] == Act.LOG_IN_FAILED
    user_id = item["pk"]["S"].partition("#")[2]
    assert not is_id(user_id)
    assert UNKNOWN["username"] not in user_id.removeprefix("nobody#")


def test_disabled_user_stays_out(logging_in: LogIn, ada: Account) -> None:
    change_account(ada, now=0, disabled=True)
    with pytest.raises(InactiveUser):
        logging_in()
    with pytest.raises(InvalidCredentials):
        logging_in(**WRONG)
    assert not sessions_of(ada)


def test_guesses_are_slowed_down_before_any_password_is_checked(
    logging_in: LogIn, fake: FakeDynamo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_in, "check_password", lambda *_: Verdict(is_right=False))
    for _ in range(LOG_IN_ACCOUNT.free + 1):
        with pytest.raises(InvalidCredentials):
            logging_in(**WRONG)
    before = fake.all()
    fake.operations.clear()
    with pytest.raises(TooManyAttempts):
        logging_in()
    # The account, for what is known of its devices; counters, and whether the address is known.
    assert fake.operations == ["GetItem", "GetItem", "TransactWriteItems", "GetItem"]
    assert fake.all() == before
