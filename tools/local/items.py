"""The items of a table, in the data file instead of ministack's memory.

They behave as the dictionaries that ministack keeps: partition key -> sort key -> item.
"""

import json
import sqlite3
from collections.abc import Generator, Hashable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from threading import local
from typing import Any

type Item = dict[str, Any]  # in DynamoDB's JSON
type Collection = MutableMapping[str, Item]  # sort key -> item


class Items(MutableMapping[str, Collection]):
    """As a defaultdict, it has a collection for every key."""

    def __init__(self, database: sqlite3.Connection, table: str) -> None:
        self.database = database
        self.table = table
        self.views: set[Hashable] = set()  # that can be read in order
        self._narrowed = _Narrowed()

    @contextmanager
    def narrowed(self, items: Mapping[str, Collection]) -> Generator[None]:
        """To this thread, nothing but `items` is there."""
        self._narrowed.items = items
        try:
            yield
        finally:
            self._narrowed.items = None

    @property
    def keys_narrowed_to(self) -> list[tuple[str, str]] | None:
        """None: everything."""
        if self._narrowed.items is None:
            return None
        return [(pk, sk) for pk, found in self._narrowed.items.items() for sk in found]

    def __getitem__(self, pk: str) -> Collection:
        if self._narrowed.items is not None:
            return self._narrowed.items.get(pk, {})
        return _StoredCollection(self.database, self.table, pk)

    def __setitem__(self, pk: str, collection: Mapping[str, Item]) -> None:
        del self[pk]
        self[pk].update(collection)

    def __delitem__(self, pk: str) -> None:
        self.database.execute('delete from items where "table" = ? and pk = ?', (self.table, pk))

    def __contains__(self, pk: object) -> bool:
        return bool(_StoredCollection(self.database, self.table, str(pk)))

    def __iter__(self) -> Iterator[str]:
        found = self.database.execute(
            'select distinct pk from items where "table" = ?', (self.table,)
        )
        return iter([pk for (pk,) in found.fetchall()])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def expire_by(self, attribute: str) -> None:
        """Prepares expired(): one that is there already costs nothing."""
        self.database.execute(
            f"create index if not exists by_{attribute} on items "
            f'("table", {_number(attribute)}) where {_number(attribute)} is not null'
        )

    def expired(self, attribute: str, now: float) -> list[tuple[str, str]]:
        """Keys of the items whose `attribute` (epoch seconds) has passed."""
        number = _number(attribute)
        return self.database.execute(
            f"select pk, sk from items indexed by by_{attribute} "  # noqa: S608 - a name
            f'where "table" = ? and {number} <= ?',
            (self.table, now),
        ).fetchall()

    def count(self) -> int:
        """Of items."""
        [number] = self.database.execute(
            'select count(*) from items where "table" = ?', (self.table,)
        ).fetchone()
        return int(number)


class _StoredCollection(MutableMapping[str, Item]):
    def __init__(self, database: sqlite3.Connection, table: str, pk: str) -> None:
        self._database = database
        self._place = (table, pk)

    def __getitem__(self, sk: str) -> Item:
        row = self._database.execute(
            'select item from items where "table" = ? and pk = ? and sk = ?', (*self._place, sk)
        ).fetchone()
        if row is None:
            raise KeyError(sk)
        return decoded(row[0])

    def __setitem__(self, sk: str, item: Item) -> None:
        self._database.execute(
            "replace into items values (?, ?, ?, ?)", (*self._place, sk, json.dumps(item))
        )

    def __delitem__(self, sk: str) -> None:
        deleted = self._database.execute(
            'delete from items where "table" = ? and pk = ? and sk = ?', (*self._place, sk)
        )
        if not deleted.rowcount:
            raise KeyError(sk)

    def __iter__(self) -> Iterator[str]:
        found = self._database.execute(
            'select sk from items where "table" = ? and pk = ?', self._place
        )
        return iter([sk for (sk,) in found.fetchall()])

    def __len__(self) -> int:
        [number] = self._database.execute(
            'select count(*) from items where "table" = ? and pk = ?', self._place
        ).fetchone()
        return int(number)

    def __bool__(self) -> bool:
        """Without counting."""
        found = self._database.execute(
            'select 1 from items where "table" = ? and pk = ? limit 1', self._place
        )
        return found.fetchone() is not None

    def __deepcopy__(self, _memo: object) -> dict[str, Item]:
        return dict(self)


class _Narrowed(local):
    items: Mapping[str, Collection] | None = None


def _number(attribute: str) -> str:
    return f"cast(json_extract(item, '$.{attribute}.N') as real)"


def decoded(text: str) -> Item:
    """Raises ValueError if it is not an item."""
    item = json.loads(text)
    if not isinstance(item, dict):
        raise ValueError("an item is not an object")  # noqa: TRY004 - data, not a wrong argument
    return item
