"""Addresses that somebody logged in from go when their name is given up."""

from itertools import count
from typing import Any

import pytest

from errand.cursors import Position
from errand.identity.throttling import repository
from errand.identity.throttling.model import LOG_IN_ACCOUNT, Place
from errand.identity.throttling.repository import DynamoCounters
from errand.identity.throttling.service import Throttle
from errand.pages import Slice
from errand.records import Item
from errand.storage.ranges import KeyRange, read
from errand.storage.unit import DynamoStore
from errand_testkit.fakes import ManualClock

pytestmark = pytest.mark.usefixtures("tables")

ADA = Place.account_of("ada")


@pytest.fixture
def counters() -> DynamoCounters:
    return DynamoCounters()


@pytest.fixture
def throttle(counters: DynamoCounters, clock: ManualClock) -> Throttle:
    return Throttle(counters=counters, store=DynamoStore(), clock=clock)


def places(number_of: int, username: str = "ada") -> list[Place]:
    return [Place.of(username, f"192.0.2.{number}") for number in range(number_of)]


def known(counters: DynamoCounters, clock: ManualClock, these: list[Place]) -> int:
    return sum(counters.is_known(place, now=clock()) for place in these)


def test_none_is_left(throttle: Throttle, counters: DynamoCounters, clock: ManualClock) -> None:
    hers, his = places(3), places(2, "bob")
    for place in hers + his:
        throttle.settle(place=place)
    throttle.forget_places("\uff21DA")
    assert known(counters, clock, hers) == 0
    assert known(counters, clock, his) == 2


def test_counters_are_left_alone(throttle: Throttle, client: Any) -> None:
    throttle.count(LOG_IN_ACCOUNT.by("ada"))
    throttle.forget_places("ada")
    assert client.scan(TableName="EphemeralTable")["Count"] == 1


def test_few_go_in_one_transaction(throttle: Throttle, sent: list[str]) -> None:
    for place in places(3):
        throttle.settle(place=place)
    sent.clear()
    throttle.forget_places("ada")
    assert sent == ["Query", "TransactWriteItems"]


def test_nothing_to_forget_is_one_look(throttle: Throttle, sent: list[str]) -> None:
    throttle.forget_places("ada")
    assert sent == ["Query"]


def test_many_go_in_parts(
    throttle: Throttle,
    counters: DynamoCounters,
    clock: ManualClock,
    sent: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(repository, "_PLACES_AT_ONCE", 2)
    for place in places(5):
        throttle.settle(place=place)
    sent.clear()
    throttle.forget_places("ada")
    assert known(counters, clock, places(5)) == 0
    assert sent[:6] == ["Query", "TransactWriteItems"] * 2 + ["Query", "DeleteItem"]


def test_it_ends_however_many_there_are(
    throttle: Throttle,
    counters: DynamoCounters,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(repository, "_PLACES_AT_ONCE", 1)
    for place in places(12):
        throttle.settle(place=place)
    throttle.forget_places("ada")
    assert known(counters, clock, places(12)) == 2


def test_one_that_expires_meanwhile_holds_up_no_other(
    throttle: Throttle,
    counters: DynamoCounters,
    clock: ManualClock,
    client: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for place in places(3):
        throttle.settle(place=place)
    looks = count()

    def look(keys: KeyRange, *, after: Position | None, limit: int) -> Slice[Item]:
        found = read(keys, after=after, limit=limit)
        if next(looks) == 0:
            key = {name: found.items[1][name] for name in ("pk", "sk")}
            client.delete_item(TableName="EphemeralTable", Key=key)
        return found

    monkeypatch.setattr(repository, "read", look)
    throttle.forget_places("ada")
    assert known(counters, clock, places(3)) == 0
    assert next(looks) == 1
