"""The stream's consumer, on real stream events."""

import copy
import json
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from moto import mock_aws

import publish_changes
from errand.aws import client
from errand.events.entries import Entry
from errand.history.changes import numbered
from errand.history.recording import change_of
from errand.records import kept
from errand.storage.kinds import CHANGE, TASK, attributes
from errand.tasks.model import Task
from errand_testkit.dynamo import stream_record
from errand_testkit.people import NOW
from publish_changes import Publisher, handler

ADA = "06h04o2vndpa700bqsem70d6f8"
EVENTS = Path(__file__).parents[2] / "events"

type Record = dict[str, Any]


def sample(name: str) -> list[Record]:
    stream: list[Record] = json.loads((EVENTS / f"{name}.json").read_text())["Records"]
    return stream


def position(record: Record) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def created(number: int, *, title: str = "Buy milk") -> Record:
    """The entry of the log with this number, of a task."""
    key = TASK.key(ADA, f"{number:026}")
    task = Task.new(f"{number:026}", {"title": "Buy"}, now=NOW)
    item = {**kept(replace(task, title=title)), **attributes(key)}
    change = change_of(stream_record(number, None, item))
    assert change
    entry = replace(change, number=number)
    return log_record(number, {**kept(entry), **attributes(CHANGE.key(ADA, numbered(number)))})


def log_record(number: int, item: dict[str, Any]) -> Record:
    record = stream_record(number, None, item)
    record["dynamodb"]["SequenceNumber"] = str(1000 + number)
    return record


def silent(number: int) -> Record:
    """An entry that has no event: of an account's new name."""
    _, renamed, *_ = [r for r in sample("stream-changes") if "ACCOUNT" in json.dumps(r)]
    record: Record = copy.deepcopy(renamed)
    record["dynamodb"]["SequenceNumber"] = str(1000 + number)
    return record


class FakeBus:
    """Takes all but the events with ids in `refused`; from the request `at` on raises `error`.

    A request with an event whose id is in `spoilt` is refused as a whole.
    """

    def __init__(
        self,
        *,
        refused: Sequence[str] = (),
        code: str = "ThrottlingException",
        spoilt: Sequence[str] = (),
        error: Exception | None = None,
        at: int = 0,
    ) -> None:
        self.requests: list[list[str]] = []
        self.taken: list[str] = []
        self._refused = refused
        self._code = code
        self._spoilt = spoilt
        self._error = error
        self._at = at

    def put_events(self, *, Entries: list[Entry]) -> dict[str, Any]:  # noqa: N803 - botocore's name
        names: list[str] = [f"event-{json.loads(entry['Detail'])['sequence']}" for entry in Entries]
        self.requests.append(names)
        if self._error and len(self.requests) > self._at:
            raise self._error
        if any(name in self._spoilt for name in names):
            raise failure("ValidationException")
        self.taken += [name for name in names if name not in self._refused]
        results = [
            {"ErrorCode": self._code, "ErrorMessage": "No"}
            if name in self._refused
            else {"EventId": f"on-bus-{name}"}
            for name in names
        ]
        return {
            "FailedEntryCount": sum("ErrorCode" in result for result in results),
            "Entries": results,
        }


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "No"}}, "PutEvents")


class Letters(list[str]):
    """The dead-letter queue; `is_away`: it does not answer."""

    is_away = False

    def bury(self, letter: str) -> None:
        if self.is_away:
            raise ReadTimeoutError(endpoint_url="https://sqs.eu-central-1.amazonaws.com")
        self.append(letter)

    @property
    def positions(self) -> list[str]:
        return [json.loads(letter)["sequence_number"] for letter in self]


def publish(records: Sequence[object], bus: FakeBus, letters: Letters | None = None) -> str | None:
    bury = (Letters() if letters is None else letters).bury
    return Publisher(events=bus, bus="errand-test", bury=bury).publish(records)


def test_in_batches_of_ten_and_in_order() -> None:
    bus = FakeBus()
    assert publish([created(n) for n in range(25)], bus) is None
    assert [len(request) for request in bus.requests] == [10, 10, 5]
    assert bus.taken == [f"event-{n}" for n in range(25)]


def test_large_events_share_fewer_requests() -> None:
    bus = FakeBus()
    assert publish([created(n, title="x" * 400_000) for n in range(5)], bus) is None
    assert [len(request) for request in bus.requests] == [2, 2, 1]


def test_nothing_to_publish_is_no_request() -> None:
    bus = FakeBus()
    assert publish([silent(1), silent(2)], bus) is None
    assert publish([], bus) is None
    assert bus.requests == []


def test_first_refused_entry_is_reported() -> None:
    bus = FakeBus(refused=["event-13", "event-15"])
    assert publish([created(n) for n in range(30)], bus) == "1013"
    assert len(bus.requests) == 2, "later batches would overtake the one that failed"


