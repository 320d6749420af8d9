"""The one way to read several items: a range of the keys of a table or an index, in either order.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.html
"""

from dataclasses import dataclass
from typing import Any

from pynamodb.models import Model

from errand.cursors import Position
from errand.pages import Slice
from errand.records import Item
from errand.storage.operations import ask, overlay


@dataclass(frozen=True, kw_only=True, slots=True)
class Index:
    """`name`: None for the table itself. A local one is read as it is now, a global one soon after.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/SecondaryIndexes.html
    """

    name: str | None = None
    partition: str = "pk"
    sort: str = "sk"
    is_local: bool = True


PRIMARY = Index()
BY_STATUS = Index(name="by_status", sort="vs")
BY_DUE = Index(name="by_due", sort="vd")
BY_POSITION = Index(name="by_position", sort="vp")
BY_TREE = Index(name="by_tree", sort="vt")
BY_PRIORITY = Index(name="by_priority", sort="vr")
BY_RECORD = Index(name="by_record", partition="rk", is_local=False)
BY_AGE = Index(name="accounts", partition="ak", sort="pk", is_local=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyRange:
    """The items of one partition whose sort key begins with `prefix`.

    Or is `between` two others, both of which would be in it.
    """

    model: type[Model]
    partition: str
    prefix: str = ""
    index: Index = PRIMARY
    ascending: bool = False
    between: tuple[str, str] | None = None


def read(keys: KeyRange, *, after: Position | None, limit: int) -> Slice[Item]:
    """At most `limit` items, and at most 1 MB, behind the position `after`."""
    # Written out: PynamoDB's expressions of it are 3 % of a page's CPU.
    index = keys.index
    values = {":partition": {"S": keys.partition}}
    request: dict[str, Any] = {
        "TableName": keys.model.Meta.table_name,
        "KeyConditionExpression": f"{index.partition} = :partition",
        "ExpressionAttributeValues": values,
        "ConsistentRead": index.is_local,
        # One more tells whether a next page has anything on it.
        "Limit": limit + 1,
        "ScanIndexForward": keys.ascending,
    }
    if keys.between:
        first, last = keys.between
        values |= {":first": {"S": first}, ":last": {"S": last}}
        request["KeyConditionExpression"] += f" AND {index.sort} BETWEEN :first AND :last"
    elif keys.prefix:
        values[":prefix"] = {"S": keys.prefix}
        request["KeyConditionExpression"] += f" AND begins_with({index.sort}, :prefix)"
    if index.name:
        request["IndexName"] = index.name
    if after:
        position = {index.partition: keys.partition, **after}
        request["ExclusiveStartKey"] = {name: {"S": value} for name, value in position.items()}
    answer = ask("Query", request)
    items: list[Item] = answer["Items"]
    is_last = len(items) <= limit and "LastEvaluatedKey" not in answer
    items = items[:limit]
    found = Slice(items, None if is_last or not items else position_of(items[-1], index))
    over = overlay.get()
    return found if over is None else over.seen(keys, found, after=after, limit=limit)


def position_of(item: Item, index: Index) -> Position:
    """Without the partition of the index, which whoever goes on knows."""
    names = {"pk", "sk", index.sort} - {index.partition}
    return {name: item[name]["S"] for name in sorted(names)}
