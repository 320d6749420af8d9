"""Writes in a minute: counted here, and told to others in steps."""

import pytest

from errand.errors import StorageUnavailable, TooManyWrites
from errand.identity.throttling.writes import WRITES_MAX, WriteLimit
from errand.records import Item
from errand.storage.unit import DynamoStore, Unit
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock


@pytest.fixture
def limit(store: ContendedStore, clock: ManualClock) -> WriteLimit:
    return WriteLimit(store=store, clock=clock)


def _write(limit: WriteLimit, times: int, *, user_id: str = "ada") -> int:
    """How many were let through."""
    for done in range(times):
        try:
            if limit.count(user_id):
                limit.tell(user_id)
        except TooManyWrites:
            return done
    return times


def test_so_many_are_let_through_and_no_more(limit: WriteLimit) -> None:
    assert _write(limit, WRITES_MAX + 10) == WRITES_MAX
    assert _write(limit, 10, user_id="bob") == 10


def test_next_minute_begins_anew(limit: WriteLimit, clock: ManualClock) -> None:
    clock.advance(seconds=17)
    _write(limit, WRITES_MAX)
    with pytest.raises(TooManyWrites) as refused:
        limit.count("ada")
    assert 0 < refused.value.retry_after <= 60
    clock.advance(seconds=refused.value.retry_after)
    assert _write(limit, 10) == 10


def test_who_writes_little_costs_nothing(limit: WriteLimit, fake: FakeDynamo) -> None:
    _write(limit, 49)
    assert fake.operations == []
    _write(limit, 1)
    assert fake.operations == ["UpdateItem"]


def test_processes_share_a_limit_up_to_a_step_each(
    store: ContendedStore, clock: ManualClock
) -> None:
    processes = [WriteLimit(store=store, clock=clock) for _ in range(4)]
    written = [0] * 4
    for _ in range(WRITES_MAX):
        for number, process in enumerate(processes):
            written[number] += _write(process, 1)
    assert WRITES_MAX <= sum(written) <= WRITES_MAX + 4 * 50


def test_what_was_counted_goes_by_itself(
    limit: WriteLimit, fake: FakeDynamo, clock: ManualClock
) -> None:
    _write(limit, 50)
    [counter] = fake.all("EphemeralTable")
    assert clock() // 1000 < int(counter["expires_at"]["N"]) <= clock() // 1000 + 120


def test_counting_that_fails_stops_nobody(fake: FakeDynamo, clock: ManualClock) -> None:
    class Away(DynamoStore):
        def commit(self, _: Unit) -> Item:
            raise StorageUnavailable

    assert fake.all() == []
    assert _write(WriteLimit(store=Away(), clock=clock), 200) == 200
