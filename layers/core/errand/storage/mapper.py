"""Between items of one kind and its records, by the kind's table of fields.

A page is read by pydantic-core straight from DynamoDB's JSON into the frozen records.
"""

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from pydantic_core import SchemaValidator, core_schema
from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from errand import acting, codecs
from errand.fields import KEY, SHAPE, Column, table_of
from errand.records import LONG_MARK, Item, flat, is_long, kept
from errand.storage.kinds import Key, Kind, attributes
from errand.storage.tables import BASES

_ATTRIBUTES: dict[str, Any] = {
    "S": UnicodeAttribute,
    "N": NumberAttribute,
    "BOOL": BooleanAttribute,
    "L": lambda **options: ListAttribute(of=UnicodeAttribute, **options),
    "SS": UnicodeSetAttribute,
}
_NUMBER = core_schema.int_schema()
# Of the forms that pydantic-core reads as they are; of the others it calls what reads them.
_SCHEMAS: dict[codecs.Codec, core_schema.CoreSchema] = {
    codecs.TEXT: core_schema.str_schema(),
    codecs.NUMBER: _NUMBER,
    codecs.INSTANT: _NUMBER,
    codecs.SECONDS: _NUMBER,
    codecs.FLAG: core_schema.bool_schema(),
    codecs.DAY: core_schema.date_schema(),
}


@cache
def mapper[Record](kind: Kind, record: type[Record]) -> "Mapper[Record]":
    """The one of this kind: repositories of several features may read the same items."""
    return Mapper(kind, record)


class Mapper[Record]:
    """`record`: the frozen dataclass whose table says how items of `kind` are kept."""

    def __init__(self, kind: Kind, record: type[Record]) -> None:
        self.kind = kind
        self._record = record
        self._table = table_of(record)

    def __getitem__(self, name: str) -> Any:
        """The attribute of a field, for conditions and actions. Raises UnknownField."""
        column = self._table[name]
        return self._attribute(column.stored or "", in_head=column.in_head)

    @property
    def model(self) -> type[Model]:
        """Of the table, which is all that reads need."""
        return BASES[self.kind.table]

    @cached_property
    def _model(self) -> Any:
        # Made for conditions and writes: many instances only read most kinds.
        own: dict[str, Any] = {}
        head: dict[str, Any] = {}
        for column in self._table.stored():
            name, make = column.stored or "", _ATTRIBUTES[column.codec.tag]
            if name in KEY:
                continue
            if column.is_long:
                head[name + LONG_MARK] = BooleanAttribute(null=True)
            if column.in_head:
                head[name] = make(null=True)
            if column.is_long or not column.in_head:
                own[name] = make(null=True)
        if self._table.shape > 1:
            (head if self._table.head else own)[SHAPE] = NumberAttribute(null=True)
        if self._table.head:
            own[self._table.head] = type("Head", (MapAttribute,), head)(null=True)
        if self.kind.logged_as:
            own[acting.ATTRIBUTE] = UnicodeAttribute(null=True)
        return type(
            f"{self._record.__name__}Item",
            (BASES[self.kind.table],),
            {**own, "__module__": self._record.__module__, "kind": self.kind, "serialize": _stored},
        )

    @property
    def exists(self) -> Condition:
        """There is an item at all."""
        condition: Condition = self._model.pk.exists()
        return condition

    @property
    def is_free(self) -> Condition:
        """There is no item yet."""
        condition: Condition = self._model.pk.does_not_exist()
        return condition

    def at(self, key: Key) -> Model:
        """An item to be named, without content."""
        item: Model = self._model(*key)
        return item

    def item(self, key: Key, record: Record) -> Model:
        """What is equal to its default is kept as absence."""
        item = self._model(*key)
        item.stored = {**attributes(key), **kept(record)}
        made: Model = item
        return made

    def of(self, item: Item) -> Record:
        return self.all([item])[0]

    def all(self, items: Sequence[Item]) -> list[Record]:
        """Of any shape that there has been. Raises NewerShape."""
        told = [flat(item, self._table) for item in items]
        records: list[Record] = self._reader.validate_python(told)
        return records

    def is_cut(self, item: Item) -> bool:
        """Whether an index told this item, without what is long."""
        head = item[self._table.head or ""]["M"]
        return any(mark in head and name not in item for name, mark in self._long)

    def actions(self, changes: Mapping[str, Any]) -> list[Action]:
        """Of an update that sets these fields. Raises UnknownField."""
        actions: list[Action] = []
        for name, value in changes.items():
            column = self._table[name]
            absent = value is None or value == column.default
            kept = None if absent else column.codec.keep(value)
            if column.is_long:
                actions += self._actions_of_long(column, kept)
            else:
                actions.append(_set(self[name], kept))
        return actions

    def difference(self, old: Record, new: Record) -> list[Action]:
        """Of an update that makes `new` of `old`."""
        changes = {
            column.name: getattr(new, column.attribute)
            for column in self._table.stored()
            if column.stored not in KEY
            and getattr(new, column.attribute) != getattr(old, column.attribute)
        }
        return self.actions(changes)

    def _actions_of_long(self, column: Column, kept: Any) -> list[Action]:
        name = column.stored or ""
        is_beside = kept is not None and is_long(column, kept)
        return [
            _set(self._attribute(name, in_head=True), None if is_beside else kept),
            _set(self._attribute(name + LONG_MARK, in_head=True), is_beside or None),
            _set(self._attribute(name, in_head=False), kept if is_beside else None),
        ]

    def _attribute(self, name: str, *, in_head: bool) -> Any:
        holder = getattr(self._model, self._table.head or "") if in_head else self._model
        return getattr(holder, name)

    @cached_property
    def _long(self) -> list[tuple[str, str]]:
        """Attributes, and what marks in the head that they stand beside it."""
        names = [column.stored or "" for column in self._table.stored() if column.is_long]
        return [(name, name + LONG_MARK) for name in names]

    @cached_property
    def _reader(self) -> SchemaValidator:
        names = [column.name for column in self._table.kept()]
        arguments = core_schema.dataclass_args_schema(
            self._record.__name__, [_field(column) for column in self._table.kept()]
        )
        record = core_schema.dataclass_schema(
            self._record, arguments, names, frozen=True, slots=True
        )
        return SchemaValidator(core_schema.list_schema(record))


def _stored(item: Any, null_check: bool = True) -> Item:  # noqa: ARG001, FBT001, FBT002 - PynamoDB's
    """In place of PynamoDB's way through each attribute: what errand.records has written.

    Of one that is only named: its key.
    """
    stored: Item = vars(item).get("stored") or attributes(Key(item.pk, item.sk))
    return stored


def _set(attribute: Any, kept: Any) -> Action:
    action: Action = attribute.remove() if kept is None else attribute.set(kept)
    return action


def _field(column: Column) -> core_schema.DataclassField:
    codec = column.codec
    path: list[str | int] = [column.stored or "", codec.tag]
    schema = _SCHEMAS.get(codec) or core_schema.no_info_plain_validator_function(codec.take)
    if not column.is_required:
        schema = core_schema.with_default_schema(schema, default=column.default)
    return core_schema.dataclass_field(column.name, schema, kw_only=True, validation_alias=path)
