"""Names of the labels of tasks, which keep no more of them than their ids."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from errand.labels.model import LabelSet
from errand.storage.kinds import LABELS
from errand.storage.mapper import mapper
from errand.storage.operations import get
from errand.tasks.model import Task

_LABELS = mapper(LABELS, LabelSet)


def with_names[T: Task](tasks: Sequence[T], *, user_id: str) -> list[T]:
    """One round trip for all of them; a label that was deleted is not told."""
    item = get(_LABELS.model, LABELS.key(user_id))
    found: Any = _LABELS.of(item) if item else LabelSet.empty()
    names = {label.id: label.name for label in found.labels}
    return [
        replace(task, labels=tuple(names[one] for one in task.label_ids if one in names))
        if task.label_ids
        else task
        for task in tasks
    ]
