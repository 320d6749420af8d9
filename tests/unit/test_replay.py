"""`make replay`: what is in the log comes onto the bus again, under the numbers that it had."""

import json
from dataclasses import replace
from typing import Any

import pytest
from tools.deployment import Refused
from tools.replay import replay

from errand.history.changes import Change, numbered
from errand.records import kept, load
from errand.storage.kinds import CHANGE, attributes
from errand_testkit.dynamo import TABLES, FakeDynamo
from errand_testkit.event_samples import ADA, log_stream

LOG = TABLES[1]


class Bus:
    """Refuses the event with the number `refused`."""

    def __init__(self, refused: int = 0) -> None:
        self.taken: list[dict[str, Any]] = []
        self._refused = refused

    def put_events(self, *, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803 - botocore's name
        details = [json.loads(entry["Detail"]) for entry in Entries]
        results = []
        for one in details:
            if one["sequence"] == self._refused:
                results.append({"ErrorCode": "ThrottlingException"})
            else:
                self.taken.append(one)
                results.append({"EventId": one["id"]})
        return {"Entries": results}


@pytest.fixture
def log() -> FakeDynamo:
    """With the samples' life, told by an account, and one entry of somebody else's."""
    fake = FakeDynamo()
    entries = [load(Change, record["dynamodb"]["NewImage"]) for record in log_stream()]
    for entry in (*entries, replace(entries[0], user_id="06h04oaa3dpa700lnaafu6cr44")):
        key = CHANGE.key(entry.user_id, numbered(entry.number))
        fake.put_item(TableName=LOG, Item={**kept(entry), **attributes(key)})
    return fake


def published(log: FakeDynamo, bus: Bus, first: int) -> str:
    return replay(log, bus, table=LOG, bus="errand", account=ADA, first=first)


def test_everything_from_a_number_on_in_order(log: FakeDynamo) -> None:
    bus = Bus()
    assert published(log, bus, 6) == "19 events published, the last is 26"
    numbers = [one["sequence"] for one in bus.taken]
    assert numbers == sorted(numbers)
    assert numbers[0] == 6
    assert {one["id"].partition("-")[0] for one in bus.taken} == {ADA}


def test_twice_is_the_same(log: FakeDynamo) -> None:
    first, second = Bus(), Bus()
    for bus in (first, second):
        published(log, bus, 1)
    assert first.taken == second.taken


def test_nothing_behind_the_end(log: FakeDynamo) -> None:
    assert published(log, Bus(), 27) == "0 events published"


def test_failure_says_where_to_go_on(log: FakeDynamo) -> None:
    bus = Bus(refused=8)
    with pytest.raises(
        Refused, match=r"2 events published, then ThrottlingException: go on FROM=8"
    ):
        published(log, bus, 6)
    assert published(log, Bus(), 8).startswith("17 events")
