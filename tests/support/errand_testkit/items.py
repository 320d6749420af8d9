"""Items as DynamoDB has them, for tests that look at what is stored."""

from collections.abc import Mapping
from typing import Any

from errand.tasks.model import Task

type Item = dict[str, Any]


_BESIDE = {"pk", "sk", "vs", "vd", "vp", "vr", "vt", "m"}


def headed(item: Item) -> Item:
    """An item of a task, of its attributes side by side: most are entries of its head."""
    beside = {
        name: value
        for name, value in item.items()
        if name in {"pk", "sk", "vs", "vd", "vp", "vr", "vt", "m"}
    }
    head = {name: value for name, value in item.items() if name not in beside}
    return {**beside, Task.HEAD: {"M": head}}


def head_of(item: Mapping[str, Any]) -> Item:
    """The entries of a task's head."""
    head: Item = item[Task.HEAD]["M"]
    return head
