"""The table of fields of a record, which is its class: a frozen dataclass with a line for each.

    title: str = kept("t", by=By.CLIENT)

says that `title` is text, kept as the attribute `t`, set by clients, and shown everywhere. What
keeps, shows, takes or exports records asks the table; a name that is not in it raises.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from enum import Enum, Flag, auto
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from errand.codecs import OF_TYPE, Codec


class By(Enum):
    """Who may set a field."""

    CLIENT = auto()
    SERVER = auto()


class Shown(Flag):
    """Where a field is shown."""

    API = auto()
    EVENTS = auto()
    EXPORTS = auto()
    HISTORY = auto()


class _Required(Enum):
    REQUIRED = auto()


# The default of a field that has none.
REQUIRED = _Required.REQUIRED
NOWHERE = Shown(0)
EVERYWHERE = ~NOWHERE
TO_OWNER = Shown.API | Shown.EXPORTS
# The attributes that are the key of an item.
KEY = ("pk", "sk")
# The attribute that says in which shape an item is; shape 1 is kept as absence.
SHAPE = "sh"

# Attributes side by side -> what they are in the next shape.
type Upgrade = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class UnknownField(LookupError):
    """A defect: a name that is in no table."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Column:
    """A field: `stored` is its attribute's name, None if it is not kept.

    A value equal to `default` is kept as absence. A derived one is read from `attribute`.
    `in_head`: it is an entry of the record's head; `is_long`: beside the head if it takes much.
    """

    name: str
    stored: str | None
    codec: Codec
    by: By
    shown: Shown
    default: Any
    meaning: str
    attribute: str
    is_derived: bool = False
    in_head: bool = False
    is_long: bool = False

    @property
    def is_required(self) -> bool:
        return self.default is REQUIRED

    @property
    def is_nullable(self) -> bool:
        return self.default is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Derived:
    """What a record shows, or keeps for an index, without having it as a field.

    `attribute`: the property of the record, of the field's name unless told otherwise.
    """

    name: str
    type: Any
    attribute: str = ""
    stored: str | None = None
    codec: Codec | None = None
    by: By = By.SERVER
    shown: Shown = EVERYWHERE
    meaning: str = ""
    default: Any = REQUIRED


def kept(
    stored: str | None,
    *,
    by: By = By.SERVER,
    shown: Shown = EVERYWHERE,
    default: Any = REQUIRED,
    codec: Codec | None = None,
    meaning: str = "",
    secret: bool = False,
    is_long: bool = False,
) -> Any:
    """A field of a record's dataclass; None is told with it and kept elsewhere.

    `codec`: where the annotation does not tell it.
    """
    told = {
        "stored": stored,
        "by": by,
        "shown": shown,
        "codec": codec,
        "meaning": meaning,
        "is_long": is_long,
    }
    if secret:
        told["shown"] = NOWHERE
    known = MISSING if default is REQUIRED else default
    return field(default=known, metadata={"column": told}, repr=not secret)


class Table(Mapping[str, Column]):
    """The columns of a record by name, in the order in which they are written down."""

    def __init__(self, record: type, columns: Sequence[Column]) -> None:
        self.record = record
        # The map in which items of this record have most attributes, if they have one.
        self.head: str | None = getattr(record, "HEAD", None)
        # From shape 1 to 2, from 2 to 3, and so on: docs/contributing/migration.md.
        self.upgrades: tuple[Upgrade, ...] = getattr(record, "UPGRADES", ())
        self._columns = MappingProxyType({column.name: column for column in columns})

    def __getitem__(self, name: str) -> Column:
        try:
            return self._columns[name]
        except KeyError:
            raise UnknownField(f"{self.record.__name__} has no field {name!r}") from None

    def __iter__(self) -> Any:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    @property
    def shape(self) -> int:
        """In which items are written; older ones are read by upgrades."""
        return 1 + len(self.upgrades)

    def kept(self) -> list[Column]:
        """Those that make a record of an item."""
        return [column for column in self.values() if not column.is_derived]

    def stored(self) -> list[Column]:
        return [column for column in self.values() if column.stored]

    def shown(self, where: Shown) -> list[Column]:
        return [column for column in self.values() if column.shown & where]

    def set_by(self, who: By) -> list[Column]:
        return [column for column in self.values() if column.by is who]


def table_of(record: Any) -> Table:
    """`record`: the class. Raises TypeError for a field that no line tells of."""
    return _table(record)


@cache
def _table(record: Any) -> Table:
    columns = []
    for entry in fields(record):
        told = entry.metadata.get("column")
        if told is None:
            raise TypeError(f"{record.__name__}.{entry.name} is in no table: use kept()")
        codec = told["codec"] or _codec(entry.type)
        columns.append(
            Column(
                name=entry.name,
                attribute=entry.name,
                default=REQUIRED if entry.default is MISSING else entry.default,
                in_head=hasattr(record, "HEAD") and told["stored"] not in KEY,
                **{**told, "codec": codec},
            )
        )
    columns += [
        Column(
            name=derived.name,
            stored=derived.stored,
            codec=derived.codec or _codec(derived.type),
            by=derived.by,
            shown=derived.shown,
            default=derived.default,
            meaning=derived.meaning,
            attribute=derived.attribute or derived.name,
            is_derived=True,
        )
        for derived in getattr(record, "DERIVED", ())
    ]
    return Table(record, columns)


def _codec(annotation: Any) -> Codec:
    if get_origin(annotation) in {Union, UnionType}:
        annotation = next(part for part in get_args(annotation) if part is not NoneType)
    try:
        return OF_TYPE[annotation]
    except KeyError:
        raise TypeError(f"No codec is known for {annotation}: name one") from None
