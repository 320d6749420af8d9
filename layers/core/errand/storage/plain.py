"""Both tables for functions that start faster without PynamoDB: items by their keys, no more."""

from collections.abc import Mapping
from typing import Any, Protocol

from botocore.exceptions import ClientError

from errand import acting
from errand.errors import Contended
from errand.fields import table_of
from errand.records import Item, kept
from errand.storage.kinds import Key, Kind, Table


class DynamoClient(Protocol):
    def get_item(self, **request: Any) -> dict[str, Any]: ...
    def put_item(self, **request: Any) -> dict[str, Any]: ...
    def update_item(self, **request: Any) -> dict[str, Any]: ...


class Versioned(Protocol):
    @property
    def version(self) -> int: ...


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

    def put(self, kind: Kind, key: Key, record: object) -> None:
        self._dynamodb.put_item(
            TableName=self._names[kind.table], Item={**attributes(key), **kept(record)}
        )

    def rewrite(self, kind: Kind, key: Key, old: Versioned, new: Versioned) -> None:
        """Raises Contended if what is stored is no longer the version `old`."""
        before, after = kept(old), kept(new)
        # Nobody who asked has done it: who changed the item before is not to be told of it.
        removed = [*(before.keys() - after.keys()), acting.ATTRIBUTE]
        changed = {name: value for name, value in after.items() if before.get(name) != value}
        version = table_of(type(old))["version"].stored or ""
        sets = ", ".join(f"#{name} = :{name}" for name in changed)
        removes = ", ".join(f"#{name}" for name in removed)
        try:
            self._dynamodb.update_item(
                TableName=self._names[kind.table],
                Key=attributes(key),
                UpdateExpression=f"SET {sets} REMOVE {removes}",
                ConditionExpression=f"#{version} = :old",
                ExpressionAttributeNames={f"#{name}": name for name in [*changed, *removed]},
                ExpressionAttributeValues={
                    ":old": before[version],
                    **{f":{name}": value for name, value in changed.items()},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                raise Contended from None
            raise


def attributes(key: Key) -> dict[str, dict[str, str]]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}
