"""The purge's consumer, on real queue events and, where it is true enough, moto's DynamoDB."""

import copy
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

import purge_accounts
from errand.accounts.purge import ATTEMPTS, BATCH, LONGEST_PAUSE, PAGE, AccountPurger, DynamoClient
from errand.aws import client
from purge_accounts import MARGIN, PurgeWorker, handler

EVENTS = Path(__file__).parents[2] / "events"
DATA, EPHEMERAL = "errand-data", "errand-ephemeral"
DELETED = "06h04o2vndpa700bqsem70d6f8"
LIVING = "06h04oaa3dpa700lnaafu6cr44"

# An index would be one more reason for moto to be slow, and the purge uses none.
KEYS: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


def sample(name: str = "purge-account") -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


class Context:
    """A Lambda context with `seconds` left, and one less whenever it is asked."""

    def __init__(self, seconds: int = 900) -> None:
        self._left = seconds * 1000

    def get_remaining_time_in_millis(self) -> int:
        self._left -= 1000
        return self._left


class Tables:
    def __init__(self, client: Any) -> None:
        self.client = client
        for name in (DATA, EPHEMERAL):
            client.create_table(TableName=name, **KEYS)

    def put(self, table: str, pk: str, sk: str) -> None:
        item = {"pk": {"S": pk}, "sk": {"S": sk}, "t": {"S": "x" * 100}}
        self.client.put_item(TableName=table, Item=item)

    def fill(self, user_id: str, *, tasks: int, receipts: int = 0) -> None:
        for number in range(tasks):
            self.put(DATA, f"USER#{user_id}", f"TASK#{number:026}")
        for number in range(receipts):
            self.put(EPHEMERAL, f"USER#{user_id}", f"IDEMPOTENCY#{number}")

    def count(self, table: str, pk: str) -> int:
        answer = self.client.query(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
        )
        number: int = answer["Count"]
        return number


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("ERRAND_DATA_TABLE", DATA)
    monkeypatch.setenv("ERRAND_EPHEMERAL_TABLE", EPHEMERAL)
    purge_accounts.worker.cache_clear()
    with mock_aws():
        queue = client("sqs", read_timeout=1).create_queue(QueueName="purge")
        monkeypatch.setenv("ERRAND_PURGE_QUEUE_URL", queue["QueueUrl"])
        yield Tables(client("dynamodb", read_timeout=1))
    purge_accounts.worker.cache_clear()


def waiting() -> list[str]:
    """The bodies of the messages in the purge queue."""
    sqs = client("sqs", read_timeout=1)
    url = sqs.get_queue_url(QueueName="purge")["QueueUrl"]
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in messages]


def test_removes_all_of_one_account_and_nothing_else(tables: Tables) -> None:
    tables.fill(DELETED, tasks=2 * PAGE + 7, receipts=30)
    tables.fill(LIVING, tasks=3, receipts=2)
    tables.put(DATA, f"USER#{LIVING}", "ACCOUNT")
    tables.put(EPHEMERAL, "ANONYMOUS#1", "IDEMPOTENCY#1")
    assert handler(sample(), Context()) == {"batchItemFailures": []}
    assert tables.count(DATA, f"USER#{DELETED}") == 0
    assert tables.count(EPHEMERAL, f"USER#{DELETED}") == 0
    assert tables.count(DATA, f"USER#{LIVING}") == 4
    assert tables.count(EPHEMERAL, f"USER#{LIVING}") == 2
    assert tables.count(EPHEMERAL, "ANONYMOUS#1") == 1
    assert waiting() == []


def test_may_be_repeated(tables: Tables) -> None:
    tables.fill(DELETED, tasks=3)
    for _ in range(3):
        assert handler(sample(), Context()) == {"batchItemFailures": []}
    assert tables.count(DATA, f"USER#{DELETED}") == 0


