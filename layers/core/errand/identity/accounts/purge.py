"""Removes what a deleted account left behind, in batches and as far as time allows."""

import time
from collections.abc import Callable, Sequence
from itertools import batched

from errand.errors import ErrandError
from errand.storage.kinds import ACCOUNT, attributes, collection
from errand.storage.removal import BATCH, DynamoClient, Remover


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
        self._remover = Remover(dynamodb, pause=pause)

    def purge(self, user_id: str, *, has_time: Callable[[], bool]) -> int:
        """How many items were removed. Raises AccountExists, OutOfTime or StorageUnavailable."""
        if self._is_alive(user_id):
            raise AccountExists
        removed = 0
        for table in (self._data_table, *self._others):
            for keys in batched(
                self._remover.keys(table, collection(user_id)), BATCH, strict=False
            ):
                if not has_time():
                    raise OutOfTime(removed)
                self._remover.remove(table, keys)
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
