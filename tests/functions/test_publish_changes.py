"""The stream's consumer, on real stream events."""

import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from moto import mock_aws

import publish_changes
from errand.aws import client
from errand.events.entries import Entry
from publish_changes import NOWHERE, Publisher, handler

EVENTS = Path(__file__).parents[2] / "events"

type Record = dict[str, Any]


def sample(name: str) -> list[Record]:
    stream: list[Record] = json.loads((EVENTS / f"{name}.json").read_text())["Records"]
    return stream


def position(record: Record) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def created(number: int, *, title: str = "Buy milk") -> Record:
    task_id = f"{number:026}"
    keys = {"pk": {"S": "USER#06h04o2vndpa700bqsem70d6f8"}, "sk": {"S": f"TASK#{task_id}"}}
    times = {"ca": {"N": "1795336260123"}, "ua": {"N": "1795336260123"}}
    return {
        "eventID": f"event-{number}",
        "eventName": "INSERT",
        "dynamodb": {
            "ApproximateCreationDateTime": 1795336260,
            "Keys": keys,
            "NewImage": {**keys, **times, "t": {"S": title}, "v": {"N": "1"}},
            "SequenceNumber": str(1000 + number),
        },
    }


class FakeBus:
    """Takes all but the events with ids in `refused`; from the request `at` on raises `error`."""

    def __init__(
        self, *, refused: Sequence[str] = (), error: Exception | None = None, at: int = 0
    ) -> None:
        self.requests: list[list[str]] = []
        self.taken: list[str] = []
        self._refused = refused
        self._error = error
        self._at = at

    def put_events(self, *, Entries: list[Entry]) -> dict[str, Any]:  # noqa: N803 - botocore's name
        names: list[str] = [json.loads(entry["Detail"])["id"] for entry in Entries]
        self.requests.append(names)
        if self._error and len(self.requests) > self._at:
            raise self._error
        self.taken += [name for name in names if name not in self._refused]
        results = [
            {"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}
            if name in self._refused
            else {"EventId": f"on-bus-{name}"}
            for name in names
        ]
        return {
            "FailedEntryCount": sum("ErrorCode" in result for result in results),
            "Entries": results,
        }


def publish(records: Sequence[object], bus: FakeBus) -> str | None:
    return Publisher(events=bus, bus="errand-test").publish(records)


def test_in_batches_of_ten_and_in_order() -> None:
    bus = FakeBus()
    assert publish([created(n) for n in range(25)], bus) is None
    assert [len(request) for request in bus.requests] == [10, 10, 5]
    assert bus.taken == [f"event-{n}" for n in range(25)]


def test_large_events_share_fewer_requests() -> None:
    bus = FakeBus()
    assert publish([created(n, title="x" * 100_000) for n in range(5)], bus) is None
    assert [len(request) for request in bus.requests] == [2, 2, 1]


def test_nothing_to_publish_is_no_request() -> None:
    bus = FakeBus()
    assert publish(sample("stream-changes")[:2], bus) is None
    assert publish([], bus) is None
    assert bus.requests == []


def test_first_refused_entry_is_reported() -> None:
    bus = FakeBus(refused=["event-13", "event-15"])
    assert publish([created(n) for n in range(30)], bus) == "1013"
    assert len(bus.requests) == 2, "later batches would overtake the one that failed"


def test_refused_entry_behind_silent_records() -> None:
    claim, *_ = sample("stream-changes")
    bus = FakeBus(refused=["event-1"])
    assert publish([claim, created(0), claim, created(1), claim], bus) == "1001"


UNREACHABLE = [
    ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate"}}, "PutEvents"),
    ClientError({"Error": {"Code": "InternalException", "Message": "Oops"}}, "PutEvents"),
    ReadTimeoutError(endpoint_url="https://events.eu-central-1.amazonaws.com"),
    EndpointConnectionError(endpoint_url="https://events.eu-central-1.amazonaws.com"),
]


@pytest.mark.parametrize("error", UNREACHABLE, ids=repr)
def test_unreachable_bus_is_a_failure_and_no_crash(error: Exception) -> None:
    assert publish([created(n) for n in range(25)], FakeBus(error=error)) == "1000"


@pytest.mark.parametrize("error", UNREACHABLE, ids=repr)
def test_what_was_published_before_is_not_repeated(error: Exception) -> None:
    bus = FakeBus(error=error, at=1)
    assert publish([created(n) for n in range(25)], bus) == "1010"
    assert len(bus.taken) == 10


def test_poison_is_reported_after_all_before_it_is_published() -> None:
    before, poison, _ = sample("stream-poison")
    bus = FakeBus()
    assert publish(sample("stream-poison"), bus) == position(poison)
    assert bus.taken == [before["eventID"]]


def test_poison_in_the_second_batch() -> None:
    _, poison, _ = sample("stream-poison")
    bus = FakeBus()
    records = [created(n) for n in range(15)]
    assert publish([*records, poison, created(99)], bus) == position(poison)
    assert bus.taken == [f"event-{n}" for n in range(15)]


def test_a_failure_before_poison_comes_first() -> None:
    _, poison, _ = sample("stream-poison")
    assert publish([created(0), created(1), poison], FakeBus(refused=["event-1"])) == "1001"


@pytest.mark.parametrize("record", [{}, None, {"dynamodb": {"Keys": {}}}])
def test_poison_without_a_place_fails_the_batch(record: object) -> None:
    assert publish([created(0), record], FakeBus()) == NOWHERE


def redeliver(records: list[Record], bus: FakeBus) -> list[Record]:
    """As the event source mapping does: from the checkpoint, else halved; a single one is dropped.

    Returns what ends in the dead-letter queue.
    """
    failed = publish(records, bus)
    if failed is None:
        return []
    if len(records) == 1:
        return records
    start = [position(record) for record in records].index(failed)
    if start:
        return redeliver(records[start:], bus)
    half = len(records) // 2
    return redeliver(records[:half], bus) + redeliver(records[half:], bus)


@pytest.mark.parametrize("at", [0, 1, 11, 24])
def test_only_the_poison_is_lost(at: int) -> None:
    _, poison, _ = sample("stream-poison")
    records = [created(n) for n in range(24)]
    records.insert(at, poison)
    bus = FakeBus()
    assert redeliver(records, bus) == [poison]
    assert bus.taken == [f"event-{n}" for n in range(24)]


def test_redelivered_events_are_the_same() -> None:
    bus = FakeBus()
    publish(sample("stream-changes"), bus)
    publish(sample("stream-changes"), bus)
    half = len(bus.taken) // 2
    assert bus.taken[:half] == bus.taken[half:]


def test_logs_are_json_without_personal_data(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        publish(sample("stream-changes"), FakeBus())
        publish(sample("stream-poison"), FakeBus())
        publish([created(0, title="See the doctor")], FakeBus(error=UNREACHABLE[0]))
    lines = [JsonFormatter().format(record) for record in caplog.records]
    entries = [json.loads(line) for line in lines]
    assert [entry["message"] for entry in entries] == [
        "Published",
        "Malformed record",
        "Published",
        "Not published",
    ]
    assert entries[0] | {"records": 13, "events": 8} == entries[0]
    assert entries[1]["reason"] == "t is missing or not of the type that we write"
    assert entries[3]["reason"] == "ThrottlingException"
    for personal in ("ada", "Ada", "example.com", "milk", "doctor", "06h04o2vndpa700bqsem70d6f8"):
        assert not any(personal in line for line in lines)


@pytest.fixture
def bus_on_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("ERRAND_EVENT_BUS", "errand-test")
    publish_changes.publisher.cache_clear()
    with mock_aws():
        client("events", read_timeout=1).create_event_bus(Name="errand-test")
        yield
    publish_changes.publisher.cache_clear()


@pytest.mark.usefixtures("bus_on_aws")
def test_handler() -> None:
    assert handler({"Records": sample("stream-changes")}, None) == {"batchItemFailures": []}


@pytest.mark.usefixtures("bus_on_aws")
def test_handler_reports_poison() -> None:
    _, poison, _ = sample("stream-poison")
    assert handler({"Records": sample("stream-poison")}, None) == {
        "batchItemFailures": [{"itemIdentifier": position(poison)}]
    }
