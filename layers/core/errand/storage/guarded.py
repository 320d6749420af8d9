"""Items that change on a condition, for functions that start faster without PynamoDB."""

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any, Protocol

from botocore.exceptions import ClientError

from errand import acting
from errand.aws import FAILED_CONDITION, reason
from errand.fields import table_of
from errand.records import Item, kept, on_the_wire
from errand.storage.kinds import Key, Kind, Table, attributes
from errand.storage.plain import DynamoClient, PlainTables


class GuardedClient(DynamoClient, Protocol):
    def update_item(self, **request: Any) -> dict[str, Any]: ...
    def delete_item(self, **request: Any) -> dict[str, Any]: ...
    def query(self, **request: Any) -> dict[str, Any]: ...


class Refused(Exception):
    """The condition did not hold; `item`: what is there, None if nothing is."""

    def __init__(self, item: Item | None) -> None:
        super().__init__()
        self.item = item


class GuardedTables(PlainTables):
    def __init__(self, *, dynamodb: GuardedClient, names: Mapping[Table, str]) -> None:
        super().__init__(dynamodb=dynamodb, names=names)
        self._guarded = dynamodb

    def add(self, kind: Kind, key: Key, record: object) -> None:
        """Raises Refused if there is an item with this key."""
        self._ask(
            self._guarded.put_item,
            TableName=self._names[kind.table],
            Item={**attributes(key), **kept(record)},
            ConditionExpression="attribute_not_exists(pk)",
        )

    def change(
        self,
        kind: Kind,
        key: Key,
        of: type,
        changes: Mapping[str, Any],
        *,
        only_if: str,
        counted: tuple[str, ...] = (),
        **values: str | int,
    ) -> Item:
        """The item as it is then. Raises Refused.

        `of`: its record, by whose fields `changes` and `counted`, which grow by one, are named.
        `only_if`: with {fields}, and :names of `values`. What equals its default is not kept.
        Nobody asks a function: who changed a logged item before has not made this change.
        """
        request = _Request(of, forgotten=[acting.ATTRIBUTE] if kind.logged_as else [])
        parts = [request.setting(changes), request.counting(counted)]
        condition = request.condition(only_if)
        told = request.values | {f":{name}": _typed(value) for name, value in values.items()}
        answer = self._ask(
            self._guarded.update_item,
            TableName=self._names[kind.table],
            Key=attributes(key),
            UpdateExpression=" ".join(filter(None, parts)),
            ConditionExpression=f"attribute_exists(pk) AND ({condition})",
            ExpressionAttributeNames=request.names,
            # DynamoDB takes no map without entries.
            **({"ExpressionAttributeValues": told} if told else {}),
            ReturnValues="ALL_NEW",
        )
        item: Item = answer["Attributes"]
        return item

    def exchange(
        self, kind: Kind, key: Key, *, was: Item, changes: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Attributes (None: removed) in place of what they were; the answer. Raises Refused.

        Whatever else of the item changes meanwhile stays.
        """
        names = {f"#{place}": name for place, name in enumerate(changes)}
        values: dict[str, Any] = {}
        kept, gone, conditions = [], [], ["attribute_exists(pk)"]
        for place, (name, value) in enumerate(changes.items()):
            if value is None:
                gone.append(f"#{place}")
            else:
                values[f":new{place}"] = value
                kept.append(f"#{place} = :new{place}")
            if name in was:
                values[f":old{place}"] = was[name]
                conditions.append(f"#{place} = :old{place}")
            else:
                conditions.append(f"attribute_not_exists(#{place})")
        setting = f"SET {', '.join(kept)}" if kept else ""
        removing = f"REMOVE {', '.join(gone)}" if gone else ""
        return self._ask(
            self._guarded.update_item,
            TableName=self._names[kind.table],
            Key=attributes(key),
            UpdateExpression=f"{setting} {removing}".strip(),
            ConditionExpression=" AND ".join(conditions),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ReturnConsumedCapacity="TOTAL",
        )

    def count(self, kind: Kind, key: Key, record: object, field: str) -> int:
        """Adds what `record` has in this field; of an item that is made with the rest of it."""
        stored = table_of(type(record))[field].stored or ""
        others = {name: value for name, value in kept(record).items() if name != stored}
        setting = ", ".join(f"#{name} = :{name}" for name in others)
        answer = self._guarded.update_item(
            TableName=self._names[kind.table],
            Key=attributes(key),
            UpdateExpression=f"SET {setting} ADD #{stored} :{stored}",
            ExpressionAttributeNames={f"#{name}": name for name in (*others, stored)},
            ExpressionAttributeValues={f":{name}": value for name, value in kept(record).items()},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"][stored]["N"])

    def remove(self, kind: Kind, key: Key) -> None:
        self._guarded.delete_item(TableName=self._names[kind.table], Key=attributes(key))

    def first(self, kind: Kind, beginning: Key, *, limit: int) -> list[Item]:
        """At most so many of a partition whose sort keys begin like this, in their order."""
        answer = self._guarded.query(
            TableName=self._names[kind.table],
            KeyConditionExpression="pk = :partition AND begins_with(sk, :beginning)",
            ExpressionAttributeValues={
                ":partition": {"S": beginning.pk},
                ":beginning": {"S": beginning.sk},
            },
            ConsistentRead=True,
            Limit=limit,
        )
        items: list[Item] = answer["Items"]
        return items

    def _ask(self, operation: Any, **request: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = operation(
                **request, ReturnValuesOnConditionCheckFailure="ALL_OLD"
            )
        except ClientError as error:
            if reason(error) != FAILED_CONDITION:
                raise
            item: Any = error.response.get("Item")
            raise Refused(item) from None
        return answer


class _Request:
    """Names and values of expressions about a record of this type."""

    def __init__(self, of: type, *, forgotten: Sequence[str] = ()) -> None:
        self._table = table_of(of)
        self._forgotten = [f"#{name}" for name in forgotten]
        self.names: dict[str, str] = {f"#{name}": name for name in forgotten}
        self.values: dict[str, Any] = {}

    def setting(self, changes: Mapping[str, Any]) -> str:
        kept, gone = [], [*self._forgotten]
        for field, value in changes.items():
            column = self._table[field]
            name = self._named(field)
            if value is None or value == column.default:
                gone.append(name)
                continue
            tag = column.codec.tag
            self.values[f":{name[1:]}_"] = {tag: on_the_wire(tag, column.codec.keep(value))}
            kept.append(f"{name} = :{name[1:]}_")
        sets = f"SET {', '.join(kept)}" if kept else ""
        removes = f" REMOVE {', '.join(gone)}" if gone else ""
        return sets + removes

    def counting(self, fields: tuple[str, ...]) -> str:
        if not fields:
            return ""
        self.values[":one_"] = {"N": "1"}
        return "ADD " + ", ".join(f"{self._named(field)} :one_" for field in fields)

    def condition(self, text: str) -> str:
        fields = {name for _, name, _, _ in Formatter().parse(text) if name}
        return text.format(**{field: self._named(field) for field in fields})

    def _named(self, field: str) -> str:
        stored = self._table[field].stored or ""
        self.names[f"#{stored}"] = stored
        return f"#{stored}"


def _typed(value: str | int) -> dict[str, Any]:
    return {"N": str(value)} if isinstance(value, int) else {"S": value}
