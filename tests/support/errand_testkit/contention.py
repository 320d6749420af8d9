"""Somebody else is faster."""

from collections.abc import Callable

from errand.records import Item
from errand.storage.kinds import AUDIT, COUNTER, KNOWN_ADDRESS, Kind
from errand.storage.unit import DynamoStore, Unit

_BESIDES = {AUDIT, COUNTER, KNOWN_ADDRESS}


class ContendedStore(DynamoStore):
    """Of `meanwhile`, one happens just before each unit that writes more than counters or records.

    Whoever interferes is not interfered with.
    """

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Callable[[], object]] = []

    def commit(self, unit: Unit) -> Item:
        kinds: set[Kind] = {entry.write.item.kind for entry in unit.guarded}
        if self.meanwhile and kinds - _BESIDES:
            interference, *later = self.meanwhile
            self.meanwhile = []
            interference()
            self.meanwhile = later
        return super().commit(unit)
