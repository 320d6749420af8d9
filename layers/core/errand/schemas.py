"""Public shapes made of a record's table of fields: what creates one, changes one, shows one.

A rule is the annotation that says what a client may send for a field.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from errand import codecs, ids
from errand.fields import By, Column, Shown, UnknownField, table_of

type Rules = Mapping[str, Any]
# Field to new value; None is nothing, as absence is.
type Changes = Mapping[str, Any]


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


# The default marks a field that was not sent, what is sent is validated as it stands; nothing reads
# the default (`exclude_unset`).
IF_SENT: Any = Field(default=None, json_schema_extra=_without_default)


_IGNORED: Any = Field(
    default=None,
    exclude=True,
    description="Set by the server: taken and ignored",
    json_schema_extra=_without_default,
)


class Draft(BaseModel):
    """What a client sends of a record."""

    def changes(self) -> Changes:
        """The fields sent, of those that clients set."""
        return self.model_dump(exclude_unset=True)

    def fields(self) -> Changes:
        """All of them."""
        return self.model_dump()


class View(BaseModel):
    """What a client gets of a record, as the API's schema has it: answers are made by JsonView."""


def creation(
    record: type, rules: Rules, *, name: str, example: Mapping[str, Any], meaning: str | None = None
) -> type[Draft]:
    """Of the fields that clients set. Raises UnknownField for a rule that is of none of them."""
    fields: dict[str, Any] = {}
    for column in _of_clients(record, rules):
        rule = rules[column.name]
        if column.is_required:
            fields[column.name] = (rule, ...)
        elif column.is_nullable:
            fields[column.name] = (rule | None, None)
        else:
            fields[column.name] = (rule, column.default)
    return create_model(
        name, __base__=Draft, __config__=_config(example), __doc__=meaning, **fields
    )


def change(
    record: type, rules: Rules, *, name: str, example: Mapping[str, Any], meaning: str | None = None
) -> type[Draft]:
    """The same, each of them if it is sent; null makes those absent that can be.

    What the server sets is taken, too, and ignored.
    """
    fields: dict[str, Any] = {}
    for column in _of_clients(record, rules):
        rule = rules[column.name]
        can_be_absent = column.is_nullable or column.default == ()
        fields[column.name] = (rule | None if can_be_absent else rule, IF_SENT)
    fields |= ignored(record)
    return create_model(
        name, __base__=Draft, __config__=_config(example), __doc__=meaning, **fields
    )


def ignored(record: type) -> dict[str, Any]:
    """Fields of a shape that changes the record: those the server sets, taken as they may be sent.

    They are not `readOnly`, of which some generators of clients make a second type of each.
    """
    shown = {column.name for column in table_of(record).shown(Shown.API)}
    of_server = [column for column in table_of(record).set_by(By.SERVER) if column.name in shown]
    return {column.name: (Any, _IGNORED) for column in of_server}


def view(
    record: type,
    *,
    name: str,
    example: Mapping[str, Any] | None = None,
    meaning: str | None = None,
    where: Shown = Shown.API,
    more: Mapping[str, Any] | None = None,
) -> type[View]:
    """Of what is shown there, and `more`: name to annotation."""
    fields: dict[str, Any] = {
        column.name: (_shown(column), ...) for column in table_of(record).shown(where)
    }
    fields |= {added: (annotation, ...) for added, annotation in (more or {}).items()}
    config = ConfigDict(json_schema_extra={"examples": [dict(example)]} if example else None)
    return create_model(name, __base__=View, __config__=config, __doc__=meaning, **fields)


def several(shape: type[View]) -> Any:
    """The type of a list of them."""
    return list[shape]  # type: ignore[valid-type] # made at run time


def _of_clients(record: type, rules: Rules) -> list[Column]:
    """Raises UnknownField for a rule without a field, and for a field without a rule."""
    table = table_of(record)
    for name in rules:
        table[name]
    columns = table.set_by(By.CLIENT)
    if missing := {column.name for column in columns} - rules.keys():
        raise UnknownField(f"{record.__name__} has no rule for {sorted(missing)}")
    return columns


def _config(example: Mapping[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [dict(example)]})


def _shown(column: Column) -> Any:
    kind = column.codec.shape
    if column.codec is codecs.ID:
        kind = Annotated[kind, Field(pattern=ids.PATTERN)]
    if column.is_nullable:
        kind = kind | None
    return Annotated[kind, Field(description=column.meaning)] if column.meaning else kind
