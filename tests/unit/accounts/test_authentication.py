"""Who is asking: looked up once, remembered for 30 seconds."""

from dataclasses import replace

import pytest

from errand.accounts.authentication import CACHE_MS, CACHE_SIZE, Authenticator
from errand.accounts.model import Account
from errand.accounts.tokens import LIFETIME_SECONDS, TokenIssuer
from errand.errors import InactiveUser, InvalidToken
from errand.ids import new_id
from errand.keys import KeyRing
from errand_testkit.fakes import InMemoryAccounts, ManualClock

ADA = Account(id=new_id(), username="ada", password_hash="-", created_at=0, updated_at=0)


class EventualAccounts(InMemoryAccounts):
    """Reads that need not be consistent do not see what was written yet."""

    def read(self, user_id: str, *, consistent: bool = True) -> Account | None:
        return super().read(user_id) if consistent else None


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def tokens(ring: KeyRing, clock: ManualClock) -> TokenIssuer:
    return TokenIssuer(ring=ring, clock=clock)


@pytest.fixture
def accounts() -> InMemoryAccounts:
    accounts = InMemoryAccounts()
    accounts.add(ADA, receipt=None, answer="")
    return accounts


@pytest.fixture
def authenticator(
    accounts: InMemoryAccounts, tokens: TokenIssuer, clock: ManualClock
) -> Authenticator:
    return Authenticator(accounts=accounts, tokens=tokens, clock=clock)


def test_token_leads_to_its_user(authenticator: Authenticator, tokens: TokenIssuer) -> None:
    assert authenticator.authenticate(tokens.issue(ADA.id)) == ADA.id


def test_invalid_token_leads_nowhere(authenticator: Authenticator) -> None:
    with pytest.raises(InvalidToken):
        authenticator.authenticate("token")


def test_token_of_no_account_leads_nowhere(
    authenticator: Authenticator, tokens: TokenIssuer
) -> None:
    with pytest.raises(InvalidToken):
        authenticator.authenticate(tokens.issue(new_id()))


def test_disabled_account_stays_out(
    authenticator: Authenticator, accounts: InMemoryAccounts, tokens: TokenIssuer
) -> None:
    accounts.change(ADA, {"disabled": True}, now=0)
    with pytest.raises(InactiveUser):
        authenticator.authenticate(tokens.issue(ADA.id))


def test_account_made_just_now_is_found(tokens: TokenIssuer, clock: ManualClock) -> None:
    accounts = EventualAccounts()
    accounts.add(ADA, receipt=None, answer="")
    authenticator = Authenticator(accounts=accounts, tokens=tokens, clock=clock)
    assert authenticator.authenticate(tokens.issue(ADA.id)) == ADA.id


def test_unseen_token_is_not_remembered(authenticator: Authenticator, tokens: TokenIssuer) -> None:
    assert authenticator.remembered(tokens.issue(ADA.id)) is None


def test_refused_token_is_not_remembered(authenticator: Authenticator, tokens: TokenIssuer) -> None:
    token = tokens.issue(new_id())
    with pytest.raises(InvalidToken):
        authenticator.authenticate(token)
    assert authenticator.remembered(token) is None


def test_seen_token_is_remembered_for_30_seconds(
    authenticator: Authenticator, tokens: TokenIssuer, clock: ManualClock
) -> None:
    token = tokens.issue(ADA.id)
    authenticator.authenticate(token)
    clock.now += CACHE_MS - 1
    assert authenticator.remembered(token) == ADA.id
    clock.now += 1
    assert authenticator.remembered(token) is None


def test_token_is_not_remembered_past_its_end(
    authenticator: Authenticator, tokens: TokenIssuer, clock: ManualClock
) -> None:
    token = tokens.issue(ADA.id)
    clock.advance(seconds=LIFETIME_SECONDS - 1)
    authenticator.authenticate(token)
    clock.advance(seconds=1)
    assert authenticator.remembered(token) is None


def test_all_tokens_of_a_user_can_be_forgotten(
    authenticator: Authenticator, accounts: InMemoryAccounts, tokens: TokenIssuer
) -> None:
    bob = replace(ADA, id=new_id(), username="bob")
    accounts.add(bob, receipt=None, answer="")
    seen = [tokens.issue(user) for user in (ADA.id, bob.id, ADA.id)]
    for token in seen:
        authenticator.authenticate(token)
    authenticator.forget(ADA.id)
    assert [authenticator.remembered(token) for token in seen] == [None, bob.id, None]


def test_memory_is_bounded(authenticator: Authenticator, tokens: TokenIssuer) -> None:
    seen = [tokens.issue(ADA.id) for _ in range(CACHE_SIZE + 1)]
    for token in seen:
        authenticator.authenticate(token)
    assert [authenticator.remembered(token) for token in seen[:2]] == [None, ADA.id]
