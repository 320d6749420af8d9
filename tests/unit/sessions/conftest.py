"""Ada, her sessions and what issues their tokens, all in memory."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from errand.accounts.model import Account
from errand.accounts.passwords import Verdict
from errand.accounts.tokens import TokenIssuer
from errand.errors import InvalidOtp
from errand.keys import KeyRing
from errand.origin import Origin
from errand.sessions import log_in
from errand.sessions.log_in import Credentials, LogInService
from errand.sessions.schemas import Token
from errand.sessions.service import SessionService
from errand.throttling.service import LogInGuard
from errand_testkit.fakes import InMemoryAccounts, ManualClock
from errand_testkit.people import PASSWORD, ada_with_password
from errand_testkit.sessions import ORIGIN, InMemorySessions
from errand_testkit.throttling import InMemoryCounters


@pytest.fixture
def clock() -> ManualClock:
    """An hour after Ada registered."""
    clock = ManualClock()
    clock.advance(seconds=3600)
    return clock


@pytest.fixture
def ada() -> Account:
    return ada_with_password()


@pytest.fixture
def accounts(ada: Account) -> InMemoryAccounts:
    accounts = InMemoryAccounts()
    accounts.add(ada, receipt=None, answer="")
    accounts.calls.clear()
    return accounts


@pytest.fixture
def sessions(accounts: InMemoryAccounts) -> InMemorySessions:
    return InMemorySessions(accounts)


@pytest.fixture
def tokens(ring: KeyRing, clock: ManualClock) -> TokenIssuer:
    return TokenIssuer(ring=ring, clock=clock)


@pytest.fixture
def service(
    accounts: InMemoryAccounts, sessions: InMemorySessions, tokens: TokenIssuer, clock: ManualClock
) -> SessionService:
    return SessionService(accounts=accounts, sessions=sessions, tokens=tokens, clock=clock)


@pytest.fixture
def counters() -> InMemoryCounters:
    return InMemoryCounters()


class OneCode:
    """In place of MfaService: one code is right."""

    def check(self, *, otp: str, **_: Any) -> None:
        if otp != "123456":
            raise InvalidOtp


@pytest.fixture
def logging_in(
    accounts: InMemoryAccounts,
    sessions: InMemorySessions,
    counters: InMemoryCounters,
    tokens: TokenIssuer,
    clock: ManualClock,
) -> Callable[..., Token]:
    """As Ada with the right password, but for what is said to be otherwise."""
    mfa: Any = OneCode
    service = LogInService(
        accounts=accounts,
        sessions=sessions,
        audit=accounts.audit,
        guard=LogInGuard(counters=counters, clock=clock),
        mfa=mfa,
        tokens=tokens,
        clock=clock,
    )

    def call(*, origin: Origin = ORIGIN, **changes: Any) -> Token:
        given = Credentials(username="Ada", password=PASSWORD)
        return service.log_in(replace(given, **changes), origin=origin)

    return call


@pytest.fixture
def _plain_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compared as they are: for tests that are not about what a password costs."""
    monkeypatch.setattr(log_in, "check_password", lambda given, _: Verdict(given == PASSWORD))
