"""A fake of DynamoDB, what follows its stream, and short ways to change something."""

from collections.abc import Iterator

import pytest

from errand import acting
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.log import Follower
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
def follower(fake: FakeDynamo) -> Follower:
    return Follower(fake)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def tasks(clock: ManualClock) -> Tasks:
    return Tasks(clock)


@pytest.fixture(autouse=True)
def _nobody_asks() -> Iterator[None]:
    acting.begin(None)
    yield
    acting.begin(None)
