"""What the purge's consumer removes and what it leaves, on real queue events and moto's AWS."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

import purge_accounts
from errand.aws import client
from errand.storage.removal import BATCH, PAGE
from errand_testkit.purge import DATA, DELETED, EPHEMERAL, LIVING, LOG, sample
from purge_accounts import MARGIN, handler

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
        for name in (DATA, EPHEMERAL, LOG):
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
    monkeypatch.setenv("ERRAND_LOG_TABLE", LOG)
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
    tables.put(EPHEMERAL, "MAIL#1", "MAIL")
    assert handler(sample(), Context()) == {"batchItemFailures": []}
    assert tables.count(DATA, f"USER#{DELETED}") == 0
    assert tables.count(EPHEMERAL, f"USER#{DELETED}") == 0
    assert tables.count(DATA, f"USER#{LIVING}") == 4
    assert tables.count(EPHEMERAL, f"USER#{LIVING}") == 2
    assert tables.count(EPHEMERAL, "MAIL#1") == 1
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


@pytest.mark.deep
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


@pytest.mark.deep
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