def test_refused_entry_behind_silent_records() -> None:
    bus = FakeBus(refused=["event-3"])
    records = [silent(1), created(2), silent(3), created(3), silent(4)]
    assert publish(records, bus) == "1003"


UNREACHABLE = [
    failure("ThrottlingException"),
    failure("InternalException"),
    failure("AccessDeniedException"),
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


@pytest.mark.parametrize("at", [0, 1, 11, 24])
def test_poison_goes_to_the_dead_letters_at_once_and_holds_up_nothing(at: int) -> None:
    _, poison, _ = sample("stream-poison")
    records = [created(n) for n in range(24)]
    records.insert(at, poison)
    bus, letters = FakeBus(), Letters()
    assert publish(records, bus, letters) is None
    assert bus.taken == [f"event-{n}" for n in range(24)]
    assert letters.positions == [position(poison)]


def test_an_event_larger_than_the_bus_takes_holds_up_nothing() -> None:
    bus, letters = FakeBus(), Letters()
    records = [created(0), created(1, title="x" * 1_000_000), created(2)]
    assert publish(records, bus, letters) is None
    assert bus.taken == ["event-0", "event-2"]
    assert letters.positions == ["1001"]


@pytest.mark.parametrize("code", ["InvalidArgument", "MalformedDetail"])
def test_what_the_bus_rejects_for_good_holds_up_nothing(code: str) -> None:
    bus, letters = FakeBus(refused=["event-3", "event-12"], code=code), Letters()
    assert publish([created(n) for n in range(15)], bus, letters) is None
    assert len(bus.taken) == 13
    assert letters.positions == ["1003", "1012"]


def test_one_that_spoils_its_request_is_found() -> None:
    bus, letters = FakeBus(spoilt=["event-3"]), Letters()
    assert publish([created(n) for n in range(15)], bus, letters) is None
    assert bus.taken == [f"event-{n}" for n in range(15) if n != 3]
    assert letters.positions == ["1003"]


def test_a_failure_before_poison_comes_first() -> None:
    _, poison, _ = sample("stream-poison")
    letters = Letters()
    assert (
        publish([created(0), created(1), poison], FakeBus(refused=["event-1"]), letters) == "1001"
    )
    assert letters == [], "it comes again, and would be there many times"


def test_poison_before_a_failure_is_put_aside() -> None:
    _, poison, _ = sample("stream-poison")
    letters = Letters()
    assert (
        publish([poison, created(0), created(1)], FakeBus(refused=["event-1"]), letters) == "1001"
    )
    assert letters.positions == [position(poison)]


def test_poison_that_cannot_be_put_aside_comes_again() -> None:
    _, poison, _ = sample("stream-poison")
    bus, letters = FakeBus(), Letters()
    letters.is_away = True
    assert publish([created(0), poison, created(1)], bus, letters) == position(poison)


@pytest.mark.parametrize(
    "record", [{}, None, {"dynamodb": {"Keys": {}}}, {"dynamodb": 7}, "\ud800"]
)
def test_poison_without_a_place_is_put_aside(record: object) -> None:
    bus, letters = FakeBus(), Letters()
    assert publish([created(0), record, created(1)], bus, letters) is None
    assert bus.taken == ["event-0", "event-1"]
    assert letters.positions == [""]


def test_a_letter_says_what_changed_but_not_how() -> None:
    _, poison, _ = sample("stream-poison")
    letters = Letters()
    publish([poison], FakeBus(), letters)
    assert json.loads(letters[0]) == {
        "sequence_number": position(poison),
        "reason": "nm is missing",
        "record": {
            "eventID": poison["eventID"],
            "eventName": poison["eventName"],
            "Keys": poison["dynamodb"]["Keys"],
        },
    }


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
        "Never to be published",
        "Published",
        "Not published",
    ]
    assert entries[0] | {"records": 26, "events": 23} == entries[0]
    assert entries[1]["reason"] == "nm is missing"
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
        queue = client("sqs", read_timeout=1).create_queue(QueueName="dead-letters")
        monkeypatch.setenv("ERRAND_CHANGE_DEAD_LETTERS_URL", queue["QueueUrl"])
        yield
    publish_changes.publisher.cache_clear()


@pytest.mark.usefixtures("bus_on_aws")
def test_handler() -> None:
    assert handler({"Records": sample("stream-changes")}, None) == {"batchItemFailures": []}


@pytest.mark.usefixtures("bus_on_aws")
def test_handler_puts_poison_aside() -> None:
    _, poison, _ = sample("stream-poison")
    assert handler({"Records": sample("stream-poison")}, None) == {"batchItemFailures": []}
    queue_url = os.environ["ERRAND_CHANGE_DEAD_LETTERS_URL"]
    (letter,) = client("sqs", read_timeout=1).receive_message(QueueUrl=queue_url)["Messages"]
    assert json.loads(letter["Body"])["sequence_number"] == position(poison)
