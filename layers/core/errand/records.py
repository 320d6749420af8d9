"""Records of stored items and back to JSON by their tables, with nothing but the standard library.

For functions that start faster without Pydantic and PynamoDB; the API reads and writes the same
by errand.storage.mapper and errand.views.
"""

from collections.abc import Mapping
from typing import Any

from errand.errors import MalformedRecord, NewerShape
from errand.fields import KEY, SHAPE, Column, Shown, Table, table_of

# An item as DynamoDB writes it: {"t": {"S": "Buy milk"}, "v": {"N": "1"}}.
type Item = Mapping[str, Any]

# What takes more is kept beside the head, which is all that indexes have of an item.
_INLINE_BYTES = 700
# Behind the name of an attribute: the entry of the head that tells of it.
LONG_MARK = "+"


def load[Record](record: type[Record], item: Item) -> Record:
    """Of an item in any shape that there has been.

    Raises NewerShape; MalformedRecord, which names the attribute and never its value.
    """
    table = table_of(record)
    values: dict[str, Any] = {}
    item = flat(item, table)
    for column in table.kept():
        name = column.stored or ""
        if name not in item and not column.is_required:
            continue
        try:
            values[column.name] = column.codec.take(item[name][column.codec.tag])
        except (KeyError, TypeError, ValueError, OverflowError):
            raise _malformed(name) from None
    return record(**values)


def flat(item: Item, table: Table) -> Item:
    """The attributes of an item and of the map that is its head, side by side, in today's shape.

    Raises MalformedRecord, NewerShape.
    """
    if table.head is not None:
        try:
            item = {**item[table.head]["M"], **item}
        except (KeyError, TypeError):
            raise _malformed(table.head) from None
    if table.shape == 1 and SHAPE not in item:
        return item
    for upgrade in table.upgrades[shape_of(item, table) - 1 :]:
        item = upgrade(item)
    return item


def shape_of(flat_item: Item, table: Table) -> int:
    """Raises MalformedRecord, NewerShape."""
    try:
        shape = int(flat_item[SHAPE]["N"]) if SHAPE in flat_item else 1
    except (KeyError, TypeError, ValueError):
        raise _malformed(SHAPE) from None
    if shape < 1:
        raise _malformed(SHAPE)
    if shape > table.shape:
        raise NewerShape
    return shape


def _malformed(name: str) -> MalformedRecord:
    return MalformedRecord(f"{name} is missing or not of the type that we write")


def kept(record: object) -> dict[str, dict[str, Any]]:
    """The attributes of an item without its key, as DynamoDB takes them."""
    table = table_of(type(record))
    item: dict[str, dict[str, Any]] = {}
    head: dict[str, dict[str, Any]] = {}
    for column in table.stored():
        value = getattr(record, column.attribute)
        name = column.stored or ""
        if name in KEY or value == column.default:
            continue
        content = column.codec.keep(value)
        beside = is_long(column, content)
        if beside:
            head[name + LONG_MARK] = {"BOOL": True}
        into = head if column.in_head and not beside else item
        into[name] = {column.codec.tag: on_the_wire(column.codec.tag, content)}
    if table.shape > 1:
        # Where indexes have it, too.
        (head if table.head else item)[SHAPE] = {"N": str(table.shape)}
    return {**item, table.head: {"M": head}} if table.head else item


def is_long(column: Column, kept: Any) -> bool:
    """Whether what is kept of a field stands beside the head, which has a mark for it."""
    return column.is_long and len("".join(kept).encode()) > _INLINE_BYTES


def show(record: object, where: Shown = Shown.API) -> dict[str, Any]:
    """Names and values as JSON has them. Raises MalformedRecord for an instant beyond all dates."""
    try:
        return {
            column.name: None if value is None else column.codec.show(value)
            for column in table_of(type(record)).shown(where)
            for value in (getattr(record, column.attribute),)
        }
    except OverflowError:
        raise MalformedRecord("An instant is beyond all dates") from None


def on_the_wire(tag: str, value: Any) -> Any:
    if tag == "N":
        return str(value)
    if tag == "L":
        return [{"S": text} for text in value]
    return sorted(value) if tag == "SS" else value
