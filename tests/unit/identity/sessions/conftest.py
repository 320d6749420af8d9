"""Ada, her sessions and what issues their tokens."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from errand.errors import InvalidOtp
from errand.identity.access_tokens import TokenIssuer
from errand.identity.accounts.model import Account
from errand.identity.accounts.passwords import Verdict
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.audit.service import AuditTrail
from errand.identity.sessions import log_in
from errand.identity.sessions.log_in import Credentials, LogInService
from errand.identity.sessions.repository import DynamoSessions
from errand.identity.sessions.schemas import Token
from errand.identity.sessions.service import SessionService
from errand.identity.throttling.repository import DynamoCounters
from errand.identity.throttling.service import LogInGuard, Throttle
from errand.keys import KeyRing
from errand.origin import Origin
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ORIGIN, PASSWORD, ada_with_password
from errand_testkit.stored import store_account


@pytest.fixture
def clock() -> ManualClock:
    """An hour after Ada registered."""
    clock = ManualClock()
    clock.advance(seconds=3600)
    return clock


@pytest.fixture
def ada(fake: FakeDynamo) -> Account:
    account = store_account(ada_with_password())
    fake.operations.clear()
    return account


@pytest.fixture
def tokens(ring: KeyRing, clock: ManualClock) -> TokenIssuer:
    return TokenIssuer(ring=ring, clock=clock)


@pytest.fixture
def service(
    store: ContendedStore, trail: AuditTrail, tokens: TokenIssuer, clock: ManualClock
) -> SessionService:
    return SessionService(
        accounts=DynamoAccounts(),
        sessions=DynamoSessions(),
        store=store,
        trail=trail,
        tokens=tokens,
        clock=clock,
    )


class OneCode:
    """In place of MfaService: one code is right."""

    def check(self, *, otp: str, **_: Any) -> None:
        if otp != "123456":
            raise InvalidOtp


@pytest.fixture
def guard(throttle: Throttle, clock: ManualClock) -> LogInGuard:
    return LogInGuard(counters=DynamoCounters(), throttle=throttle, clock=clock)


@pytest.fixture
def logging_in(
    ada: Account,
    store: ContendedStore,
    trail: AuditTrail,
    guard: LogInGuard,
    tokens: TokenIssuer,
    clock: ManualClock,
) -> Callable[..., Token]:
    """As Ada with the right password, but for what is said to be otherwise."""
    mfa: Any = OneCode
    service = LogInService(
        accounts=DynamoAccounts(),
        sessions=DynamoSessions(),
        store=store,
        trail=trail,
        guard=guard,
        mfa=mfa,
        tokens=tokens,
        clock=clock,
    )

    def call(*, origin: Origin = ORIGIN, **changes: Any) -> Token:
        given = Credentials(username=ada.username, password=PASSWORD)
        return service.log_in(replace(given, **changes), origin=origin)

    return call


@pytest.fixture
def _plain_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compared as they are: for tests that are not about what a password costs."""
    monkeypatch.setattr(log_in, "check_password", lambda given, _: Verdict(given == PASSWORD))
