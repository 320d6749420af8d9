"""Who is asking with an access token: looked up once, remembered for 30 seconds."""

from collections.abc import Callable
from typing import Any

import pytest

from errand.errors import InactiveUser, InvalidToken
from errand.identity.access_tokens import LIFETIME_SECONDS, TokenIssuer
from errand.identity.accounts.model import Account
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.authentication import CACHE_MS, CACHE_SIZE, Authenticator
from errand.identity.personal_tokens.repository import DynamoTokens
from errand.identity.scopes import OF_EVERYBODY, Scope
from errand.identity.sessions.model import IDLE_SECONDS, Session
from errand.identity.sessions.repository import DynamoSessions
from errand.ids import new_id
from errand.keys import KeyRing
from errand.storage.unit import DynamoStore, Unit
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA, BOB
from errand_testkit.stored import (
    change_account,
    commit,
    new_session,
    store_account,
    store_personal_token,
    store_session,
)

type LogIn = Callable[..., tuple[Session, str]]


@pytest.fixture
def tokens(ring: KeyRing, clock: ManualClock) -> TokenIssuer:
    return TokenIssuer(ring=ring, clock=clock)


@pytest.fixture(autouse=True)
def _people(fake: FakeDynamo) -> None:
    for account in (ADA, BOB):
        store_account(account)
    fake.operations.clear()


@pytest.fixture
def authenticator(store: ContendedStore, tokens: TokenIssuer, clock: ManualClock) -> Authenticator:
    return Authenticator(
        sessions=DynamoSessions(),
        personal_tokens=DynamoTokens(),
        store=store,
        tokens=tokens,
        clock=clock,
    )


@pytest.fixture
def logged_in(fake: FakeDynamo, tokens: TokenIssuer, clock: ManualClock) -> LogIn:
    """A session, and an access token of it."""

    def log_in(account: Account = ADA, **scopes: Any) -> tuple[Session, str]:
        session = store_session(new_session(account, now=clock(), **scopes)[0])
        fake.operations.clear()
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
    authenticator: Authenticator, logged_in: LogIn, fake: FakeDynamo
) -> None:
    _, token = logged_in()
    authenticator.authenticate(token)
    assert fake.operations == ["BatchGetItem"]


@pytest.mark.parametrize("is_script", [False, True])
def test_account_that_is_nearly_full_is_told_with_whoever_asks(
    authenticator: Authenticator, logged_in: LogIn, clock: ManualClock, *, is_script: bool
) -> None:
    token = store_personal_token(ADA, now=clock())[1] if is_script else logged_in()[1]
    assert not authenticator.authenticate(token).is_nearly_full
    change_account(ADA, now=clock(), nearly_full=7)
    authenticator.forget(ADA.id)
    assert authenticator.authenticate(token).is_nearly_full


@pytest.mark.parametrize("token", ["", "token", "errand_pat_", "x" * 100_000], ids=len)
def test_what_is_no_token_leads_nowhere_without_a_read(
    authenticator: Authenticator, fake: FakeDynamo, token: str
) -> None:
    with pytest.raises(InvalidToken):
        authenticator.authenticate(token)
    assert not fake.operations


def test_token_without_a_session_leads_nowhere(
    authenticator: Authenticator, tokens: TokenIssuer, logged_in: LogIn
) -> None:
    session, _ = logged_in()
    for user_id, session_id in ((ADA.id, new_id()), (BOB.id, session.id), (new_id(), session.id)):
        token = tokens.issue(user_id=user_id, session_id=session_id, scopes=OF_EVERYBODY)
        with pytest.raises(InvalidToken):
            authenticator.authenticate(token)


def _end(session: Session) -> None:
    commit(lambda unit: DynamoSessions().end(unit, session))


def test_session_that_was_ended_stays_out(authenticator: Authenticator, logged_in: LogIn) -> None:
    session, token = logged_in()
    _end(session)
    with pytest.raises(InvalidToken):
        authenticator.authenticate(token)


def test_sessions_ended_together_stay_out_but_for_the_one_kept(
    authenticator: Authenticator, logged_in: LogIn, clock: ManualClock
) -> None:
    (kept, my_token), (_, other_token) = logged_in(), logged_in()
    change_account(ADA, now=clock(), sessions_from=clock(), kept_session=kept.id)
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


def test_disabled_account_stays_out(authenticator: Authenticator, logged_in: LogIn) -> None:
    _, token = logged_in()
    change_account(ADA, now=0, disabled=True)
    with pytest.raises(InactiveUser):
        authenticator.authenticate(token)


