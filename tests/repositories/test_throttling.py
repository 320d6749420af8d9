"""Counters in DynamoDB: atomic, all or none, and forgotten in time even if TTL is late."""

from collections.abc import Callable
from typing import Any

import pytest

from errand.errors import Overtaken, TooManyAttempts
from errand.identity.throttling.model import Attempt, Counter, Known, Place, Policy
from errand.identity.throttling.repository import DynamoCounters, Seen
from errand.identity.throttling.service import LogInGuard, Throttle
from errand.storage.unit import DynamoStore, Unit
from errand_testkit.fakes import ManualClock
from errand_testkit.stored import commit

pytestmark = pytest.mark.usefixtures("tables")

KNOCK = Policy(name="knock", free=2, first_pause=1, longest_pause=4, memory=60)
RING = Policy(name="ring", free=4, first_pause=10, longest_pause=10, memory=60)
ADA, DOOR = KNOCK.by("ada"), RING.by("door")
PLACE = Place.of(Known("ada", 0), "192.0.2.1")


type Items = Callable[[], dict[str, Any]]
type Count = Callable[[Attempt, Seen], None]


@pytest.fixture
def counters() -> DynamoCounters:
    return DynamoCounters()


@pytest.fixture
def throttle(counters: DynamoCounters, clock: ManualClock) -> Throttle:
    return Throttle(counters=counters, store=DynamoStore(), clock=clock)


@pytest.fixture
def items(client: Any) -> Items:
    """Every item of EphemeralTable, by its partition key."""

    def scan() -> dict[str, Any]:
        items = client.scan(TableName="EphemeralTable")["Items"]
        return {item.pop("pk")["S"]: item for item in items}

    return scan


@pytest.fixture
def count(counters: DynamoCounters, clock: ManualClock) -> Count:
    """Once, on what was seen; whoever is refused sees what is there instead."""

    def once(attempt: Attempt, seen: Seen) -> None:
        commit(lambda unit: counters.count(unit, attempt, seen=seen, now=clock()))

    return once


def _stored(items: Items, attempt: Attempt) -> Counter:
    item = items()[f"THROTTLE#{attempt.policy.name}#{attempt.key}"]
    return Counter(
        attempts=int(item["n"]["N"]),
        latest=int(item["at"]["N"]),
        expires_at=int(item["expires_at"]["N"]),
    )


