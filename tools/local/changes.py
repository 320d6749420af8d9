"""The stream of a table, in the data file instead of ministack's memory."""

import json
import sqlite3
from typing import Any, overload

type Record = dict[str, Any]


class Changes:
    """Behaves as the list that ministack keeps: it appends, reads slices and drops the oldest."""

    def __init__(self, database: sqlite3.Connection, table: str, *, delivered: int) -> None:
        """What comes before number `delivered` is forgotten."""
        self._database = database
        self._table = table
        self._forget(delivered)
        first, last = database.execute(
            'select min(n), max(n) from changes where "table" = ?', (table,)
        ).fetchone()
        self.first = delivered if first is None else int(first)
        self._end = self.first if last is None else int(last) + 1

    def append(self, record: Record) -> None:
        self._database.execute(
            "insert into changes values (?, ?, ?)", (self._table, self._end, json.dumps(record))
        )
        self._end += 1

    def __len__(self) -> int:
        return self._end - self.first

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> list[Record]: ...
    def __getitem__(self, place: int | slice) -> Record | list[Record]:
        if isinstance(place, slice):
            start, stop, _ = place.indices(len(self))
            return self._between(start, stop)
        at = range(len(self))[place]
        [record] = self._between(at, at + 1)
        return record

    def __delitem__(self, place: slice) -> None:
        start, stop, _ = place.indices(len(self))
        assert start == 0, "only the oldest are dropped"  # noqa: S101
        self.first += max(stop, 0)
        self._forget(self.first)

    def _between(self, start: int, stop: int) -> list[Record]:
        found = self._database.execute(
            'select record from changes where "table" = ? and n >= ? and n < ? order by n',
            (self._table, self.first + start, self.first + stop),
        )
        return [json.loads(record) for (record,) in found.fetchall()]

    def _forget(self, before: int) -> None:
        self._database.execute(
            'delete from changes where "table" = ? and n < ?', (self._table, before)
        )
