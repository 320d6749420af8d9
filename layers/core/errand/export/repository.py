"""All items of an account, in both tables, a page at a time."""

from typing import Protocol

from errand.storage.operations import RawItem, query
from errand.storage.tables import DataItem, EphemeralItem, user_key

_TABLES = {"data": DataItem, "ephemeral": EphemeralItem}
_ITEMS = 2_000

# Name of a table and sort key: everything up to there has been read.
type Position = tuple[str, str]


class CollectionRepository(Protocol):
    def page(
        self, *, user_id: str, after: Position | None
    ) -> tuple[list[RawItem], Position | None]: ...


class DynamoCollection:
    """CollectionRepository: at most 1 MB of each table in a page."""

    def page(
        self, *, user_id: str, after: Position | None
    ) -> tuple[list[RawItem], Position | None]:
        pk = user_key(user_id)
        read: list[RawItem] = []
        names = list(_TABLES)
        for name in names[names.index(after[0]) :] if after else names:
            start = {"pk": {"S": pk}, "sk": {"S": after[1]}} if after and after[0] == name else None
            items, stopped = query(_TABLES[name], pk, start=start, limit=_ITEMS + 1, ascending=True)
            read += items[:_ITEMS]
            if stopped or len(items) > _ITEMS:
                return read, (name, read[-1]["sk"]["S"])
        return read, None
