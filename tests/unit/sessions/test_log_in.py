"""Logging in: the session that it opens, and what becomes of the account."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from errand import opaque
from errand.accounts.model import Account
from errand.accounts.passwords import Verdict
from errand.accounts.scopes import OF_EVERYBODY
from errand.accounts.tokens import LIFETIME_SECONDS, TokenIssuer
from errand.audit.model import Act
from errand.errors import (
    InvalidScope,
    PreconditionFailed,
)
from errand.sessions import log_in
from errand.sessions.schemas import Token
from errand.throttling.model import LOG_IN_ACCOUNT
from errand.throttling.service import LogInGuard
from errand_testkit.fakes import InMemoryAccounts, ManualClock
from errand_testkit.sessions import ORIGIN, InMemorySessions
from errand_testkit.throttling import InMemoryCounters

type LogIn = Callable[..., Token]


@pytest.mark.parametrize("username", ["Ada", "ada", "ADA", "\uff21da"], ids=ascii)
def test_log_in_opens_a_session(
    logging_in: LogIn,
    sessions: InMemorySessions,
    tokens: TokenIssuer,
    ada: Account,
    clock: ManualClock,
    username: str,
) -> None:
    token = logging_in(username=username)
    ((owner, session_id),) = sessions.stored
    access = tokens.verify(token.access_token)
    assert (access.user_id, access.session_id) == (owner, session_id)
    assert owner == ada.id
    session = sessions.stored[owner, session_id]
    assert session.digest == opaque.parse(token.refresh_token, ids=2).digest
    assert session.created_at == session.last_used_at == clock()
    assert access.scopes == session.scopes == OF_EVERYBODY
    assert (token.token_type, token.expires_in) == ("bearer", LIFETIME_SECONDS)
    assert token.scope == "account:read account:write tasks:read tasks:write"


@pytest.mark.usefixtures("_plain_passwords")
def test_no_two_sessions_share_a_seed(logging_in: LogIn, sessions: InMemorySessions) -> None:
    for _ in range(3):
        logging_in()
    seeds = {session.seed for session in sessions.stored.values()}
    assert len(seeds) == 3
    assert {len(seed) for seed in seeds} == {32}


@pytest.mark.usefixtures("_plain_passwords")
def test_log_in_is_put_on_record(
    logging_in: LogIn, accounts: InMemoryAccounts, sessions: InMemorySessions, ada: Account
) -> None:
    logging_in()
    (record,) = accounts.audit.records
    ((_, session_id),) = sessions.stored
    assert (record.act, record.actor, record.about) == (Act.LOGGED_IN, ada.id, session_id)
    assert (record.user_id, record.origin) == (ada.id, ORIGIN)


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
    logging_in: LogIn,
    sessions: InMemorySessions,
    name: str | None,
    agent: str,
    shown: str,
) -> None:
    logging_in(device=name, origin=replace(ORIGIN, agent=agent))
    (session,) = sessions.stored.values()
    assert (session.device, session.address) == (shown, ORIGIN.address)


@pytest.mark.usefixtures("_plain_passwords")
def test_scopes_may_be_fewer(
    logging_in: LogIn, tokens: TokenIssuer, sessions: InMemorySessions
) -> None:
    token = logging_in(scope="tasks:read account:read")
    (session,) = sessions.stored.values()
    assert token.scope == "account:read tasks:read"
    assert tokens.verify(token.access_token).scopes == session.scopes


@pytest.mark.parametrize(("admin", "scope"), [(False, "admin"), (True, "root"), (False, "tasks")])
@pytest.mark.usefixtures("_plain_passwords")
def test_other_scopes_are_refused(
    logging_in: LogIn, accounts: InMemoryAccounts, ada: Account, scope: str, *, admin: bool
) -> None:
    accounts.change(ada, {"admin": admin}, now=0)
    with pytest.raises(InvalidScope):
        logging_in(scope=scope)


@pytest.mark.usefixtures("_plain_passwords")
def test_administrators_get_their_scope(
    logging_in: LogIn, accounts: InMemoryAccounts, ada: Account
) -> None:
    accounts.change(ada, {"admin": True}, now=0)
    assert "admin" in logging_in().scope.split()


def test_right_password_is_hashed_anew_where_its_hash_is_outdated(
    logging_in: LogIn,
    accounts: InMemoryAccounts,
    ada: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    better = Verdict(is_right=True, new_hash="$better$")
    monkeypatch.setattr(log_in, "check_password", lambda *_: better)
    logging_in()
    changed = accounts.read(ada.id)
    assert changed
    assert changed.password_hash == "$better$"
    assert (changed.sessions_from, accounts.audit.acts) == (None, [Act.LOGGED_IN])


def test_account_that_changes_meanwhile_keeps_its_own_hash(
    logging_in: LogIn, accounts: InMemoryAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(*_: Any, **__: Any) -> None:
        raise PreconditionFailed

    better = Verdict(is_right=True, new_hash="$better$")
    monkeypatch.setattr(log_in, "check_password", lambda *_: better)
    monkeypatch.setattr(accounts, "change", change)
    assert logging_in().refresh_token


@pytest.mark.parametrize("changes", [{"password_hash": "$new$"}, {"disabled": True}], ids=str)
def test_log_in_overtaken_by_a_change_of_password_opens_nothing_that_lasts(
    logging_in: LogIn,
    accounts: InMemoryAccounts,
    sessions: InMemorySessions,
    ada: Account,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
) -> None:
    def check(*_: Any) -> Verdict:
        clock.advance(seconds=0.02)
        accounts.change(ada, changes | {"sessions_from": clock()}, now=clock())
        clock.advance(seconds=0.02)
        return Verdict(is_right=True)

    monkeypatch.setattr(log_in, "check_password", check)
    logging_in()
    (session,) = sessions.stored.values()
    changed = accounts.read(ada.id)
    assert changed
    assert session.has_ended(changed, now=clock())


@pytest.mark.usefixtures("_plain_passwords")
def test_success_forgives_the_guesses(logging_in: LogIn, counters: InMemoryCounters) -> None:
    logging_in()
    assert LOG_IN_ACCOUNT.by("Ada") not in counters.stored


@pytest.mark.usefixtures("_plain_passwords")
def test_device_token_lets_the_owner_in_while_others_guess(
    logging_in: LogIn, counters: InMemoryCounters, tokens: TokenIssuer
) -> None:
    given = logging_in().device_token
    assert tokens.device(given, username="ada")
    counters.known.clear()
    guess = LOG_IN_ACCOUNT.by("Ada")
    for _ in range(LOG_IN_ACCOUNT.free + 1):
        LogInGuard(counters=counters, clock=ManualClock()).admit(
            username="Ada", address="198.51.100.1", device=None
        )
    assert counters.stored[guess].attempts > LOG_IN_ACCOUNT.free
    assert logging_in(device_token=given)
