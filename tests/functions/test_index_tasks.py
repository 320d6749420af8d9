"""The keeper of the index: every account it hears of, again and again, whatever fails."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]
from botocore.exceptions import ClientError
from moto import mock_aws

import index_tasks
from errand.aws import client
from errand.search.segments import unpacked
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.event_samples import MILK
from errand_testkit.index import (
    STREAM,
    IndexFollower,
    index_store,
    indexed,
    log_of,
    recounted,
)
from errand_testkit.items import headed
from errand_testkit.template import table_properties
from index_tasks import handler

EVENTS = Path(__file__).parents[2] / "events"
ADA, BOB = "06h04o2vndpa700bqsem70d6f8", "06h04oaa3dpa700lnaafu6cr44"

type Record = dict[str, Any]


def sample(name: str) -> list[Record]:
    batch: list[Record] = json.loads((EVENTS / f"{name}.json").read_text())["Records"]
    return batch


def task(number: int, user_id: str = ADA) -> dict[str, Any]:
    key = {"pk": {"S": f"USER#{user_id}"}, "sk": {"S": f"TASK#{number:025}0"}}
    times = {"ca": {"N": "1795336260123"}, "ua": {"N": "1795336260123"}}
    return headed({**key, **times, "t": {"S": f"Task {number}"}, "v": {"N": "1"}})


@pytest.fixture
def fake() -> FakeDynamo:
    """With the accounts of Ada and Bob."""
    fake = FakeDynamo()
    for user_id in (ADA, BOB):
        key = {"pk": {"S": f"USER#{user_id}"}, "sk": {"S": "ACCOUNT"}}
        fake.put_item(TableName="DataTable", Item=key)
    return fake


@pytest.fixture
def follower(fake: FakeDynamo) -> IndexFollower:
    return IndexFollower(fake)


def changed(fake: FakeDynamo, follower: IndexFollower, *items: dict[str, Any]) -> list[Record]:
    """What the log tells when these are written."""
    before = len(log_of(fake))
    for item in items:
        fake.put_item(TableName="DataTable", Item=item)
    follower._log.follow()
    return log_of(fake)[before:]


def test_every_account_of_a_batch_is_indexed(fake: FakeDynamo, follower: IndexFollower) -> None:
    messages = changed(fake, follower, task(1), task(2, BOB), task(3))
    assert follower.index(messages) == []
    for user_id, count in ((ADA, 2), (BOB, 1)):
        assert indexed(fake, user_id) == recounted(fake, user_id)
        assert len(indexed(fake, user_id)) == count


def test_each_account_is_written_once_for_a_batch(
    fake: FakeDynamo, follower: IndexFollower
) -> None:
    follower.index(changed(fake, follower, task(1)))
    messages = changed(fake, follower, *(task(number) for number in range(2, 12)))
    follower.fake.operations.clear()
    follower.index(messages)
    assert follower.fake.operations.count("PutItem") == 1


def test_only_the_account_that_failed_is_to_come_again(
    fake: FakeDynamo, follower: IndexFollower
) -> None:
    messages = changed(fake, follower, task(1), task(2, BOB), task(3, BOB))
    of_bob = [message for message in messages if BOB in message["messageId"]]

    def refuse(operation: str, request: Any) -> None:
        if operation == "PutItem" and BOB in request["Item"]["pk"]["S"]:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "No"}}, "P")

    follower.fake._watch = refuse
    assert follower.index(messages) == [message["messageId"] for message in of_bob]
    assert indexed(fake, ADA) == recounted(fake, ADA)
    follower.fake._watch = lambda *_: None
    assert follower.index(of_bob) == []
    assert indexed(fake, BOB) == recounted(fake, BOB)


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"detail": {"subject": 7}}'])
def test_poison_fails_alone(fake: FakeDynamo, follower: IndexFollower, body: str) -> None:
    messages = changed(fake, follower, task(1))
    poison = {"messageId": "poison", "body": body}
    assert follower.index([poison, *messages]) == ["poison"]
    assert indexed(fake, ADA) == recounted(fake, ADA)


def test_task_that_nobody_understands_fails_alone(
    fake: FakeDynamo, follower: IndexFollower
) -> None:
    messages = changed(fake, follower, task(1), task(2, BOB))
    del fake.items["DataTable"][f"USER#{ADA}", f"TASK#{1:025}0"]["h"]["M"]["t"]
    assert follower.index(messages) == [
        message["messageId"] for message in messages if ADA in message["messageId"]
    ]
    assert indexed(fake, BOB) == recounted(fake, BOB)


@pytest.mark.parametrize(
    ("name", "old"),
    [
        ("project-created", None),
        ("user-registered", None),
        ("task-updated", {"due_date": "2026-12-24"}),
    ],
)
def test_what_no_search_looks_at_is_passed_over(
    follower: IndexFollower, name: str, old: dict[str, Any] | None
) -> None:
    event = json.loads((EVENTS / f"bus-{name}.json").read_text())
    event["detail"]["data"]["old"] = old
    follower.fake.operations.clear()
    assert follower.index([{"messageId": "1", "body": json.dumps(event)}]) == []
    assert follower.fake.operations == []


def test_logs_are_json_without_personal_data(
    fake: FakeDynamo, follower: IndexFollower, caplog: pytest.LogCaptureFixture
) -> None:
    messages = changed(fake, follower, task(1))
    caplog.clear()
    with caplog.at_level(logging.INFO):
        follower.index([*messages, *sample("index-poison")[:1]])
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert [json.loads(line)["message"] for line in lines] == ["Not indexed", "Indexed"]
    for personal in ("Task 1", "milk", ADA):
        assert not any(personal in line for line in lines)


@pytest.fixture
def on_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Any]]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("ERRAND_DATA_TABLE", "DataTable")
    monkeypatch.setenv("ERRAND_EPHEMERAL_TABLE", "EphemeralTable")
    monkeypatch.setenv("ERRAND_DATA_STREAM", f"arn:aws:dynamodb:::table/D/stream/{STREAM}")
    index_tasks.indexer.cache_clear()
    with mock_aws():
        dynamodb = client("dynamodb", read_timeout=1)
        for name in ("DataTable", "EphemeralTable"):
            dynamodb.create_table(**table_properties(name))
        key = {"pk": {"S": f"USER#{ADA}"}, "sk": {"S": "ACCOUNT"}}
        dynamodb.put_item(TableName="DataTable", Item=key)
        yield dynamodb
    index_tasks.indexer.cache_clear()


@pytest.mark.deep
def test_handler_on_moto(on_aws: Any) -> None:
    """Many tasks, so that segments are pieces, written in transactions and read again."""
    sampled = sample("index-entries")[0]["body"]
    for start in range(0, 400, 80):
        for number in range(start, start + 80):
            on_aws.put_item(TableName="DataTable", Item=task(number))
        ids = [task(number)["sk"]["S"].partition("#")[2] for number in range(start, start + 80)]
        messages = [
            {"messageId": task_id, "body": sampled.replace(MILK, task_id)} for task_id in ids
        ]
        for _ in range(2):
            assert handler({"Records": messages}, None) == {"batchItemFailures": []}
    store = index_store(on_aws)
    head = store.head(ADA)
    assert head is not None
    assert head.is_complete
    assert head.segments
    rows = [*unpacked(head.young)]
    for told in head.segments:
        rows += unpacked(store.segment(ADA, told))
    assert {one.id for one in rows} == {f"{number:025}0" for number in range(400)}


@pytest.mark.usefixtures("on_aws")
def test_handler_reports_poison() -> None:
    failed = handler({"Records": sample("index-poison")}, None)["batchItemFailures"]
    assert len(failed) == 1
