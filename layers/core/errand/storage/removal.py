"""Many items removed by their keys, for functions that start faster without PynamoDB."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from errand.errors import StorageUnavailable

PAGE = 100  # keys a Query may answer with
BATCH = 25  # what BatchWriteItem takes
ATTEMPTS = 8  # at what a BatchWriteItem left unprocessed; at most 7 s of pauses in all
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0  # seconds

type Attributes = Mapping[str, Mapping[str, str]]


class DynamoClient(Protocol):
    def get_item(self, **request: Any) -> dict[str, Any]: ...
    def query(self, **request: Any) -> dict[str, Any]: ...
    def batch_write_item(self, **request: Any) -> dict[str, Any]: ...


class Remover:
    def __init__(
        self, dynamodb: DynamoClient, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._dynamodb = dynamodb
        self._pause = pause

    def keys(
        self, table: str, partition: str, *, prefix: str = "", tree: str | None = None
    ) -> Iterator[Attributes]:
        """Of a partition: all whose sort keys begin so, or have this key in the view of trees."""
        request: dict[str, Any] = {
            "TableName": table,
            "KeyConditionExpression": "pk = :owner",
            "ExpressionAttributeValues": {":owner": {"S": partition}},
            "ProjectionExpression": "pk, sk",
            "ConsistentRead": True,
            "Limit": PAGE,
        }
        if prefix:
            request["KeyConditionExpression"] += " AND begins_with(sk, :prefix)"
            request["ExpressionAttributeValues"][":prefix"] = {"S": prefix}
        if tree is not None:
            request["IndexName"] = "by_tree"
            request["KeyConditionExpression"] += " AND vt = :tree"
            request["ExpressionAttributeValues"][":tree"] = {"S": tree}
        while True:
            page = self._dynamodb.query(**request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def remove(self, table: str, keys: Sequence[Attributes]) -> None:
        """At most BATCH of them. Raises StorageUnavailable."""
        left: dict[str, Any] = {table: [{"DeleteRequest": {"Key": key}} for key in keys]}
        for attempt in range(ATTEMPTS):
            if attempt:
                longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
                self._pause(random.uniform(0, longest))  # noqa: S311 - jitter
            left = self._dynamodb.batch_write_item(RequestItems=left).get("UnprocessedItems", {})
            if not left:
                return
        raise StorageUnavailable
