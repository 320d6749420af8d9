"""Both tables for functions that start faster without PynamoDB: items by their keys."""

from collections.abc import Mapping
from typing import Any, Protocol

from errand.records import Item, kept
from errand.storage.kinds import Key, Kind, Table, attributes


class DynamoClient(Protocol):
    def get_item(self, **request: Any) -> dict[str, Any]: ...
    def put_item(self, **request: Any) -> dict[str, Any]: ...
    def query(self, **request: Any) -> dict[str, Any]: ...


class PlainTables:
    """`names`: of the tables in this deployment."""

    def __init__(self, *, dynamodb: DynamoClient, names: Mapping[Table, str]) -> None:
        self._dynamodb = dynamodb
        self._names = names

    def get(self, kind: Kind, key: Key) -> Item | None:
        answer = self._dynamodb.get_item(
            TableName=self._names[kind.table], Key=attributes(key), ConsistentRead=True
        )
        item: Item | None = answer.get("Item")
        return item

    def between(
        self,
        table: Table,
        index: str,
        partition: str,
        sort: str,
        keys: tuple[str, str],
        *,
        limit: int,
    ) -> list[Item]:
        """Those of an index whose sort key is between two, the lowest first; `limit` at most."""
        first, last = keys
        page = self._dynamodb.query(
            TableName=self._names[table],
            IndexName=index,
            KeyConditionExpression=f"pk = :pk AND {sort} BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": partition},
                ":first": {"S": first},
                ":last": {"S": last},
            },
            Limit=limit,
        )
        items: list[Item] = page["Items"]
        return items

    def put(self, kind: Kind, key: Key, record: object) -> None:
        self._dynamodb.put_item(
            TableName=self._names[kind.table], Item={**attributes(key), **kept(record)}
        )
