"""Records of stored items and back to JSON by their tables, with nothing but the standard library.

For functions that start faster without Pydantic and PynamoDB; the API reads and writes the same
by errand.storage.mapper and errand.views.
"""

from collections.abc import Mapping
from typing import Any

from errand.errors import MalformedRecord
from errand.fields import Shown, table_of

# An item as DynamoDB writes it: {"t": {"S": "Buy milk"}, "v": {"N": "1"}}.
type Item = Mapping[str, Any]


def load[Record](record: type[Record], item: Item) -> Record:
    """Raises MalformedRecord, which names the attribute and never its value."""
    values: dict[str, Any] = {}
    for column in table_of(record).kept():
        name = column.stored or ""
        if name not in item and not column.is_required:
            continue
        try:
            values[column.name] = column.codec.take(item[name][column.codec.tag])
        except (KeyError, TypeError, ValueError, OverflowError):
            raise MalformedRecord(f"{name} is missing or not of the type that we write") from None
    return record(**values)


def kept(record: object) -> dict[str, dict[str, Any]]:
    """The attributes of an item without its key, as DynamoDB takes them."""
    item = {}
    for column in table_of(type(record)).stored():
        value = getattr(record, column.attribute)
        if column.stored in {"pk", "sk"} or value == column.default:
            continue
        kept = column.codec.keep(value)
        item[column.stored or ""] = {column.codec.tag: _on_the_wire(column.codec.tag, kept)}
    return item


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


def _on_the_wire(tag: str, value: Any) -> Any:
    if tag == "N":
        return str(value)
    if tag == "L":
        return [{"S": text} for text in value]
    return sorted(value) if tag == "SS" else value
