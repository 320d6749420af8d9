"""Removes what a deleted account left behind, in batches and as far as time allows."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any, Protocol

from errand.errors import ErrandError, StorageUnavailable
from errand.storage.kinds import ACCOUNT, collection
from errand.storage.plain import attributes

PAGE = 100  # keys a Query may answer with
BATCH = 25  # what BatchWriteItem takes
ATTEMPTS = 8  # at what a BatchWriteItem left unprocessed; at most 7 s of pauses in all
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0  # seconds

type Attributes = Mapping[str, Mapping[str, str]]


class DynamoClient(Protocol):
    def get_item(self, **request: Any) -> dict[str, Any]: ...
    def query(self, **request: Any) -> dict[str, Any]: ...
    def batch_write_item(self, **request: Any) -> dict[str, Any]: ...


class AccountExists(ErrandError):
    """What lives is never purged."""

    code = "account_exists"

    def __init__(self) -> None:
        super().__init__("The account still exists")


class OutOfTime(ErrandError):
    """`removed` items are gone, more are left."""

    code = "out_of_time"

    def __init__(self, removed: int) -> None:
        super().__init__("The invocation's time is up")
        self.removed = removed


class AccountPurger:
    """`data_table` holds the accounts, `others` more items of theirs."""

    def __init__(
        self,
        *,
        dynamodb: DynamoClient,
        data_table: str,
        others: Sequence[str],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._dynamodb = dynamodb
        self._data_table = data_table
        self._others = others
        self._pause = pause

    def purge(self, user_id: str, *, has_time: Callable[[], bool]) -> int:
        """How many items were removed. Raises AccountExists, OutOfTime or StorageUnavailable."""
        if self._is_alive(user_id):
            raise AccountExists
        owner = {"S": collection(user_id)}
        removed = 0
        for table in (self._data_table, *self._others):
            for keys in batched(self._keys(table, owner), BATCH, strict=False):
                if not has_time():
                    raise OutOfTime(removed)
                self._remove(table, keys)
                removed += len(keys)
        return removed

    def _is_alive(self, user_id: str) -> bool:
        answer = self._dynamodb.get_item(
            TableName=self._data_table,
            Key=attributes(ACCOUNT.key(user_id)),
            ProjectionExpression="pk",
            ConsistentRead=True,
        )
        return "Item" in answer

    def _keys(self, table: str, owner: Mapping[str, str]) -> Iterator[Attributes]:
        request: dict[str, Any] = {
            "TableName": table,
            "KeyConditionExpression": "pk = :owner",
            "ExpressionAttributeValues": {":owner": owner},
            "ProjectionExpression": "pk, sk",
            "ConsistentRead": True,
            "Limit": PAGE,
        }
        while True:
            page = self._dynamodb.query(**request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _remove(self, table: str, keys: Sequence[Attributes]) -> None:
        left: dict[str, Any] = {table: [{"DeleteRequest": {"Key": key}} for key in keys]}
        for attempt in range(ATTEMPTS):
            if attempt:
                longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
                self._pause(random.uniform(0, longest))  # noqa: S311 - jitter
            left = self._dynamodb.batch_write_item(RequestItems=left).get("UnprocessedItems", {})
            if not left:
                return
        raise StorageUnavailable
