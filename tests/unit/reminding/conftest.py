"""An account and its tasks, on a DynamoDB in memory."""

import pytest

from errand.reminding.keeping import Keeper, Tasks
from errand.storage.kinds import Table
from errand.storage.plain import PlainTables
from errand_testkit.dynamo import TABLES, FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA
from errand_testkit.reminding import FakeSchedules
from errand_testkit.storage import Tasks as Made
from errand_testkit.stored import store_account


@pytest.fixture
def made(fake: FakeDynamo, clock: ManualClock) -> Made:  # noqa: ARG001 - they are on it
    """Tasks that somebody makes and changes."""
    store_account(ADA)
    return Made(clock)


@pytest.fixture
def tasks(fake: FakeDynamo) -> Tasks:
    plain = PlainTables(dynamodb=fake, names={Table.DATA: TABLES[0]})
    return Tasks(plain, dynamodb=fake, table=TABLES[0])


@pytest.fixture
def schedules() -> FakeSchedules:
    return FakeSchedules()


@pytest.fixture
def keeper(tasks: Tasks, schedules: FakeSchedules, clock: ManualClock) -> Keeper:
    return Keeper(tasks=tasks, schedules=schedules, clock=clock)
