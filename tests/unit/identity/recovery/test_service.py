"""What is asked to be mailed for a forgotten password."""

import pytest

from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.audit.service import AuditTrail
from errand.identity.recovery.repository import DynamoMailedTokens
from errand.identity.recovery.requests import PasswordRecovery
from errand.identity.recovery.service import RecoveryService
from errand.identity.throttling.service import Throttle
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.mails import KeptOutbox
from errand_testkit.people import ADA, ORIGIN
from errand_testkit.stored import store_account


@pytest.fixture
def outbox() -> KeptOutbox:
    return KeptOutbox()


@pytest.fixture
def service(
    outbox: KeptOutbox,
    store: ContendedStore,
    trail: AuditTrail,
    throttle: Throttle,
    clock: ManualClock,
) -> RecoveryService:
    return RecoveryService(
        accounts=DynamoAccounts(),
        mailed=DynamoMailedTokens(),
        store=store,
        trail=trail,
        outbox=outbox,
        throttle=throttle,
        refuse_common_passwords=True,
        clock=clock,
    )


def test_an_address_is_queued_as_names_are_compared(
    service: RecoveryService, outbox: KeptOutbox
) -> None:
    service.request_password(email="ADA@Example.com", origin=ORIGIN)
    asked = PasswordRecovery(email="ada@example.com", request_id=ORIGIN.request_id)
    assert outbox.requests == [asked]


def test_an_address_that_nobody_has_costs_the_same(
    service: RecoveryService, outbox: KeptOutbox, fake: FakeDynamo
) -> None:
    store_account(ADA)
    costs = []
    for email in ("ada@example.com", "nobody@example.com"):
        fake.operations.clear()
        service.request_password(email=email, origin=ORIGIN)
        costs.append(fake.operations[:])
    assert costs == [["TransactWriteItems"]] * 2
    assert len(outbox.requests) == 2
