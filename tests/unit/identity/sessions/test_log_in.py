"""Logging in: the session that it opens, and what becomes of the account."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from errand import opaque
from errand.errors import InvalidScope
from errand.identity.access_tokens import LIFETIME_SECONDS, TokenIssuer
from errand.identity.accounts.model import Account
from errand.identity.accounts.passwords import Verdict
from errand.identity.audit.model import Act
from errand.identity.scopes import OF_EVERYBODY
from errand.identity.sessions import log_in
from errand.identity.sessions.schemas import Token
from errand.identity.throttling.model import LOG_IN_ACCOUNT, Known
from errand.identity.throttling.service import LogInGuard
from errand.storage import operations, unit
from errand.storage.attempts import TransactionConflict
from errand.storage.kinds import COUNTER, SESSION
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ORIGIN
from errand_testkit.stored import (
    acts,
    attempts,
    change_account,
    counted,
    present,
    records,
    sessions_of,
)

type LogIn = Callable[..., Token]


@pytest.mark.parametrize("username", ["Ada", "ada", "ADA", "\uff21da"], ids=ascii)
def test_log_in_opens_a_session(
    logging_in: LogIn, tokens: TokenIssuer, ada: Account, clock: ManualClock, username: str
) -> None:
    token = logging_in(username=username)
    (session,) = sessions_of(ada)
    access = tokens.verify(token.access_token)
    assert (access.user_id, access.session_id) == (ada.id, session.id)
    assert session.digest == opaque.parse(token.refresh_token, ids=2).digest
    assert session.created_at == session.last_used_at == clock()
    assert access.scopes == session.scopes == OF_EVERYBODY
    assert (token.token_type, token.expires_in) == ("bearer", LIFETIME_SECONDS)
    assert token.scope == "account:read account:write tasks:read tasks:write"


@pytest.mark.usefixtures("_plain_passwords")
def test_no_two_sessions_share_a_seed(logging_in: LogIn, ada: Account) -> None:
    for _ in range(3):
        logging_in()
    seeds = {session.seed for session in sessions_of(ada)}
    assert len(seeds) == 3
    assert {len(seed) for seed in seeds} == {32}


@pytest.mark.usefixtures("_plain_passwords")
def test_log_in_is_put_on_record(logging_in: LogIn, ada: Account) -> None:
    logging_in()
    (record,) = records(ada.id)
    (session,) = sessions_of(ada)
    assert (record.act, record.actor, record.about) == (Act.LOGGED_IN, ada.id, session.id)
    assert (record.address, record.agent) == (ORIGIN.address, ORIGIN.agent)
    assert record.request_id == ORIGIN.request_id


@pytest.mark.parametrize(
    ("name", "agent", "shown"),
    [
        ("Phone", "curl/8.5.0", "Phone"),
        ("", "curl/8.5.0", "curl/8.5.0"),
        (None, "curl/8.5.0", "curl/8.5.0"),
        ("", "", "unknown"),
    ],
)
@pytest.mark.usefixtures("_plain_passwords")
def test_session_is_called_what_its_owner_or_its_agent_calls_it(
    logging_in: LogIn, ada: Account, name: str | None, agent: str, shown: str
) -> None:
    logging_in(device=name, origin=replace(ORIGIN, agent=agent))
    (session,) = sessions_of(ada)
    assert (session.device, session.address) == (shown, ORIGIN.address)


@pytest.mark.usefixtures("_plain_passwords")
def test_scopes_may_be_fewer(logging_in: LogIn, tokens: TokenIssuer, ada: Account) -> None:
    token = logging_in(scope="tasks:read account:read")
    (session,) = sessions_of(ada)
    assert token.scope == "account:read tasks:read"
    assert tokens.verify(token.access_token).scopes == session.scopes


@pytest.mark.parametrize(("admin", "scope"), [(False, "admin"), (True, "root"), (False, "tasks")])
@pytest.mark.usefixtures("_plain_passwords")
def test_other_scopes_are_refused(
    logging_in: LogIn, ada: Account, scope: str, *, admin: bool
) -> None:
    change_account(ada, now=0, admin=admin)
    with pytest.raises(InvalidScope):
        logging_in(scope=scope)


@pytest.mark.usefixtures("_plain_passwords")
def test_administrators_get_their_scope(logging_in: LogIn, ada: Account) -> None:
    change_account(ada, now=0, admin=True)
    assert "admin" in logging_in().scope.split()


def test_right_password_is_hashed_anew_where_its_hash_is_outdated(
    logging_in: LogIn, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    better = Verdict(is_right=True, new_hash="$better$")
    monkeypatch.setattr(log_in, "check_password", lambda *_: better)
    logging_in()
    changed = present(ada)
    assert changed.password_hash == "$better$"
    assert (changed.sessions_from, acts(ada.id)) == (None, [Act.LOGGED_IN])


def test_account_that_changes_meanwhile_keeps_its_own_hash(
    logging_in: LogIn, ada: Account, store: ContendedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    better = Verdict(is_right=True, new_hash="$better$")
    monkeypatch.setattr(log_in, "check_password", lambda *_: better)
    store.meanwhile = [lambda: change_account(ada, now=0, password_hash="$new$")]
    assert logging_in().refresh_token
    assert present(ada).password_hash == "$new$"


@pytest.mark.parametrize("changes", [{"password_hash": "$new$"}, {"disabled": True}], ids=str)
def test_log_in_overtaken_by_a_change_of_password_opens_nothing_that_lasts(
    logging_in: LogIn,
    ada: Account,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
) -> None:
    def check(*_: Any) -> Verdict:
        clock.advance(seconds=0.02)
        change_account(ada, now=clock(), **changes, sessions_from=clock())
        clock.advance(seconds=0.02)
        return Verdict(is_right=True)

    monkeypatch.setattr(log_in, "check_password", check)
    logging_in()
    (session,) = sessions_of(ada)
    assert session.has_ended(present(ada), now=clock())


@pytest.mark.usefixtures("_plain_passwords")
def test_success_forgives_the_guesses(logging_in: LogIn) -> None:
    logging_in()
    assert counted(LOG_IN_ACCOUNT.by("Ada")) is None


@pytest.mark.usefixtures("_plain_passwords")
def test_device_token_lets_the_owner_in_while_others_guess(
    logging_in: LogIn, guard: LogInGuard, ada: Account, tokens: TokenIssuer
) -> None:
    given = logging_in().device_token
    assert tokens.device(given, user_id=ada.id, generation=0)
    stranger = Known("nobody", 0)
    for _ in range(LOG_IN_ACCOUNT.free + 1):
        guard.admit(username="Ada", known=stranger, address="198.51.100.1", device=None)
    assert attempts(LOG_IN_ACCOUNT.by("Ada")) > LOG_IN_ACCOUNT.free
    assert logging_in(device_token=given)


@pytest.mark.usefixtures("_plain_passwords")
def test_log_in_forgives_in_the_transaction_that_opens_its_session(
    logging_in: LogIn, fake: FakeDynamo
) -> None:
    """No log-in succeeds whose attempts are held against its owner all the same."""
    for _ in range(LOG_IN_ACCOUNT.free * 2):
        fake.operations.clear()
        logging_in()
        assert "TransactWriteItems" in fake.operations[-2:]
        assert not attempts(LOG_IN_ACCOUNT.by("Ada"))


@pytest.mark.usefixtures("_plain_passwords")
def test_log_in_succeeds_while_others_hold_its_counters(
    logging_in: LogIn, monkeypatch: pytest.MonkeyPatch, ada: Account
) -> None:
    """Guessers count on the same ones, and must not keep the owner out by that."""

    def transact(writes: Sequence[Any]) -> None:
        kinds = [write.item.kind for write in writes]
        if SESSION in kinds and COUNTER in kinds:
            held = (place for place, kind in enumerate(kinds) if kind is COUNTER)
            raise TransactionConflict(frozenset(held))
        operations.transact(writes)

    monkeypatch.setattr(unit, "transact", transact)
    logging_in()
    assert len(sessions_of(ada)) == 1
    assert acts(ada.id) == [Act.LOGGED_IN]
    assert attempts(LOG_IN_ACCOUNT.by("Ada")) == 1
