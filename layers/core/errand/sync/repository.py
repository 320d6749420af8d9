"""Records of every logged kind as they are now."""

from collections.abc import Sequence
from typing import Any, Protocol

from errand.cursors import Position
from errand.pages import Slice
from errand.records import load
from errand.storage.kinds import Key, Kind, collection, kind_at, record_of
from errand.storage.operations import get_together
from errand.storage.ranges import KeyRange, read
from errand.storage.tables import BASES


class RecordRepository(Protocol):
    def slice(
        self, kind: Kind, *, user_id: str, after: Position | None, limit: int
    ) -> Slice[tuple[str, Any]]: ...

    def present(self, *, user_id: str, places: Sequence[str]) -> list[Any | None]: ...


class DynamoRecords:
    """RecordRepository on DataTable: a place is a sort key."""

    def slice(
        self, kind: Kind, *, user_id: str, after: Position | None, limit: int
    ) -> Slice[tuple[str, Any]]:
        """By their keys, each with its place."""
        # Of some kinds an account has one, whose key is that of the kind.
        keys = KeyRange(
            model=BASES[kind.table],
            partition=collection(user_id),
            between=(kind.sort, kind.prefix + "~"),
            ascending=True,
        )
        found = read(keys, after=after, limit=limit)
        record = record_of(kind)
        items = [item for item in found.items if kind.is_at(Key(item["pk"]["S"], item["sk"]["S"]))]
        return Slice([(item["sk"]["S"], load(record, item)) for item in items], found.reached)

    def present(self, *, user_id: str, places: Sequence[str]) -> list[Any | None]:
        """In the order of `places`, consistently; None for what is not there."""
        if not places:
            return []
        keys = [Key(collection(user_id), place) for place in places]
        items = get_together(*((BASES[kind_at(key).table], key) for key in keys))
        return [
            load(record_of(kind_at(key)), item) if item else None
            for key, item in zip(keys, items, strict=True)
        ]
