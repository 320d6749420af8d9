"""Units of several commands, gathered to be committed as one.

While a staging is open, what services commit waits in it, and what they read is as if that had been
written: none of them knows. A record that is written more than once is written once in the end, as
it has become, on the condition that it still is what it was.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path, Value
from pynamodb.models import Model

from errand.cursors import Position
from errand.errors import Overtaken
from errand.pages import Slice
from errand.records import Item
from errand.storage.attempts import ConditionFailed, TransactionFailed
from errand.storage.expressions import at, holds, updated
from errand.storage.kinds import Key, Kind
from errand.storage.operations import (
    Delete,
    Put,
    Update,
    Write,
    fetch,
    fetch_together,
    overlay,
)
from errand.storage.ranges import KeyRange, position_of
from errand.storage.unit import Guarded, Unit, left_of

# Of a transaction.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
WRITES_MAX = 100

type _Place = tuple[str, str, str]


@dataclass(slots=True)
class _Entry:
    """`base`: the item before all that was staged; `first`: what was staged first."""

    base: Item | None
    first: Guarded
    is_only: bool = True


class Staging:
    """Overlay of what waits on what there is."""

    def __init__(self) -> None:
        # As they are by now, for whoever reads them: what was read, and what is to be written.
        self._known: dict[_Place, Item | None] = {}
        self._entries: dict[_Place, _Entry] = {}

    @contextmanager
    def opened(self) -> Iterator[None]:
        """For this task, and the threads that it hands work to."""
        token = overlay.set(self)
        try:
            yield
        finally:
            overlay.reset(token)

    def __len__(self) -> int:
        """Of the writes that it has become."""
        return len(self.unit().guarded)

    def get(self, model: type[Model], key: Key) -> Item | None:
        place = _place(model, key)
        if place not in self._known:
            self._known[place] = fetch(model, key)
        return self._known[place]

    def get_together(self, *keys: tuple[type[Model], Key]) -> list[Item | None]:
        places = [_place(*key) for key in keys]
        new = {
            place: key for place, key in zip(places, keys, strict=True) if place not in self._known
        }
        if new:
            self._known |= zip(new, fetch_together(*new.values()), strict=True)
        return [self._known[place] for place in places]

    def seen(
        self, keys: KeyRange, found: Slice[Item], *, after: Position | None, limit: int
    ) -> Slice[Item]:
        """What was found of a range, with what waits."""
        index = keys.index
        staged = {
            (pk, sk): self._known[table, pk, sk]
            for table, pk, sk in self._entries
            if table == keys.model.Meta.table_name and index.is_local
        }
        if not staged:
            return found

        def order(item: Any) -> tuple[str, str]:
            return _text(item, index.sort), _text(item, "sk")

        # What was found is behind the one, and up to the other.
        begun = (after[index.sort], after["sk"]) if after else None
        end = (found.reached[index.sort], found.reached["sk"]) if found.reached else None

        def is_there(item: Item) -> bool:
            if _text(item, "pk") != keys.partition or index.sort not in item:
                return False
            place, (first, last) = order(item), keys.between or ("", "")
            is_in = first <= place[0] <= last if keys.between else place[0].startswith(keys.prefix)
            is_behind = begun is None or (place > begun if keys.ascending else place < begun)
            is_before = end is None or (place <= end if keys.ascending else place >= end)
            return is_in and is_behind and is_before

        items = [one for one in found.items if (_text(one, "pk"), _text(one, "sk")) not in staged]
        items += [one for one in staged.values() if one and is_there(one)]
        items.sort(key=order, reverse=not keys.ascending)
        if len(items) <= limit:
            return Slice(items, found.reached)
        return Slice(items[:limit], position_of(items[limit - 1], index))

    def takes(self, guarded: Sequence[Guarded]) -> bool:
        """What people make; counters and what authorizes are written at once."""
        kinds: list[Kind | None] = [getattr(one.write.item, "kind", None) for one in guarded]
        return any(kind and kind.logged_as for kind in kinds)

    def stage(self, guarded: list[Guarded]) -> Item:
        """As DynamoStore.commit does, of what is signed. Raises what the refusals say."""
        present = [self._present(entry.write) for entry in guarded]
        failures = [
            None if holds(entry.write.condition, item) else ConditionFailed(item, retried=False)
            for entry, item in zip(guarded, present, strict=True)
        ]
        is_update = len(guarded) == 1 and isinstance(guarded[0].write, Update)
        if any(failures):
            guarded = left_of(guarded, TransactionFailed(failures))
        items = [self._add(entry) for entry in guarded]
        return (items[0] if items else present[0]) or {} if is_update else {}

    def unit(self) -> Unit:
        """All that waits. Refused as Overtaken if something is not what it was any more."""
        unit = Unit(is_signed=True)
        for place, entry in self._entries.items():
            new = self._known[place]
            if entry.is_only:
                unit.add(entry.first.write, _unless_done(entry.first))
            elif new is not None or entry.base is not None:
                unit.add(_as_one(entry, new), _unless_ours(entry, new))
        return unit

    def _present(self, write: Write) -> Item | None:
        place = _place_of(write)
        if isinstance(write, Put) and place not in self._known:
            # It has an id of its own: nobody has to be asked whether it is there.
            return None
        return self.get(type(write.item), Key(*place[1:]))

    def _add(self, guarded: Guarded) -> Item | None:
        write, place = guarded.write, _place_of(guarded.write)
        base = self._present(write)
        if place in self._entries:
            self._entries[place].is_only = False
        else:
            self._entries[place] = _Entry(base, guarded)
        self._known[place] = new = _effect(write, base)
        return new


def _effect(write: Write, item: Item | None) -> Item | None:
    if isinstance(write, Put):
        content: Item = write.request["Item"]
        return content
    return updated(item or {}, write.actions) if isinstance(write, Update) else None


def _as_one(entry: _Entry, new: Item | None) -> Write:
    """What several writes of an item have made of it."""
    item = entry.first.write.item
    condition = entry.first.write.condition if entry.base is None else _is_still(entry.base)
    return Delete(item, condition) if new is None else Put(item, condition, new)


def _is_still(item: Item) -> Condition:
    """Every change leaves another mark; what has none yet has a version."""
    condition: Condition = Path("pk").exists()
    for path in (["m"], ["v"], ["h", "v"]):
        value = at(item, path)
        found = Path(path)
        condition &= found.does_not_exist() if value is None else found == Value(value)
    return condition


def _unless_done(first: Guarded) -> Any:
    def refused(failed: ConditionFailed) -> Exception | None:
        return None if first.refusal(failed) is None else Overtaken()

    return refused


def _unless_ours(entry: _Entry, new: Item | None) -> Any:
    """Of an attempt before, whose answer was lost."""

    def refused(failed: ConditionFailed) -> Exception | None:
        if failed.item is None or new is None:
            is_ours = failed.retried and failed.item is new
        else:
            is_marked = "m" in new and failed.item.get("m") == new["m"]
            is_ours = is_marked or (entry.base is None and failed.retried)
        return None if is_ours else Overtaken()

    return refused


def _place(model: type[Model], key: Key) -> _Place:
    return (model.Meta.table_name, *key)


def _place_of(write: Write) -> _Place:
    item: Any = write.item
    return _place(type(item), Key(item.pk, item.sk))


def _text(item: Any, name: str) -> str:
    text: str = item[name]["S"]
    return text
