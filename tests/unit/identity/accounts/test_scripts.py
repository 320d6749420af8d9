"""Who is asking with a personal access token."""

from dataclasses import replace

import pytest

from errand.errors import InactiveUser, InvalidToken
from errand.identity.access_tokens import TokenIssuer
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.authentication import CACHE_MS, Authenticator
from errand.identity.personal_tokens.model import PersonalToken, digest_of, make
from errand.identity.personal_tokens.repository import DynamoTokens
from errand.identity.scopes import Scope
from errand.identity.sessions.repository import DynamoSessions
from errand.ids import new_id
from errand.keys import KeyRing
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA, NOW
from errand_testkit.stored import change_account, commit, personal_tokens_of, store_account

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
)


@pytest.fixture(autouse=True)
def _stored(fake: FakeDynamo) -> None:
    """Ada, and a token of hers."""
    store_account(ADA)
    commit(lambda unit: DynamoTokens().add(unit, TOKEN))
    fake.operations.clear()


def _revoke() -> None:
    commit(lambda unit: DynamoTokens().remove(unit, user_id=ADA.id, token_id=ID))


@pytest.fixture
def authenticator(store: ContendedStore, ring: KeyRing, clock: ManualClock) -> Authenticator:
    return Authenticator(
        sessions=DynamoSessions(),
        personal_tokens=DynamoTokens(),
        store=store,
        tokens=TokenIssuer(ring=ring, clock=clock),
        clock=clock,
    )


def test_token_leads_to_its_user_and_scopes(authenticator: Authenticator) -> None:
    caller = authenticator.authenticate(TEXT)
    assert (caller.user_id, caller.session_id, caller.token_id) == (ADA.id, None, TOKEN.id)
    assert caller.scopes == TOKEN.scopes


def test_day_of_use_is_noted_once_a_day(
    authenticator: Authenticator, fake: FakeDynamo, clock: ManualClock
) -> None:
    days = []
    for _ in range(6):
        authenticator.authenticate(TEXT)
        (token,) = personal_tokens_of(ADA)
        days.append(str(token.last_used_on))
        clock.advance(seconds=8 * HOUR)
    # From 08:30 on, in UTC.
    assert days == ["2026-11-22"] * 2 + ["2026-11-23"] * 3 + ["2026-11-24"]
    assert fake.operations.count("UpdateItem") == 3
    assert fake.operations.count("BatchGetItem") == 6


def test_seen_token_is_remembered_for_30_seconds(
    authenticator: Authenticator, clock: ManualClock
) -> None:
    caller = authenticator.authenticate(TEXT)
    _revoke()
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


def test_token_expires(authenticator: Authenticator, clock: ManualClock) -> None:
    _revoke()
    commit(lambda unit: DynamoTokens().add(unit, replace(TOKEN, expires_at=NOW + 1000)))
    assert authenticator.authenticate(TEXT)
    clock.advance(seconds=1)
    assert authenticator.remembered(TEXT) is None
    with pytest.raises(InvalidToken):
        authenticator.authenticate(TEXT)


def test_only_the_whole_token_opens_anything(
    authenticator: Authenticator, fake: FakeDynamo
) -> None:
    others_secret = make(user_id=ADA.id, token_id=ID)
    for text in (others_secret, make(user_id=ADA.id, token_id=new_id()), TEXT[:-1]):
        with pytest.raises(InvalidToken):
            authenticator.authenticate(text)
    assert "UpdateItem" not in fake.operations


def test_typing_error_is_told_without_a_read(
    authenticator: Authenticator, fake: FakeDynamo
) -> None:
    with pytest.raises(InvalidToken):
        authenticator.authenticate(TEXT[:-1] + ("0" if TEXT[-1] != "0" else "8"))
    assert not fake.operations


def test_disabled_account_stays_out(authenticator: Authenticator) -> None:
    change_account(ADA, now=0, disabled=True)
    with pytest.raises(InactiveUser):
        authenticator.authenticate(TEXT)
    (token,) = personal_tokens_of(ADA)
    assert token.last_used_on is None


def test_deleted_account_stays_out(authenticator: Authenticator) -> None:
    commit(lambda unit: DynamoAccounts().remove(unit, ADA))
    with pytest.raises(InvalidToken):
        authenticator.authenticate(TEXT)


def test_token_goes_on_when_sessions_end(authenticator: Authenticator, clock: ManualClock) -> None:
    change_account(ADA, now=clock(), sessions_from=clock(), kept_session=None)
    assert authenticator.authenticate(TEXT)
