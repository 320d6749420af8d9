"""Records as the JSON of answers, by their tables of fields and by pydantic-core."""

from collections.abc import Sequence
from functools import cached_property

from pydantic_core import SchemaSerializer, core_schema

from errand import codecs
from errand.fields import Shown, table_of

# What pydantic-core writes as it is; for the others it calls what shows them.
_PLAIN = {codecs.TEXT, codecs.NUMBER, codecs.FLAG, codecs.DAY, codecs.ID, codecs.TEXTS}


class JsonView[Record]:
    """Of what the API shows of a kind of record."""

    def __init__(self, record: type[Record]) -> None:
        self._record = record

    def one(self, record: Record) -> str:
        return self._one.to_json(record, by_alias=True).decode()

    def many(self, records: Sequence[Record]) -> bytes:
        return self._many.to_json(records, by_alias=True)

    @cached_property
    def _one(self) -> SchemaSerializer:
        return SchemaSerializer(self._schema())

    @cached_property
    def _many(self) -> SchemaSerializer:
        return SchemaSerializer(core_schema.list_schema(self._schema()))

    def _schema(self) -> core_schema.CoreSchema:
        table = table_of(self._record)
        shown = table.shown(Shown.API)
        arguments = core_schema.dataclass_args_schema(
            self._record.__name__,
            [
                core_schema.dataclass_field(
                    column.name,
                    _writing(column.codec),
                    serialization_exclude=column not in shown,
                )
                for column in table.kept()
            ],
            computed_fields=[
                core_schema.computed_field(
                    column.attribute, _writing(column.codec), alias=column.name
                )
                for column in shown
                if column.is_derived
            ],
        )
        names = [column.name for column in table.kept()]
        return core_schema.dataclass_schema(self._record, arguments, names, frozen=True, slots=True)


def _writing(codec: codecs.Codec) -> core_schema.CoreSchema:
    if codec in _PLAIN:
        return core_schema.any_schema()
    if codec.of:
        # One without entries is written without a call.
        return core_schema.tuple_variable_schema(_writing(codec.of))
    return core_schema.any_schema(
        # None is written as it is, without a call.
        serialization=core_schema.plain_serializer_function_ser_schema(
            codec.show, when_used="unless-none"
        )
    )
