"""The writer of the log: each change once, in order and without a gap, whatever happens to it."""

import json
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

import record_changes
from errand.aws import client
from errand_testkit.dynamo import FakeDynamo, stream_record
from errand_testkit.items import headed
from errand_testkit.log import Follower, entries, recorder
from errand_testkit.template import table_properties
from record_changes import handler

EVENTS = Path(__file__).parents[2] / "events"
ADA, BOB = "06h04o2vndpa700bqsem70d6f8", "06h04oaa3dpa700lnaafu6cr44"
LOG = "LogTable"

type Record = dict[str, Any]


def sample(name: str) -> list[Record]:
    stream: list[Record] = json.loads((EVENTS / f"{name}.json").read_text())["Records"]
    return stream


def created(number: int, user_id: str = ADA, **more: Any) -> Record:
    """The number is where it stands in the stream."""
    key = {"pk": {"S": f"USER#{user_id}"}, "sk": {"S": f"TASK#{number:026}"}}
    times = {"ca": {"N": "1795336260123"}, "ua": {"N": "1795336260123"}}
    item = headed({**key, **times, "t": {"S": f"Task {number}"}, "v": {"N": "1"}})
    return stream_record(number, None, item, **more)


def sequence(number: int) -> str:
    return str(created(number)["dynamodb"]["SequenceNumber"])


@pytest.fixture
def fake() -> FakeDynamo:
    """With the accounts of Ada and Bob."""
    fake = FakeDynamo()
    for user_id in (ADA, BOB):
        key = {"pk": {"S": f"USER#{user_id}"}, "sk": {"S": "ACCOUNT"}}
        fake.put_item(TableName="DataTable", Item=key)
    return fake


@pytest.fixture
def follower(fake: FakeDynamo) -> Follower:
    return Follower(fake)


def log(fake: FakeDynamo, user_id: str = ADA) -> list[tuple[int, str]]:
    """Numbers, and the titles of what was created."""
    return [(one.number, (one.new or {})["title"]) for one in entries(fake, user_id)]


def numbered(*numbers: int) -> list[tuple[int, str]]:
    return [(place, f"Task {number}") for place, number in enumerate(numbers, start=1)]


def test_changes_are_numbered_for_each_account(fake: FakeDynamo, follower: Follower) -> None:
    records = [created(1), created(2, BOB), created(3), created(4, BOB), created(5)]
    assert follower.record(records) is None
    assert log(fake) == numbered(1, 3, 5)
    assert log(fake, BOB) == numbered(2, 4)


def test_numbers_go_on(fake: FakeDynamo, follower: Follower) -> None:
    follower.record([created(1)])
    follower.restart()
    follower.record([created(2)])
    follower.record([created(3)])
    assert log(fake) == numbered(1, 2, 3)


@pytest.mark.parametrize("restarted", [False, True])
def test_batch_that_comes_again_appends_nothing(
    fake: FakeDynamo, follower: Follower, *, restarted: bool
) -> None:
    batch = [created(number) for number in range(1, 6)]
    follower.record(batch)
    if restarted:
        follower.restart()
    assert follower.record(batch) is None
    assert follower.record(batch[3:]) is None
    assert follower.record([created(3), created(6)]) is None
    assert log(fake) == numbered(1, 2, 3, 4, 5, 6)


def test_halves_of_a_bisected_batch_are_as_the_whole(fake: FakeDynamo, follower: Follower) -> None:
    batch = [created(number) for number in range(1, 7)]
    follower.record(batch[:4])
    for half in (batch[:3], batch[3:], batch[3:]):
        assert follower.record(half) is None
    assert log(fake) == numbered(1, 2, 3, 4, 5, 6)


def test_two_that_read_the_stream_at_once_append_once(fake: FakeDynamo) -> None:
    one, other = Follower(fake), Follower(fake)
    one.record([created(1)])
    other.record([created(1), created(2), created(3)])
    # The first still believes that 1 is the last.
    one.record([created(2), created(3), created(4)])
    other.record([created(4), created(5)])
    assert log(fake) == numbered(1, 2, 3, 4, 5)


def test_numbers_of_places_are_compared_and_not_their_texts(
    fake: FakeDynamo, follower: Follower
) -> None:
    records = [created(number) for number in (9, 10)]
    for record, text in zip(records, ("9", "10"), strict=True):
        record["dynamodb"]["SequenceNumber"] = text
    follower.record(records)
    assert log(fake) == numbered(9, 10)


