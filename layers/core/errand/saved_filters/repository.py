"""Saved filters in DynamoDB: one item each, in the collection of the account that owns them."""

from typing import Protocol

from errand.cursors import Position
from errand.pages import Slice
from errand.saved_filters.model import SavedFilter
from errand.storage.attempts import ConditionFailed
from errand.storage.kinds import FILTER, collection
from errand.storage.mapper import mapper
from errand.storage.marks import add_marked
from errand.storage.operations import Delete, Put, get
from errand.storage.ranges import KeyRange, read
from errand.storage.unit import Unit, made_before, overtaken

_FILTERS = mapper(FILTER, SavedFilter)


class SavedFilterRepository(Protocol):
    """What writes is added to a unit."""

    def add(self, unit: Unit, saved: SavedFilter, *, user_id: str) -> None: ...

    def read(self, *, user_id: str, filter_id: str) -> SavedFilter | None: ...

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[SavedFilter]: ...

    def rewrite(self, unit: Unit, old: SavedFilter, new: SavedFilter, *, user_id: str) -> None: ...

    def remove(self, unit: Unit, saved: SavedFilter, *, user_id: str) -> None: ...


class DynamoSavedFilters:
    """SavedFilterRepository on DataTable."""

    def add(self, unit: Unit, saved: SavedFilter, *, user_id: str) -> None:
        item = _FILTERS.item(FILTER.key(user_id, saved.id), saved)
        unit.add(Put(item, _FILTERS.is_free), made_before)

    def read(self, *, user_id: str, filter_id: str) -> SavedFilter | None:
        item = get(_FILTERS.model, FILTER.key(user_id, filter_id))
        return _FILTERS.of(item) if item else None

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[SavedFilter]:
        """By age, the oldest first."""
        keys = KeyRange(
            model=_FILTERS.model,
            partition=collection(user_id),
            prefix=FILTER.prefix,
            ascending=True,
        )
        found = read(keys, after=after, limit=limit)
        return Slice(_FILTERS.all(found.items), found.reached)

    def rewrite(self, unit: Unit, old: SavedFilter, new: SavedFilter, *, user_id: str) -> None:
        """Refused as Overtaken unless it still is `old`."""
        add_marked(
            unit,
            _FILTERS,
            _FILTERS.at(FILTER.key(user_id, old.id)),
            _FILTERS.difference(old, new),
            _FILTERS["version"] == old.version,
            overtaken,
        )

    def remove(self, unit: Unit, saved: SavedFilter, *, user_id: str) -> None:
        item = _FILTERS.at(FILTER.key(user_id, saved.id))
        unit.add(Delete(item, _FILTERS["version"] == saved.version), _gone_or_overtaken)


def _gone_or_overtaken(failed: ConditionFailed) -> Exception | None:
    return None if failed.retried and failed.item is None else overtaken(failed)
