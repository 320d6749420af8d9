"""Who is asking with an access token: looked up once, remembered for 30 seconds."""

from collections.abc import Callable
from typing import Any

import pytest

from errand.accounts.authentication import CACHE_MS, CACHE_SIZE, Authenticator
from errand.accounts.model import Account
from errand.accounts.scopes import OF_EVERYBODY, Scope
from errand.accounts.tokens import LIFETIME_SECONDS, TokenIssuer
from errand.audit.model import Act, record_of
from errand.errors import InactiveUser, InvalidToken
from errand.ids import new_id
from errand.keys import KeyRing
from errand.sessions.model import IDLE_SECONDS, Session
from errand_testkit.fakes import InMemoryAccounts, ManualClock
from errand_testkit.people import ADA, BOB
from errand_testkit.personal_tokens import InMemoryTokens
from errand_testkit.sessions import ORIGIN, InMemorySessions, new_session

type LogIn = Callable[..., tuple[Session, str]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def tokens(ring: KeyRing, clock: ManualClock) -> TokenIssuer:
    return TokenIssuer(ring=ring, clock=clock)


@pytest.fixture
def accounts() -> InMemoryAccounts:
    accounts = InMemoryAccounts()
    for account in (ADA, BOB):
        accounts.add(account, receipt=None, answer="")
    return accounts


@pytest.fixture
def sessions(accounts: InMemoryAccounts) -> InMemorySessions:
    return InMemorySessions(accounts)


@pytest.fixture
def authenticator(
    accounts: InMemoryAccounts, sessions: InMemorySessions, tokens: TokenIssuer, clock: ManualClock
) -> Authenticator:
    return Authenticator(
        sessions=sessions,
        personal_tokens=InMemoryTokens(accounts),
        tokens=tokens,
        clock=clock,
    )


@pytest.fixture
def logged_in(sessions: InMemorySessions, tokens: TokenIssuer, clock: ManualClock) -> LogIn:
    """A session, and an access token of it."""

    def log_in(account: Account = ADA, **scopes: Any) -> tuple[Session, str]:
        session, _ = new_session(account, now=clock(), **scopes)
        record = record_of(
            Act.LOGGED_IN, user_id=account.id, actor=account.id, origin=ORIGIN, now=clock()
        )
        sessions.open(session, record=record)
        sessions.calls.clear()
        token = tokens.issue(user_id=account.id, session_id=session.id, scopes=session.scopes)
        return session, token

    return log_in


def test_token_leads_to_its_user_session_and_scopes(
    authenticator: Authenticator, logged_in: LogIn
) -> None:
    session, token = logged_in(scopes=frozenset({Scope.TASKS_READ}))
    caller = authenticator.authenticate(token)
    assert (caller.user_id, caller.session_id, caller.token_id) == (ADA.id, session.id, None)
    assert caller.scopes == {Scope.TASKS_READ}


def test_everything_is_looked_up_in_one_read(
    authenticator: Authenticator, logged_in: LogIn, sessions: InMemorySessions
) -> None:
    _, token = logged_in()
    authenticator.authenticate(token)
    assert sessions.calls == ["read"]


@pytest.mark.parametrize("token", ["", "token", "errand_pat_", "x" * 100_000], ids=len)
def test_what_is_no_token_leads_nowhere_without_a_read(
    authenticator: Authenticator, sessions: InMemorySessions, token: str
) -> None:
    with pytest.raises(InvalidToken):
        authenticator.authenticate(token)
    assert not sessions.calls


def test_token_without_a_session_leads_nowhere(
    authenticator: Authenticator, tokens: TokenIssuer, logged_in: LogIn
) -> None:
    session, _ = logged_in()
    for user_id, session_id in ((ADA.id, new_id()), (BOB.id, session.id), (new_id(), session.id)):
        token = tokens.issue(user_id=user_id, session_id=session_id, scopes=OF_EVERYBODY)
        with pytest.raises(InvalidToken):
            authenticator.authenticate(token)


def _end(session: Session, sessions: InMemorySessions) -> None:
    record = record_of(
        Act.LOGGED_OUT, user_id=ADA.id, actor=ADA.id, origin=ORIGIN, now=session.created_at
    )
    sessions.end(session, record=record)


def test_session_that_was_ended_stays_out(
    authenticator: Authenticator, logged_in: LogIn, sessions: InMemorySessions
) -> None:
    session, token = logged_in()
    _end(session, sessions)
    with pytest.raises(InvalidToken):
        authenticator.authenticate(token)


def test_sessions_ended_together_stay_out_but_for_the_one_kept(
    authenticator: Authenticator, logged_in: LogIn, accounts: InMemoryAccounts, clock: ManualClock
) -> None:
    (kept, my_token), (_, other_token) = logged_in(), logged_in()
    accounts.change(ADA, {"sessions_from": clock(), "kept_session": kept.id}, now=clock())
    assert authenticator.authenticate(my_token)
    with pytest.raises(InvalidToken):
        authenticator.authenticate(other_token)


def test_session_left_idle_stays_out(
    authenticator: Authenticator, logged_in: LogIn, tokens: TokenIssuer, clock: ManualClock
) -> None:
    session, _ = logged_in()
    clock.advance(seconds=IDLE_SECONDS)
    token = tokens.issue(user_id=ADA.id, session_id=session.id, scopes=OF_EVERYBODY)
    with pytest.raises(InvalidToken):
        authenticator.authenticate(token)


def test_disabled_account_stays_out(
    authenticator: Authenticator, logged_in: LogIn, accounts: InMemoryAccounts
) -> None:
    _, token = logged_in()
    accounts.change(ADA, {"disabled": True}, now=0)
    with pytest.raises(InactiveUser):
        authenticator.authenticate(token)


def test_deleted_account_stays_out(
    authenticator: Authenticator, logged_in: LogIn, accounts: InMemoryAccounts
) -> None:
    _, token = logged_in()
    accounts.remove(ADA)
    with pytest.raises(InvalidToken):
        authenticator.authenticate(token)


def test_admin_scope_is_gone_with_the_role(
    authenticator: Authenticator, logged_in: LogIn, accounts: InMemoryAccounts
) -> None:
    admin = accounts.change(ADA, {"admin": True}, now=0)
    _, token = logged_in(admin)
    assert authenticator.authenticate(token).scopes == frozenset(Scope)
    accounts.change(admin, {"admin": False}, now=0)
    assert authenticator.authenticate(token).scopes == OF_EVERYBODY


def test_role_gives_no_scope_to_a_token_without_it(
    authenticator: Authenticator, logged_in: LogIn, accounts: InMemoryAccounts
) -> None:
    _, token = logged_in()
    accounts.change(ADA, {"admin": True}, now=0)
    assert authenticator.authenticate(token).scopes == OF_EVERYBODY


def test_token_not_seen_or_refused_is_not_remembered(
    authenticator: Authenticator, logged_in: LogIn, sessions: InMemorySessions
) -> None:
    session, token = logged_in()
    assert authenticator.remembered(token) is None
    _end(session, sessions)
    with pytest.raises(InvalidToken):
        authenticator.authenticate(token)
    assert authenticator.remembered(token) is None


def test_seen_token_is_remembered_for_30_seconds(
    authenticator: Authenticator, logged_in: LogIn, sessions: InMemorySessions, clock: ManualClock
) -> None:
    assert CACHE_MS == 30_000
    session, token = logged_in()
    caller = authenticator.authenticate(token)
    _end(session, sessions)
    sessions.calls.clear()
    clock.now += CACHE_MS - 1
    assert authenticator.remembered(token) is caller
    clock.now += 1
    assert authenticator.remembered(token) is None
    assert not sessions.calls


@pytest.mark.parametrize("before_the_end", [1, 0, -9])
def test_token_is_not_remembered_past_its_end(
    authenticator: Authenticator, logged_in: LogIn, clock: ManualClock, before_the_end: int
) -> None:
    _, token = logged_in()
    clock.advance(seconds=LIFETIME_SECONDS - before_the_end)
    authenticator.authenticate(token)
    clock.advance(seconds=max(0, before_the_end))
    assert authenticator.remembered(token) is None


def test_all_tokens_of_a_user_can_be_forgotten(
    authenticator: Authenticator, logged_in: LogIn
) -> None:
    seen = [logged_in(account)[1] for account in (ADA, BOB, ADA)]
    callers = [authenticator.authenticate(token) for token in seen]
    authenticator.forget(ADA.id)
    assert [authenticator.remembered(token) for token in seen] == [None, callers[1], None]


def test_memory_is_bounded(
    authenticator: Authenticator, logged_in: LogIn, tokens: TokenIssuer
) -> None:
    session, _ = logged_in()
    seen = [
        tokens.issue(user_id=ADA.id, session_id=session.id, scopes=OF_EVERYBODY)
        for _ in range(CACHE_SIZE + 1)
    ]
    callers = [authenticator.authenticate(token) for token in seen]
    assert authenticator.remembered(seen[0]) is None
    assert authenticator.remembered(seen[1]) == callers[1]