def test_restored_table_has_a_stream_whose_numbers_begin_anew(
    fake: FakeDynamo, follower: Follower
) -> None:
    follower.record([created(7)])
    follower.record([created(3, epoch="2027-01-01T00:00:00.000")])
    assert log(fake) == numbered(7, 3)


# ------------------------------------------------------------------------------------- failures


class Failing:
    """A client whose write number `at` raises, carried out before that or not."""

    def __init__(self, fake: FakeDynamo, *, at: int, error: Exception, done: bool) -> None:
        self._fake = fake
        self._left = at
        self._error = error
        self._done = done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fake, name)

    def put_item(self, **request: Any) -> dict[str, Any]:
        self._left -= 1
        if self._left == 0 and not self._done:
            raise self._error
        answer = self._fake.put_item(**request)
        if self._left == 0:
            raise self._error
        return answer


LOST = ReadTimeoutError(endpoint_url="https://dynamodb.eu-central-1.amazonaws.com")
THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": "No"}}, "PutItem")


@pytest.mark.parametrize("done", [False, True], ids=["not carried out", "carried out"])
@pytest.mark.parametrize("error", [LOST, THROTTLED], ids=repr)
def test_first_that_failed_comes_again_with_all_behind_it(
    fake: FakeDynamo, error: Exception, *, done: bool
) -> None:
    failing = Failing(fake, at=3, error=error, done=done)
    follower = recorder(failing, bury=lambda _: None)
    batch = [created(number) for number in range(1, 6)]
    assert follower.record(batch) == sequence(3)
    assert len(log(fake)) == 2 + done
    assert follower.record(batch[2:]) is None
    assert log(fake) == numbered(1, 2, 3, 4, 5)


def test_attempt_that_arrives_late_changes_nothing(fake: FakeDynamo, follower: Follower) -> None:
    """Of a writer that was killed, when its successor has long gone on."""
    late: list[dict[str, Any]] = []

    class Slow(Failing):
        def put_item(self, **request: Any) -> dict[str, Any]:
            late.append(request)
            raise LOST

    slow = Slow(fake, at=0, error=LOST, done=False)
    recorder(slow, bury=lambda _: None).record([created(1)])
    follower.record([created(1), created(2)])
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        fake.put_item(**late[0])
    assert log(fake) == numbered(1, 2)


def test_somebody_who_is_always_faster_is_a_failure(fake: FakeDynamo, follower: Follower) -> None:
    def refuse(operation: str, _: object) -> None:
        if operation == "PutItem":
            code = "ConditionalCheckFailedException"
            raise ClientError({"Error": {"Code": code, "Message": "No"}}, operation)

    fake._watch = refuse
    assert follower.record([created(1)]) == sequence(1)


def test_poison_is_put_aside_and_holds_up_nothing(fake: FakeDynamo, follower: Follower) -> None:
    poison = created(2)
    poison["dynamodb"]["NewImage"]["h"] = {"M": {}}
    assert follower.record([created(1), poison, None, created(3)]) is None
    assert log(fake) == numbered(1, 3)
    letters = [json.loads(letter) for letter in follower.letters]
    assert [letter["sequence_number"] for letter in letters] == [sequence(2), ""]
    assert letters[0]["reason"] == "t is missing or not of the type that we write"
    assert "NewImage" not in follower.letters[0]


def test_poison_that_cannot_be_put_aside_comes_again(fake: FakeDynamo) -> None:
    def bury(_: str) -> None:
        raise LOST

    poison = created(2)
    poison["dynamodb"]["NewImage"]["h"] = {"M": {}}
    follower = recorder(fake, bury=bury)
    assert follower.record([created(1), poison, created(3)]) == sequence(2)
    assert log(fake) == numbered(1)


TOO_LARGE: Any = {
    "Code": "ValidationException",
    "Message": "Item size has exceeded the maximum allowed size",
}


def test_what_is_too_large_for_an_entry_is_put_aside_at_once(fake: FakeDynamo) -> None:
    letters: list[str] = []
    error = ClientError({"Error": TOO_LARGE}, "PutItem")
    failing = Failing(fake, at=2, error=error, done=False)
    follower = recorder(failing, bury=letters.append)
    assert follower.record([created(number) for number in (1, 2, 3)]) is None
    assert log(fake) == numbered(1, 3)
    [letter] = map(json.loads, letters)
    assert letter["sequence_number"] == sequence(2)
    assert letter["reason"] == "Its entry is larger than DynamoDB takes"


