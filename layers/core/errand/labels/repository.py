"""Labels in DynamoDB: all of an account in one item, in its collection."""

from typing import Protocol

from errand.labels.model import LabelSet
from errand.storage.kinds import LABELS
from errand.storage.mapper import mapper
from errand.storage.marks import add_marked
from errand.storage.operations import Put, get
from errand.storage.unit import Unit, overtaken

_LABELS = mapper(LABELS, LabelSet)


class LabelRepository(Protocol):
    """What writes is added to a unit."""

    def read(self, *, user_id: str) -> LabelSet:
        """Empty if there are none."""
        ...

    def write(self, unit: Unit, old: LabelSet, new: LabelSet, *, user_id: str) -> None:
        """Refused as Overtaken unless they still are `old`."""
        ...


class DynamoLabels:
    """LabelRepository on DataTable."""

    def read(self, *, user_id: str) -> LabelSet:
        item = get(_LABELS.model, LABELS.key(user_id))
        return _LABELS.of(item) if item else LabelSet.empty()

    def write(self, unit: Unit, old: LabelSet, new: LabelSet, *, user_id: str) -> None:
        key = LABELS.key(user_id)
        if not old.version:
            unit.add(Put(_LABELS.item(key, new), _LABELS.is_free), overtaken)
            return
        add_marked(
            unit,
            _LABELS,
            _LABELS.at(key),
            _LABELS.difference(old, new),
            _LABELS["version"] == old.version,
            overtaken,
        )
