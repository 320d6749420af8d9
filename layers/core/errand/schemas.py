"""Public shapes made of a record's table of fields: what creates one, changes one, shows one.

A rule is the annotation that says what a client may send for a field.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from errand import codecs, ids
from errand.fields import By, Column, Shown, UnknownField, table_of

type Rules = Mapping[str, Any]
# Field to new value; None is nothing, as absence is.
type Changes = Mapping[str, Any]


# The default marks a field that was not sent, what is sent is validated as it stands; nothing reads
# the default (`exclude_unset`).
IF_SENT: Any = None

_IGNORED: Any = Field(
    default=None, exclude=True, description="Set by the server: taken and ignored"
)


class Draft(BaseModel):
    """What a client sends of a record."""

    def changes(self) -> Changes:
        """The fields sent, of those that clients set."""
        sent = self.model_fields_set
        return {name: value for name, value in self.fields().items() if name in sent}

    def fields(self) -> Changes:
        """All of them."""
        known = type(self).model_fields
        return {name: value for name, value in self if not known[name].exclude}


def typed(shape: type[Draft], given: Mapping[str, Any]) -> Changes:
    """As what is sent is read. What it cannot be stays as it is, and is like nothing there is."""
    try:
        return shape.model_validate(given).changes()
    except ValidationError as error:
        odd = {str(found["loc"][0]) for found in error.errors() if found["loc"]}
    rest = {name: value for name, value in given.items() if name not in odd}
    return {
        **shape.model_validate(rest).changes(),
        **{name: given[name] for name in odd & given.keys()},
    }


class View(BaseModel):
    """What a client gets of a record, as the API's schema has it: answers are made by JsonView."""


def sent(*examples: Mapping[str, Any], of: type | None = None) -> Callable[[dict[str, Any]], None]:
    """What OpenAPI says of a shape that clients send, as `json_schema_extra`.

    `of`: the record whose table has the meanings. What is sent has no `default` there, which
    generators of clients would send, or ask for; and as it is never answered, no `writeOnly`, of
    which some make a second type.
    """

    def tell(schema: dict[str, Any]) -> None:
        _tell_meanings(schema, of)
        for told in schema["properties"].values():
            told.pop("default", None)
            told.pop("writeOnly", None)
        schema["examples"] = [dict(example) for example in examples]

    return tell


def _tell_meanings(schema: dict[str, Any], record: type | None) -> None:
    # When OpenAPI is made: descriptions of a model's fields would take their time at every start.
    for column in table_of(record).values() if record else ():
        if column.meaning and column.name in schema["properties"]:
            schema["properties"][column.name].setdefault("description", column.meaning)


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
        name, __base__=Draft, __config__=_config(record, example), __doc__=meaning, **fields
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
        name, __base__=Draft, __config__=_config(record, example), __doc__=meaning, **fields
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
    shapes: Mapping[str, Any] | None = None,
) -> type[View]:
    """Of what is shown there, and `more`: name to annotation.

    `shapes`: of fields whose codec does not know theirs, by name.
    """
    of_fields = shapes or {}
    fields: dict[str, Any] = {
        column.name: (_shown(column, of_fields.get(column.name)), ...)
        for column in table_of(record).shown(where)
    }
    fields |= {added: (annotation, ...) for added, annotation in (more or {}).items()}

    def tell(schema: dict[str, Any]) -> None:
        _tell_meanings(schema, record)
        if example:
            schema["examples"] = [dict(example)]

    config = ConfigDict(json_schema_extra=tell)
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


def _config(record: type, example: Mapping[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra=sent(example, of=record))


def _shown(column: Column, shape: Any) -> Any:
    kind = shape or column.codec.shape
    if column.codec is codecs.ID:
        kind = Annotated[kind, Field(pattern=ids.PATTERN)]
    return kind | None if column.is_nullable else kind
