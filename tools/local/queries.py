"""Query, narrowed to the items of its page.

Ministack takes the whole collection, sorts it and evaluates the condition for each item of it.
It still does, and so its answers are its own, errors and all; but it finds only the items that its
page can be made of. A request of a form that is not known here is left to it alone.
"""
# ruff: noqa: SLF001

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tools.local.items import Collection, Item, Items
from tools.local.key_ranges import (
    TABLE_KEYS,
    Bound,
    KeyRange,
    beginning,
    can_be_read,
    read,
    view_of,
)

# A value of the partition key, and at most one condition on the sort key.
CONDITION = re.compile(r"\s*([#\w]+)\s*=\s*(:\w+)\s*(?:\sAND\s+(.+?)\s*)?", re.DOTALL)
COMPARED = re.compile(r"(?P<name>[#\w]+)\s*(?P<operator>=|<=|<|>=|>)\s*(?P<value>:\w+)")
BETWEEN = re.compile(r"(?P<name>[#\w]+)\s+BETWEEN\s+(?P<value>:\w+)\s+AND\s+(?P<last>:\w+)")
BEGINNING = re.compile(r"begins_with\s*\(\s*(?P<name>[#\w]+)\s*,\s*(?P<value>:\w+)\s*\)")

type Answer = tuple[int, dict[str, str], Any]
type Found = tuple[str, str, Item]  # partition key, sort key, item


class Queries:
    """Stands in for ministack's Query where a table's items are in the data file."""

    def __init__(self, dynamodb: Any) -> None:
        """`dynamodb`: ministack's module."""
        self._dynamodb = dynamodb
        self._query: Callable[[Any], Answer] = dynamodb._query
        self._index_members: Callable[[Any], Any] = dynamodb._index_members

    def install(self) -> None:
        self._dynamodb._query = self.query
        self._dynamodb._index_members = self.index_members

    def query(self, request: Any) -> Answer:
        name = self._dynamodb._normalize_table_name(request.get("TableName"))
        table = self._dynamodb._tables.get(name)
        items = table["items"] if table else None
        asked = key_range(table, request) if isinstance(items, Items) else None
        if not isinstance(items, Items) or asked is None or not can_be_read(items, asked.view):
            return self._query(request)
        collections: dict[str, Collection] = {}
        for pk, sk, item in self._page(table, asked, request.get("Limit")):
            collections.setdefault(pk, {})[sk] = item
        with items.narrowed(collections):
            return self._query(request)

    def index_members(self, table: Mapping[str, Any]) -> Any:
        """Index -> value of its partition key -> keys of items."""
        items = table["items"]
        keys = items.keys_narrowed_to if isinstance(items, Items) else None
        # There is nothing but one page of one partition of one index: whichever is asked for.
        return self._index_members(table) if keys is None else _Always(_Always(keys))

    def _page(self, table: Any, asked: KeyRange, limit: int | None) -> list[Found]:
        """The items that ministack's page is made of, and the one that is too large for it."""
        looked_at: list[Found] = []

        def look() -> Iterator[Item]:
            for found in read(table["items"], asked):
                looked_at.append(found)
                yield found[2]

        self._dynamodb._paginate_evaluated_items(look(), limit, table, asked.view.index)
        return looked_at


class _Always:
    def __init__(self, value: Any) -> None:
        self._value = value

    def get(self, _key: object, _default: object = None) -> Any:
        return self._value


def key_range(table: Mapping[str, Any], request: Mapping[str, Any]) -> KeyRange | None:
    """None if the request, or the table, is not of a known form."""
    view = view_of(table, request.get("IndexName"))
    limit = request.get("Limit")
    if view is None or not (limit is None or (type(limit) is int and limit > 0)):
        return None
    after = _texts(request.get("ExclusiveStartKey") or {})
    condition = CONDITION.fullmatch(request.get("KeyConditionExpression") or "")
    names = request.get("ExpressionAttributeNames") or {}
    values = _texts(request.get("ExpressionAttributeValues") or {})
    if condition is None or after is None or values is None:
        return None
    if after and not {*view.order, *TABLE_KEYS, view.partition} <= after.keys():
        return None
    partition, value, rest = condition.groups()
    bounds = _bounds(rest, view.sort, names, values) if rest else ()
    if names.get(partition, partition) != view.partition or value not in values or bounds is None:
        return None
    return KeyRange(
        view=view,
        partition=values[value],
        bounds=bounds,
        after=after or None,
        forward=bool(request.get("ScanIndexForward", True)),
    )


def _bounds(
    condition: str, sort: str, names: Mapping[str, str], values: Mapping[str, str]
) -> tuple[Bound, ...] | None:
    for form in (COMPARED, BETWEEN, BEGINNING):
        if match := form.fullmatch(condition):
            parts = match.groupdict()
            known = parts["value"] in values and parts.get("last", parts["value"]) in values
            if not known or names.get(parts["name"], parts["name"]) != sort:
                return None
            value = values[parts["value"]]
            if form is COMPARED:
                return ((parts["operator"], value),)
            if form is BETWEEN:
                return (">=", value), ("<=", values[parts["last"]])
            return beginning(value)
    return None


def _texts(attributes: Any) -> dict[str, str] | None:
    """Those that are texts: a key that is none will be missing. None if these are no attributes."""
    if not isinstance(attributes, dict):
        return None
    return {
        name: value["S"]
        for name, value in attributes.items()
        if isinstance(value, dict) and list(value) == ["S"] and isinstance(value["S"], str)
    }
