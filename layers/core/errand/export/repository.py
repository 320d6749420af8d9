"""All items of an account, in every table, a page at a time."""

from typing import Protocol

from errand.cursors import Position
from errand.pages import Slice
from errand.records import Item
from errand.storage.kinds import KINDS, Table, collection
from errand.storage.ranges import KeyRange, read
from errand.storage.tables import BASES

_ORDER = (Table.DATA, Table.EPHEMERAL, Table.LOG)
# What no section tells of comes last in its table, and is not read.
_UNTOLD = [kind for kind in KINDS if kind.is_owned and kind.section is None]
# Sort keys begin with capitals.
_FIRST, _BEHIND = "A", "a"


class CollectionRepository(Protocol):
    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Item]: ...


class DynamoCollection:
    """CollectionRepository: at most 1 MB of each table in a slice."""

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Item]:
        """`limit`: of items of each table. A position tells the table, too."""
        position = dict(after or {})
        first = Table(position.pop("table", _ORDER[0]))
        items: list[Item] = []
        for table in _ORDER[_ORDER.index(first) :]:
            keys = KeyRange(
                model=BASES[table],
                partition=collection(user_id),
                between=(
                    _FIRST,
                    min((k.sort for k in _UNTOLD if k.table is table), default=_BEHIND),
                ),
                ascending=True,
            )
            found = read(keys, after=position or None, limit=limit)
            items += found.items
            position = {}
            if found.reached:
                return Slice(items, {"table": table, **found.reached})
        return Slice(items, None)
