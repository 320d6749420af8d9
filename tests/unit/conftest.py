"""What most services are made of, on a DynamoDB in memory."""

import pytest

from errand.identity.audit.repository import DynamoAuditLog
from errand.identity.audit.service import AuditTrail
from errand.identity.throttling.repository import DynamoCounters
from errand.identity.throttling.service import Throttle
from errand.keys import KeyRing
from errand.pages import Pager
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock


@pytest.fixture
def fake() -> FakeDynamo:
    """Both tables, empty, with the models connected to them."""
    fake = FakeDynamo()
    fake.connected()
    return fake


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(fake: FakeDynamo) -> ContendedStore:  # noqa: ARG001 - it is on it
    return ContendedStore()


@pytest.fixture
def trail(store: ContendedStore, clock: ManualClock) -> AuditTrail:
    return AuditTrail(audit=DynamoAuditLog(), store=store, clock=clock)


@pytest.fixture
def throttle(store: ContendedStore, clock: ManualClock) -> Throttle:
    return Throttle(counters=DynamoCounters(), store=store, clock=clock)


@pytest.fixture
def pager(ring: KeyRing) -> Pager:
    return Pager(ring)
