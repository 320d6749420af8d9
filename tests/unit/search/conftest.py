"""A fake of DynamoDB with an account, what keeps its index, and short ways to change something."""

import pytest

from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.index import IndexFollower
from errand_testkit.people import ADA
from errand_testkit.storage import Tasks
from errand_testkit.stored import store_account


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeDynamo:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    fake = FakeDynamo()
    fake.connected()
    store_account(ADA)
    return fake


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def tasks(clock: ManualClock) -> Tasks:
    return Tasks(clock)


@pytest.fixture
def follower(fake: FakeDynamo) -> IndexFollower:
    return IndexFollower(fake)
