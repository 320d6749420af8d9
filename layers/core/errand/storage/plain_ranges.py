"""As storage.plain: what an account has of one kind, several items at once, and their removal."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from botocore.exceptions import ClientError

from errand.aws import FAILED_CONDITION, reason
from errand.errors import StorageUnavailable
from errand.records import Item
from errand.storage.kinds import Key, Kind, Table, attributes, collection
from errand.storage.plain import DynamoClient, PlainTables

_ATTEMPTS = 3


class RangesClient(DynamoClient, Protocol):
    def batch_get_item(self, **request: Any) -> dict[str, Any]: ...
    def delete_item(self, **request: Any) -> dict[str, Any]: ...
    def query(self, **request: Any) -> dict[str, Any]: ...


class PlainRanges(PlainTables):
    """`names`: of the tables in this deployment."""

    def __init__(self, *, dynamodb: RangesClient, names: Mapping[Table, str]) -> None:
        super().__init__(dynamodb=dynamodb, names=names)
        self._ranges = dynamodb

    def of(self, kind: Kind, user_id: str, *, limit: int) -> list[Item]:
        """In the order of their keys."""
        answer = self._ranges.query(
            TableName=self._names[kind.table],
            KeyConditionExpression="pk = :owner AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={
                ":owner": {"S": collection(user_id)},
                ":prefix": {"S": kind.prefix},
            },
            ConsistentRead=True,
            Limit=limit,
        )
        items: list[Item] = answer["Items"]
        return items

    def together(self, keys: Sequence[tuple[Kind, Key]]) -> dict[Key, Item]:
        """Those that there are of at most 100. Raises StorageUnavailable."""
        wanted: dict[str, Any] = {}
        for kind, key in keys:
            table = wanted.setdefault(self._names[kind.table], {"Keys": [], "ConsistentRead": True})
            table["Keys"].append(attributes(key))
        found: dict[Key, Item] = {}
        for _ in range(_ATTEMPTS):
            answer = self._ranges.batch_get_item(RequestItems=wanted)
            for items in answer["Responses"].values():
                found |= {Key(item["pk"]["S"], item["sk"]["S"]): item for item in items}
            wanted = answer.get("UnprocessedKeys", {})
            if not wanted:
                return found
        raise StorageUnavailable

    def take(self, kind: Kind, key: Key, *, now: int) -> Item | None:
        """Removes what has not expired, for one of all who ask; None for the others.

        `now`: epoch seconds.
        """
        try:
            answer = self._ranges.delete_item(
                TableName=self._names[kind.table],
                Key=attributes(key),
                ConditionExpression="expires_at > :now",
                ExpressionAttributeValues={":now": {"N": str(now)}},
                ReturnValues="ALL_OLD",
            )
        except ClientError as error:
            if reason(error) != FAILED_CONDITION:
                raise
            return None
        item: Item = answer["Attributes"]
        return item

    def remove(self, kind: Kind, key: Key) -> None:
        self._ranges.delete_item(TableName=self._names[kind.table], Key=attributes(key))
