"""Rules of a task, and the order in which an account's tasks are kept."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

TITLE_MIN = 3
TITLE_MAX = 200
DESCRIPTION_MAX = 5000
LINKS_MAX = 20

# Field name to new value, for the fields that change; None clears one.
type Changes = Mapping[str, Any]


class Status(StrEnum):
    """Half of the key of the view by status: `o<task id>`, `c<task id>`."""

    OPEN = "o"
    COMPLETED = "c"

    @classmethod
    def of(cls, *, completed: bool) -> "Status":
        return cls.COMPLETED if completed else cls.OPEN


def status_key(task_id: str, *, completed: bool) -> str:
    return f"{Status.of(completed=completed)}{task_id}"
