"""Lists that are read as a whole, up to 1 MB: to be sorted, or counted."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from errand.cursors import Position
from errand.errors import InvalidInput
from errand.records import Item
from errand.storage.mapper import Mapper
from errand.storage.ranges import KeyRange, read
from errand.tasks.heads import whole
from errand.tasks.lists import Sort, TaskRange, everything, sort_key
from errand.tasks.model import Task

# As far as 1 MB goes, mostly: some 3,000.
_TASKS_MAX = 10_000
# Of up to 15 KB, fetched in batches of 100.
_TEXTS_MAX = 300


class WholeList:
    """`keys`: those of the range `of`."""

    def __init__(self, items: Mapper[Any], keys: KeyRange, of: TaskRange) -> None:
        self._items = items
        self._keys = keys
        self._of = of

    def sorted(self, after: Position | None, limit: int) -> tuple[Sequence[Task], Position | None]:
        """A page of it and where that ends, if more is behind: all is read again for each.

        Raises InvalidInput.
        """
        of = self._of
        found = read(self._keys, after=None, limit=_TASKS_MAX)
        if found.reached:
            words = f"There are more than {len(found.items)} tasks to be sorted by {of.sort}"
            raise InvalidInput(f"{words}: ask for fewer, with a filter")
        sort = of.sort or Sort.CREATED
        keyed = [
            ((sort_key(task, sort, ascending=of.ascending), _its_own(item)), item)
            for task, item in self._kept(found.items)
        ]
        keyed.sort(key=itemgetter(0), reverse=not of.ascending)
        if after is not None:
            begun = (after["key"], after["id"])
            keyed = [
                (key, item) for key, item in keyed if (key > begun if of.ascending else key < begun)
            ]
        shown = keyed[:limit]
        items = whole(self._items, [item for _, item in shown])
        reached = dict(zip(("key", "id"), shown[-1][0], strict=True)) if keyed[limit:] else None
        return self._items.all(items), reached

    def count(self) -> int | None:
        """None if there is more than one read tells. Raises InvalidInput."""
        found = read(self._keys, after=None, limit=_TASKS_MAX)
        if found.reached:
            return None
        is_all = self._of.keeps is everything
        return len(found.items) if is_all else len(self._kept(found.items))

    def _kept(self, items: Sequence[Item]) -> list[tuple[Task, Item]]:
        """Those on the list: with their long texts, if these decide about it."""
        of = self._of
        if of.looks_into_texts and of.index.name is not None:
            if sum(map(self._items.is_cut, items)) > _TEXTS_MAX:
                words = f"More than {_TEXTS_MAX} long texts would have to be looked through"
                raise InvalidInput(f"{words}: ask for fewer tasks, with a filter")
            items = whole(self._items, items)
        pairs = zip(self._items.all(items), items, strict=True)
        return [(task, item) for task, item in pairs if of.keeps(task)]


def _its_own(item: Item) -> str:
    """The task's id, behind which occurrences of it that were completed have theirs, too."""
    key: str = item["sk"]["S"]
    return key.partition("#")[2]
