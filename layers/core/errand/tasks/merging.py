"""What two devices changed of a task at once, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from errand import zones
from errand.errors import InvalidInput
from errand.fields import table_of
from errand.folding import folded
from errand.tasks.decisions import Changes
from errand.tasks.model import Task
from errand.tasks.recurrence import Recurrence, Series

# What a person writes: whatever replaces one of these without having seen it, keeps it.
WRITTEN = frozenset({"title", "description"})


@dataclass(frozen=True, slots=True)
class Conflict:
    """That a field was changed from what the client had not seen."""

    field: str
    replaced: Any

    @property
    def text(self) -> str | None:
        """What somebody wrote, and nobody would see any more."""
        return self.replaced if self.field in WRITTEN else None


def conflicts(task: Task, changes: Changes, was: Mapping[str, Any]) -> list[Conflict]:
    """Between `changes`, made of what `was`, and the task as it is by now.

    There is none where nobody has changed the field meanwhile, or to what it is to be; and none of
    fields that are not in both.
    """
    found = []
    for name in changes:
        if name not in was:
            continue
        column = table_of(Task)[name]
        present = getattr(task, column.attribute)
        known = (column.default if value is None else value for value in (was[name], changes[name]))
        if not any(_is_same(task, name, present, value) for value in known):
            found.append(Conflict(name, present))
    return found


def _is_same(task: Task, name: str, one: object, other: object) -> bool:
    if name == "labels":
        return _names(one) == _names(other)
    if isinstance(other, Recurrence):
        return one in {other, _begun(task, other)}
    if isinstance(one, tuple) and isinstance(other, list):
        other = tuple(other)
    return one == other


def _names(labels: object) -> frozenset[str] | None:
    """In whatever order and spelling. What is no list of names is none of ours."""
    if not isinstance(labels, list | tuple):
        return None
    return frozenset(folded(one) for one in labels if isinstance(one, str))


def _begun(task: Task, recurrence: Recurrence) -> Recurrence:
    """As it would be kept: with what a rule does not say, and takes from when the task is due."""
    start = task.series_start or task.due
    if start is None:
        return recurrence
    zone = zones.zone(start.zone or zones.DEFAULT)
    try:
        return Series.begun(recurrence, start, today=start.day, zone=zone).recurrence
    except InvalidInput:
        return recurrence
