"""Items as indexes tell them, and what has to be read beside: long texts, names of labels."""

from collections.abc import Sequence
from itertools import batched
from typing import Any

from errand.records import Item
from errand.storage.kinds import Key
from errand.storage.mapper import Mapper
from errand.storage.operations import get_together
from errand.tasks.model import Task

# Of one BatchGetItem.
_BATCH_MAX = 100


def whole(items: Mapper[Any], found: Sequence[Item]) -> Sequence[Item]:
    """Indexes tell no long texts: those that are there are fetched, at once."""
    cut = [item for item in found if items.is_cut(item)]
    if not cut:
        return found
    keys = [Key(item["pk"]["S"], item["sk"]["S"]) for item in cut]
    fetched: list[Item | None] = []
    for some in batched(keys, _BATCH_MAX, strict=False):
        fetched += get_together(*((items.model, key) for key in some))
    known = dict(zip((key.sk for key in keys), fetched, strict=True))
    told = (known.get(item["sk"]["S"], item) for item in found)
    # None for what has gone meanwhile.
    return [item for item in told if item]


def named[T: Task](tasks: Sequence[T], user_id: str) -> Sequence[T]:
    if not any(task.label_ids for task in tasks):
        return tasks
    # Imported with the first task that bears a label.
    from errand.tasks.labelled import with_names  # noqa: PLC0415

    return with_names(tasks, user_id=user_id)


def id_of(item: Item) -> str:
    sort: str = item["sk"]["S"]
    return sort.partition("#")[2]
