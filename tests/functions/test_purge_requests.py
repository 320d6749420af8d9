"""What the purge asks of AWS, what it does if AWS refuses, where moto would not, and its logs."""

import copy
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]
from botocore.exceptions import ClientError, ReadTimeoutError

from errand.identity.accounts.purge import AccountPurger
from errand.storage.removal import ATTEMPTS, BATCH, LONGEST_PAUSE, PAGE, DynamoClient
from errand_testkit.purge import DATA, DELETED, EPHEMERAL, sample
from purge_accounts import MARGIN, PurgeWorker


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
