"""The events on the bus, version 1.

Fields may be added within a version; one that is removed or changes its meaning makes a new one.
"""

from enum import StrEnum
from typing import Any, Literal, TypedDict

SOURCE = "errand"
VERSION = "1"


class EventType(StrEnum):
    TASK_CREATED = "task.created"
    TASK_UPDATED = "task.updated"
    TASK_COMPLETED = "task.completed"
    TASK_REOPENED = "task.reopened"
    TASK_DELETED = "task.deleted"
    USER_REGISTERED = "user.registered"
    USER_DELETED = "user.deleted"


# A record as JSON, by its table of fields: the API's names and forms.
type View = dict[str, Any]


class Difference(TypedDict):
    old: View | None  # None: it did not exist before
    new: View | None  # None: it does not exist any more


class Event(TypedDict):
    """The `detail` of a message on the bus."""

    version: Literal["1"]
    id: str  # the same in every redelivery
    type: EventType
    time: str  # when the change was stored, UTC
    subject: str  # users/<user id> or users/<user id>/tasks/<task id>
    data: Difference
