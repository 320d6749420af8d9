"""Who is asking with a personal access token."""

from dataclasses import replace

import pytest

from errand.accounts.authentication import CACHE_MS, Authenticator
from errand.accounts.scopes import Scope
from errand.accounts.tokens import TokenIssuer
from errand.audit.model import Act, record_of
from errand.errors import InactiveUser, InvalidToken
from errand.ids import new_id
from errand.keys import KeyRing
from errand.personal_tokens.model import PersonalToken, digest_of, make
from errand_testkit.fakes import InMemoryAccounts, ManualClock
from errand_testkit.people import ADA, NOW
from errand_testkit.personal_tokens import InMemoryTokens
from errand_testkit.sessions import ORIGIN, InMemorySessions

HOUR = 60 * 60
ID = new_id()
TEXT = make(user_id=ADA.id, token_id=ID)
TOKEN = PersonalToken(
    id=ID,
    user_id=ADA.id,
    name="Backup",
    scopes=frozenset({Scope.TASKS_READ}),
    digest=digest_of(TEXT),
    created_at=NOW,
    expires_at=None,
)
RECORD = record_of(Act.TOKEN_CREATED, user_id=ADA.id, actor=ADA.id, origin=ORIGIN, now=NOW)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def accounts() -> InMemoryAccounts:
    accounts = InMemoryAccounts()
    accounts.add(ADA, receipt=None, answer="")
    return accounts


@pytest.fixture
def stored(accounts: InMemoryAccounts) -> InMemoryTokens:
    stored = InMemoryTokens(accounts)
    stored.add(TOKEN, record=RECORD)
    stored.calls.clear()
    return stored


@pytest.fixture
def authenticator(
    accounts: InMemoryAccounts, stored: InMemoryTokens, ring: KeyRing, clock: ManualClock
) -> Authenticator:
    return Authenticator(
        sessions=InMemorySessions(accounts),
        personal_tokens=stored,
        tokens=TokenIssuer(ring=ring, clock=clock),
        clock=clock,
    )


def test_token_leads_to_its_user_and_scopes(authenticator: Authenticator) -> None:
    caller = authenticator.authenticate(TEXT)
    assert (caller.user_id, caller.session_id, caller.token_id) == (ADA.id, None, TOKEN.id)
    assert caller.scopes == TOKEN.scopes


def test_day_of_use_is_noted_once_a_day(
    authenticator: Authenticator, stored: InMemoryTokens, clock: ManualClock
) -> None:
    days = []
    for _ in range(6):
        authenticator.authenticate(TEXT)
        days.append(stored.stored[ADA.id, ID].last_used_on)
        clock.advance(seconds=8 * HOUR)
    # From 08:30 on, in UTC.
    assert days == ["2026-11-22"] * 2 + ["2026-11-23"] * 3 + ["2026-11-24"]
    assert stored.calls.count("used") == 3
    assert stored.calls.count("read") == 6


def test_seen_token_is_remembered_for_30_seconds(
    authenticator: Authenticator, stored: InMemoryTokens, clock: ManualClock
) -> None:
    caller = authenticator.authenticate(TEXT)
    stored.remove(user_id=ADA.id, token_id=ID, record=RECORD)
    clock.now += CACHE_MS - 1
    assert authenticator.remembered(TEXT) is caller
    clock.now += 1
    assert authenticator.remembered(TEXT) is None
    with pytest.raises(InvalidToken):
        authenticator.authenticate(TEXT)


def test_token_can_be_forgotten(authenticator: Authenticator) -> None:
    authenticator.authenticate(TEXT)
    authenticator.forget(ADA.id)
    assert authenticator.remembered(TEXT) is None


def test_token_expires(
    authenticator: Authenticator, stored: InMemoryTokens, clock: ManualClock
) -> None:
    stored.add(replace(TOKEN, expires_at=NOW + 1000), record=RECORD)
    assert authenticator.authenticate(TEXT)
    clock.advance(seconds=1)
    assert authenticator.remembered(TEXT) is None
    with pytest.raises(InvalidToken):
        authenticator.authenticate(TEXT)


def test_only_the_whole_token_opens_anything(
    authenticator: Authenticator, stored: InMemoryTokens
) -> None:
    others_secret = make(user_id=ADA.id, token_id=ID)
    for text in (others_secret, make(user_id=ADA.id, token_id=new_id()), TEXT[:-1]):
        with pytest.raises(InvalidToken):
            authenticator.authenticate(text)
    assert "used" not in stored.calls


def test_typing_error_is_told_without_a_read(
    authenticator: Authenticator, stored: InMemoryTokens
) -> None:
    with pytest.raises(InvalidToken):
        authenticator.authenticate(TEXT[:-1] + ("0" if TEXT[-1] != "0" else "8"))
    assert not stored.calls


def test_disabled_account_stays_out(
    authenticator: Authenticator, accounts: InMemoryAccounts, stored: InMemoryTokens
) -> None:
    accounts.change(ADA, {"disabled": True}, now=0)
    with pytest.raises(InactiveUser):
        authenticator.authenticate(TEXT)
    assert "used" not in stored.calls


def test_deleted_account_stays_out(
    authenticator: Authenticator, accounts: InMemoryAccounts
) -> None:
    accounts.remove(ADA)
    with pytest.raises(InvalidToken):
        authenticator.authenticate(TEXT)


def test_token_goes_on_when_sessions_end(
    authenticator: Authenticator, accounts: InMemoryAccounts, clock: ManualClock
) -> None:
    accounts.change(ADA, {"sessions_from": clock(), "kept_session": None}, now=clock())
    assert authenticator.authenticate(TEXT)