def test_counter_is_kept_under_a_hash(throttle: Throttle, clock: ManualClock, items: Items) -> None:
    throttle.count(ADA)
    assert items() == {
        f"THROTTLE#knock#{ADA.key}": {
            "sk": {"S": "THROTTLE"},
            "n": {"N": "1"},
            "at": {"N": str(clock())},
            "expires_at": {"N": str(clock() // 1000 + 60)},
        }
    }


def test_free_attempt_is_one_write(throttle: Throttle, sent: list[str]) -> None:
    for _ in range(3):
        throttle.count(ADA)
    assert sent == ["UpdateItem"] * 3


def test_two_counters_are_one_transaction(throttle: Throttle, sent: list[str]) -> None:
    throttle.count(ADA, DOOR)
    assert sent == ["TransactWriteItems"]


def test_refusal_is_one_write_that_failed(throttle: Throttle, sent: list[str]) -> None:
    for _ in range(3):
        throttle.count(ADA)
    with pytest.raises(TooManyAttempts) as caught:
        throttle.count(ADA)
    assert caught.value.retry_after == 1
    assert sent[3:] == ["UpdateItem"]


def test_pauses_double_up_to_the_longest(
    throttle: Throttle, clock: ManualClock, items: Items
) -> None:
    for pause in (0, 0, 0, 1, 2, 4, 4):
        clock.advance(seconds=pause)
        throttle.count(ADA)
    assert _stored(items, ADA).attempts == 7
    with pytest.raises(TooManyAttempts) as caught:
        throttle.count(ADA)
    assert caught.value.retry_after == 4


def test_attempt_refused_by_one_counter_is_not_counted_on_the_other(
    throttle: Throttle, items: Items
) -> None:
    for _ in range(3):
        throttle.count(ADA, DOOR)
    with pytest.raises(TooManyAttempts):
        throttle.count(DOOR, ADA)
    assert _stored(items, DOOR).attempts == 3


def test_expired_run_that_is_still_there_begins_anew(
    throttle: Throttle, clock: ManualClock, items: Items
) -> None:
    for _ in range(3):
        throttle.count(ADA)
    clock.advance(seconds=60)
    throttle.count(ADA)
    assert _stored(items, ADA) == Counter(
        attempts=1, latest=clock(), expires_at=clock() // 1000 + 60
    )


def test_run_is_not_prolonged_by_what_is_added_to_it(
    throttle: Throttle, clock: ManualClock, items: Items
) -> None:
    throttle.count(ADA)
    first = _stored(items, ADA)
    clock.advance(seconds=59)
    throttle.count(ADA)
    assert _stored(items, ADA).expires_at == first.expires_at


def test_of_many_that_saw_the_same_run_one_is_counted(
    throttle: Throttle, count: Count, clock: ManualClock, items: Items
) -> None:
    for _ in range(3):
        throttle.count(ADA)
    clock.advance(seconds=1)
    before = _stored(items, ADA)
    count(ADA, {ADA: before})
    after = _stored(items, ADA)
    for _ in range(5):
        seen: Seen = {ADA: before}
        with pytest.raises(Overtaken):
            count(ADA, seen)
        assert seen == {ADA: after}
    assert after.attempts == 4


def test_run_of_as_many_attempts_but_a_later_one_is_not_the_one_seen(
    throttle: Throttle, count: Count, clock: ManualClock, items: Items
) -> None:
    for _ in range(3):
        throttle.count(ADA)
    seen: Seen = {ADA: _stored(items, ADA)}
    clock.advance(seconds=1)
    throttle.settle(refunded=(ADA,))
    throttle.count(ADA)
    with pytest.raises(Overtaken):
        count(ADA, seen)
    assert seen == {ADA: _stored(items, ADA)}


def test_run_counted_on_in_the_same_millisecond_is_not_the_one_seen(
    throttle: Throttle, count: Count, items: Items
) -> None:
    throttle.count(ADA)
    seen: Seen = {ADA: _stored(items, ADA)}
    throttle.count(ADA)
    with pytest.raises(Overtaken):
        count(ADA, seen)
    assert seen == {ADA: _stored(items, ADA)}


def test_run_that_went_meanwhile_is_told(count: Count, clock: ManualClock) -> None:
    seen: Seen = {ADA: Counter(attempts=4, latest=clock(), expires_at=clock())}
    with pytest.raises(Overtaken):
        count(ADA, seen)
    assert seen == {ADA: None}


def test_attempt_whose_answer_was_lost_is_let_through(
    throttle: Throttle, lose_answer: Callable[[], None], items: Items
) -> None:
    lose_answer()
    throttle.count(ADA)
    assert _stored(items, ADA).attempts == 2


def test_forgotten_run_is_gone(throttle: Throttle, items: Items, sent: list[str]) -> None:
    throttle.count(ADA)
    sent.clear()
    throttle.forget(ADA)
    assert sent == ["DeleteItem"]
    assert items() == {}


def test_forgetting_what_is_not_there_is_nothing(throttle: Throttle) -> None:
    throttle.forget(ADA)


def test_refund_takes_one_back(throttle: Throttle, items: Items) -> None:
    throttle.count(ADA)
    throttle.count(ADA)
    throttle.settle(refunded=(ADA,))
    assert _stored(items, ADA).attempts == 1


def test_refund_shortens_the_pause_to_what_it_was(throttle: Throttle) -> None:
    for _ in range(3):
        throttle.count(ADA)
    throttle.settle(refunded=(ADA,))
    throttle.count(ADA)


def _forgive(throttle: Throttle, **settled: Any) -> None:
    unit = Unit()
    throttle.forgive(unit, **settled)
    DynamoStore().commit(unit)


def test_nothing_is_taken_back_from_nothing(throttle: Throttle, items: Items) -> None:
    throttle.count(ADA)
    for _ in range(3):
        throttle.settle(refunded=(ADA, DOOR))
    assert list(items()) == [f"THROTTLE#knock#{ADA.key}"]
    assert _stored(items, ADA).attempts == 0


def test_settling_is_one_transaction(
    throttle: Throttle, counters: DynamoCounters, clock: ManualClock, sent: list[str]
) -> None:
    throttle.count(ADA, DOOR)
    sent.clear()
    _forgive(throttle, forgotten=(ADA,), refunded=(DOOR,), place=PLACE)
    assert sent == ["TransactWriteItems"]
    assert counters.is_known(PLACE, now=clock())


def test_what_was_settled_meanwhile_holds_up_nothing_else(
    throttle: Throttle, counters: DynamoCounters, clock: ManualClock, items: Items
) -> None:
    throttle.count(DOOR)
    _forgive(throttle, forgotten=(ADA,), refunded=(DOOR,), place=PLACE)
    assert _stored(items, DOOR).attempts == 0
    assert counters.is_known(PLACE, now=clock())


def test_place_is_kept_under_a_hash_for_90_days(
    throttle: Throttle, counters: DynamoCounters, clock: ManualClock, items: Items
) -> None:
    _forgive(throttle, place=PLACE)
    assert items() == {
        "USER#ada": {
            "sk": {"S": f"ADDRESS#0#{PLACE.address}"},
            "expires_at": {"N": str(clock() // 1000 + 90 * 86_400)},
        }
    }
    clock.advance(seconds=90 * 86_400 - 1)
    assert counters.is_known(PLACE, now=clock())
    clock.advance(seconds=1)
    assert not counters.is_known(PLACE, now=clock())


@pytest.mark.parametrize(
    "other",
    [
        Place.of(Known("bob", 0), "192.0.2.1"),
        Place.of(Known("ada", 1), "192.0.2.1"),
        Place.of(Known("ada", 0), "192.0.2.2"),
    ],
    ids=["account", "generation", "address"],
)
def test_other_places_are_not_known(
    throttle: Throttle, counters: DynamoCounters, clock: ManualClock, other: Place
) -> None:
    _forgive(throttle, place=PLACE)
    assert not counters.is_known(other, now=clock())


def test_log_in_is_one_transaction_before_and_one_with_its_session(
    throttle: Throttle, counters: DynamoCounters, clock: ManualClock, sent: list[str]
) -> None:
    guard = LogInGuard(counters=counters, throttle=throttle, clock=clock)
    for _ in range(3):
        unit = Unit()
        guard.succeeded(
            unit,
            guard.admit(username="Ada", known=Known("ada", 0), address="192.0.2.1", device=None),
        )
        DynamoStore().commit(unit)
        clock.advance(seconds=1)
    assert sent == ["TransactWriteItems"] * 6