def test_deleted_account_stays_out(authenticator: Authenticator, logged_in: LogIn) -> None:
    _, token = logged_in()
    commit(lambda unit: DynamoAccounts().remove(unit, ADA))
    with pytest.raises(InvalidToken):
        authenticator.authenticate(token)


def test_admin_scope_is_gone_with_the_role(authenticator: Authenticator, logged_in: LogIn) -> None:
    admin = change_account(ADA, now=0, admin=True)
    _, token = logged_in(admin)
    assert authenticator.authenticate(token).scopes == frozenset(Scope)
    change_account(admin, now=0, admin=False)
    assert authenticator.authenticate(token).scopes == OF_EVERYBODY


def test_role_gives_no_scope_to_a_token_without_it(
    authenticator: Authenticator, logged_in: LogIn
) -> None:
    _, token = logged_in()
    change_account(ADA, now=0, admin=True)
    assert authenticator.authenticate(token).scopes == OF_EVERYBODY


def test_token_not_seen_or_refused_is_not_remembered(
    authenticator: Authenticator, logged_in: LogIn
) -> None:
    session, token = logged_in()
    assert authenticator.remembered(token) is None
    _end(session)
    with pytest.raises(InvalidToken):
        authenticator.authenticate(token)
    assert authenticator.remembered(token) is None


def test_seen_token_is_remembered_for_30_seconds(
    authenticator: Authenticator, logged_in: LogIn, fake: FakeDynamo, clock: ManualClock
) -> None:
    assert CACHE_MS == 30_000
    session, token = logged_in()
    caller = authenticator.authenticate(token)
    _end(session)
    fake.operations.clear()
    clock.now += CACHE_MS - 1
    assert authenticator.remembered(token) is caller
    clock.now += 1
    assert authenticator.remembered(token) is None
    assert not fake.operations


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


def test_change_of_what_authorizes_is_noticed_by_whoever_made_it(
    authenticator: Authenticator, logged_in: LogIn
) -> None:
    mine, others = (logged_in(account)[1] for account in (ADA, BOB))
    caller = authenticator.authenticate(others)
    authenticator.authenticate(mine)
    unit = Unit()
    DynamoAccounts().change(unit, ADA, {"disabled": True}, now=0)
    DynamoStore(authenticator.forget).commit(unit)
    assert authenticator.remembered(mine) is None
    assert authenticator.remembered(others) is caller


@pytest.mark.deep
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


class _Overlapped(DynamoSessions):
    """A look-up during which something happens, after everything has been read."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self._meanwhile = meanwhile

    def read(self, *, user_id: str, session_id: str) -> Any:
        found = super().read(user_id=user_id, session_id=session_id)
        self._meanwhile()
        return found


def _overlapped(
    store: ContendedStore, tokens: TokenIssuer, clock: ManualClock, meanwhile: list[Any]
) -> Authenticator:
    return Authenticator(
        sessions=_Overlapped(lambda: meanwhile.pop()() if meanwhile else None),
        personal_tokens=DynamoTokens(),
        store=store,
        tokens=tokens,
        clock=clock,
    )


def test_what_was_read_before_it_was_to_be_forgotten_is_not_remembered(
    store: ContendedStore, tokens: TokenIssuer, clock: ManualClock, logged_in: LogIn
) -> None:
    _, token = logged_in()
    meanwhile: list[Any] = []
    authenticator = _overlapped(store, tokens, clock, meanwhile)

    def delete() -> None:
        unit = Unit()
        DynamoAccounts().remove(unit, ADA)
        DynamoStore(authenticator.forget).commit(unit)

    meanwhile.append(delete)
    assert authenticator.authenticate(token)
    assert authenticator.remembered(token) is None
    with pytest.raises(InvalidToken):
        authenticator.authenticate(token)


def test_slow_look_up_is_remembered_for_30_seconds_from_its_beginning(
    store: ContendedStore, tokens: TokenIssuer, clock: ManualClock, logged_in: LogIn
) -> None:
    _, token = logged_in()
    authenticator = _overlapped(store, tokens, clock, [lambda: clock.advance(seconds=12)])
    authenticator.authenticate(token)
    clock.now += CACHE_MS - 12_001
    assert authenticator.remembered(token)
    clock.now += 1
    assert authenticator.remembered(token) is None


def test_personal_token_that_ended_with_all_others_stays_out(
    authenticator: Authenticator, clock: ManualClock
) -> None:
    older, text = store_personal_token(ADA, now=clock())
    assert authenticator.authenticate(text).token_id == older.id
    ended = change_account(ADA, now=clock(), tokens_from=clock())
    with pytest.raises(InvalidToken):
        authenticator.authenticate(text)
    assert authenticator.authenticate(store_personal_token(ended, now=clock() + 1)[1])