def test_request_that_is_wrong_in_another_way_comes_again(fake: FakeDynamo) -> None:
    """A defect of ours, which is mended, and loses nothing."""
    told: Any = {"Code": "ValidationException", "Message": "Invalid KeyConditionExpression"}
    failing = Failing(fake, at=2, error=ClientError({"Error": told}, "PutItem"), done=False)
    follower = recorder(failing, bury=pytest.fail)
    assert follower.record([created(1), created(2)]) == sequence(2)


# ----------------------------------------------------------------------------- deleted accounts


def test_nothing_is_told_of_an_account_that_is_gone(fake: FakeDynamo, follower: Follower) -> None:
    """Its purge removes task by task, and has emptied the log before."""
    follower.record([created(1)])
    key = {"pk": {"S": f"USER#{ADA}"}, "sk": {"S": "ACCOUNT"}}
    fake.call("DeleteItem", {"TableName": "DataTable", "Key": key})
    assert follower.record([created(2), created(3, BOB)]) is None
    assert log(fake) == numbered(1)
    assert log(fake, BOB) == numbered(3)


def test_account_is_looked_up_once_for_a_batch(fake: FakeDynamo, follower: Follower) -> None:
    fake.operations.clear()
    follower.record([created(1), created(2), created(3)])
    # The last entry; log and table, as nobody knows what such an account has.
    reads = ["GetItem", "Query", "Query", "Query"]
    assert fake.operations == [*reads, "PutItem", "PutItem", "PutItem"]
    fake.operations.clear()
    follower.record([created(4)])
    assert fake.operations == ["GetItem", "PutItem"]


# ------------------------------------------------------------------------------------ the handler


def test_logs_are_json_without_personal_data(
    follower: Follower, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        follower.record(sample("log-changes"))
        follower.record(sample("log-poison"))
    lines = [JsonFormatter().format(record) for record in caplog.records]
    told = [json.loads(line) for line in lines]
    assert [entry["message"] for entry in told] == ["Recorded", "Never to be recorded", "Recorded"]
    assert told[0] | {"records": 30, "changes": 26} == told[0]
    for personal in ("ada", "Ada", "example.com", "milk", ADA):
        assert not any(personal in line for line in lines)


@pytest.fixture
def on_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[Any]]]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("ERRAND_DATA_TABLE", "DataTable")
    monkeypatch.setenv("ERRAND_LOG_TABLE", LOG)
    record_changes.recorder.cache_clear()
    with mock_aws():
        dynamodb = client("dynamodb", read_timeout=1)
        for name in ("DataTable", LOG):
            dynamodb.create_table(**table_properties(name))
        key = {"pk": {"S": f"USER#{ADA}"}, "sk": {"S": "ACCOUNT"}}
        dynamodb.put_item(TableName="DataTable", Item=key)
        queue = client("sqs", read_timeout=1).create_queue(QueueName="dead-letters")
        monkeypatch.setenv("ERRAND_LOG_DEAD_LETTERS_URL", queue["QueueUrl"])
        yield lambda: dynamodb.scan(TableName=LOG)["Items"]
    record_changes.recorder.cache_clear()


def test_handler(on_aws: Callable[[], list[Any]]) -> None:
    for _ in range(2):
        assert handler({"Records": sample("log-changes")}, None) == {"batchItemFailures": []}
    stored = on_aws()
    # Everything but the claims on names.
    assert len(stored) == 26
    assert {item["pk"]["S"] for item in stored} == {f"USER#{ADA}"}
    assert {len(item["sk"]["S"]) for item in stored} == {len("CHANGE#") + 15}


@pytest.mark.usefixtures("on_aws")
def test_handler_puts_poison_aside() -> None:
    assert handler({"Records": sample("log-poison")}, None) == {"batchItemFailures": []}
    queue_url = os.environ["ERRAND_LOG_DEAD_LETTERS_URL"]
    (letter,) = client("sqs", read_timeout=1).receive_message(QueueUrl=queue_url)["Messages"]
    assert json.loads(letter["Body"])["reason"]