def test_never_purges_an_account_that_lives(tables: Tables) -> None:
    tables.fill(DELETED, tasks=3, receipts=1)
    tables.put(DATA, f"USER#{DELETED}", "ACCOUNT")
    message_id = sample()["Records"][0]["messageId"]
    assert handler(sample(), Context()) == {"batchItemFailures": [{"itemIdentifier": message_id}]}
    assert tables.count(DATA, f"USER#{DELETED}") == 4
    assert tables.count(EPHEMERAL, f"USER#{DELETED}") == 1


def test_poison_fails_alone(tables: Tables) -> None:
    tables.fill(DELETED, tasks=3)
    event = sample("purge-poison")
    _, not_json, other_event = event["Records"]
    assert handler(event, Context()) == {
        "batchItemFailures": [
            {"itemIdentifier": not_json["messageId"]},
            {"itemIdentifier": other_event["messageId"]},
        ]
    }
    assert tables.count(DATA, f"USER#{DELETED}") == 0


def test_goes_on_in_a_fresh_invocation(tables: Tables) -> None:
    tables.fill(DELETED, tasks=5 * BATCH, receipts=BATCH)
    event = sample()
    invocations = 0
    while True:
        invocations += 1
        # Time for two batches each.
        context = Context(seconds=MARGIN // 1000 + 3)
        assert handler(event, context) == {"batchItemFailures": []}
        bodies = waiting()
        if not bodies:
            break
        assert bodies == [sample()["Records"][0]["body"]]
    assert invocations == 3
    assert tables.count(DATA, f"USER#{DELETED}") == 0
    assert tables.count(EPHEMERAL, f"USER#{DELETED}") == 0


def test_without_progress_the_message_fails(tables: Tables) -> None:
    tables.fill(DELETED, tasks=1)
    failures = handler(sample(), Context(seconds=MARGIN // 1000))["batchItemFailures"]
    assert len(failures) == 1
    assert waiting() == []
    assert tables.count(DATA, f"USER#{DELETED}") == 1


def test_an_account_behind_a_large_one_waits_without_failing(tables: Tables) -> None:
    tables.fill(DELETED, tasks=3 * BATCH)
    tables.fill(LIVING, tasks=1)
    (large,), (small,) = sample()["Records"], sample()["Records"]
    small["body"] = small["body"].replace(DELETED, LIVING)
    context = Context(seconds=MARGIN // 1000 + 2)
    assert handler({"Records": [large, small]}, context) == {"batchItemFailures": []}
    assert sorted(waiting()) == sorted([large["body"], small["body"]])


def test_all_read_is_done_however_late(tables: Tables) -> None:
    assert tables.count(DATA, f"USER#{DELETED}") == 0
    assert handler(sample(), Context(seconds=0)) == {"batchItemFailures": []}


class FakeDynamo:
    """One account's keys in a list; `unprocessed` says how many of a batch are left over."""

    def __init__(
        self,
        *,
        items: int,
        unprocessed: Callable[[int], int] = lambda _: 0,
        error: Exception | None = None,
    ) -> None:
        self.keys = [{"pk": {"S": f"USER#{DELETED}"}, "sk": {"S": f"{n:04}"}} for n in range(items)]
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._unprocessed = unprocessed
        self._error = error

    def get_item(self, **request: Any) -> dict[str, Any]:
        self.calls.append(("get_item", copy.deepcopy(request)))
        return {}

    def query(self, **request: Any) -> dict[str, Any]:
        self.calls.append(("query", copy.deepcopy(request)))
        if request["TableName"] != DATA:
            return {"Items": []}
        after = request.get("ExclusiveStartKey", {"sk": {"S": ""}})["sk"]["S"]
        later = [key for key in self.keys if key["sk"]["S"] > after]
        page = later[: request["Limit"]]
        return {"Items": page} | ({"LastEvaluatedKey": page[-1]} if page != later else {})

    def batch_write_item(self, **request: Any) -> dict[str, Any]:
        self.calls.append(("batch_write_item", copy.deepcopy(request)))
        if self._error:
            raise self._error
        ((table, writes),) = request["RequestItems"].items()
        assert len(writes) <= BATCH
        left = writes[len(writes) - self._unprocessed(len(writes)) :]
        for write in writes[: len(writes) - len(left)]:
            self.keys.remove(write["DeleteRequest"]["Key"])
        return {"UnprocessedItems": {table: left} if left else {}}

    def requests(self, name: str) -> list[dict[str, Any]]:
        return [request for called, request in self.calls if called == name]


class Pauses(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def purger(dynamodb: DynamoClient, pauses: Pauses | None = None) -> AccountPurger:
    return AccountPurger(
        dynamodb=dynamodb,
        data_table=DATA,
        others=[EPHEMERAL],
        pause=Pauses() if pauses is None else pauses,
    )


def test_unprocessed_items_are_tried_again() -> None:
    dynamodb = FakeDynamo(items=60, unprocessed=lambda sent: sent // 2)
    pauses = Pauses()
    assert purger(dynamodb, pauses).purge(DELETED, has_time=lambda: True) == 60
    assert dynamodb.keys == []
    assert len(pauses) == len(dynamodb.requests("batch_write_item")) - 3
    assert all(0 <= pause <= LONGEST_PAUSE for pause in pauses)


def test_throttled_for_good_fails_the_message() -> None:
    dynamodb = FakeDynamo(items=3, unprocessed=lambda sent: sent)
    pauses = Pauses()
    messages = sample()["Records"]
    worker = PurgeWorker(purger=purger(dynamodb, pauses), again=lambda _: pytest.fail("sent"))
    failed = worker.work(messages, has_time=lambda: True)
    assert failed == [messages[0]["messageId"]]
    assert len(dynamodb.requests("batch_write_item")) == ATTEMPTS
    assert sum(pauses) < MARGIN / 1000


ERRORS = [
    ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate"}}, "BatchWriteItem"),
    ReadTimeoutError(endpoint_url="https://dynamodb.eu-central-1.amazonaws.com"),
]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_unreachable_table_fails_the_message(error: Exception) -> None:
    messages = sample()["Records"]
    worker = PurgeWorker(
        purger=purger(FakeDynamo(items=3, error=error)), again=lambda _: pytest.fail("sent")
    )
    assert worker.work(messages, has_time=lambda: True) == [messages[0]["messageId"]]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_unreachable_queue_fails_the_message(error: Exception) -> None:
    def again(_: str) -> None:
        raise error

    messages = sample()["Records"]
    answers = iter([True, False])
    worker = PurgeWorker(purger=purger(FakeDynamo(items=2 * BATCH)), again=again)
    assert worker.work(messages, has_time=lambda: next(answers)) == [messages[0]["messageId"]]


def test_reads_keys_only_consistently_and_by_the_page() -> None:
    dynamodb = FakeDynamo(items=PAGE + 1)
    purger(dynamodb).purge(DELETED, has_time=lambda: True)
    queries = dynamodb.requests("query")
    assert [query["TableName"] for query in queries] == [DATA, DATA, EPHEMERAL]
    for query in queries:
        assert query["ProjectionExpression"] == "pk, sk"
        assert query["ConsistentRead"] is True
        assert query["Limit"] == PAGE
    (account,) = dynamodb.requests("get_item")
    assert account["ConsistentRead"] is True
    assert account["Key"] == {"pk": {"S": f"USER#{DELETED}"}, "sk": {"S": "ACCOUNT"}}


def test_logs_are_json_without_personal_data(caplog: pytest.LogCaptureFixture) -> None:
    event = sample("purge-poison")
    worker = PurgeWorker(purger=purger(FakeDynamo(items=3)), again=lambda _: None)
    with caplog.at_level(logging.INFO):
        worker.work(event["Records"], has_time=lambda: True)
    lines = [JsonFormatter().format(record) for record in caplog.records]
    purged, *refused = [json.loads(line) for line in lines]
    assert purged["message"] == "Purged"
    assert purged["items"] == 3
    assert [entry["reason"] for entry in refused] == ["malformed_record", "malformed_record"]
    assert not any(DELETED in line for line in lines)
