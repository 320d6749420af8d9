"""The events on the bus, version 2: CloudEvents 1.0 in JSON, each with its number in the account.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
Fields may be added within a version; one that is removed or changes its meaning makes a new one.
docs/events/ has the JSON Schema of each type.
"""

from enum import StrEnum
from typing import Any, Final, Literal, NotRequired, TypedDict

SOURCE: Final = "errand"
VERSION: Final = "2"
SPECIFICATION: Final = "1.0"
JSON: Final = "application/json"


class EventType(StrEnum):
    TASK_CREATED = "task.created"
    TASK_UPDATED = "task.updated"
    TASK_COMPLETED = "task.completed"
    TASK_REOPENED = "task.reopened"
    TASK_DELETED = "task.deleted"
    TASK_RESTORED = "task.restored"
    OCCURRENCE_COMPLETED = "task.occurrence_completed"
    OCCURRENCE_REOPENED = "task.occurrence_reopened"
    COMMENT_CREATED = "comment.created"
    COMMENT_UPDATED = "comment.updated"
    COMMENT_DELETED = "comment.deleted"
    PROJECT_CREATED = "project.created"
    PROJECT_UPDATED = "project.updated"
    PROJECT_DELETED = "project.deleted"
    SECTION_CREATED = "section.created"
    SECTION_UPDATED = "section.updated"
    SECTION_DELETED = "section.deleted"
    REMINDER_DUE = "reminder.due"
    USER_REGISTERED = "user.registered"
    USER_UPDATED = "user.updated"
    USER_DELETED = "user.deleted"


# Fields of a record as JSON, by its table: the API's names and forms.
type View = dict[str, Any]


class Difference(TypedDict):
    """`new`: the record; `old`: the fields that changed, or the record if it is gone.

    None: it did not exist before, or does not any more.
    """

    old: View | None
    new: View | None
    by: View | None  # who did it, with which session or token; None: nobody is on record


class Event(TypedDict):
    """The `detail` of a message on the bus."""

    specversion: Literal["1.0"]
    version: Literal["2"]
    id: str  # the same in every redelivery
    source: Literal["errand"]
    type: EventType
    time: str  # when the change was stored, UTC
    subject: str  # users/<user id>, and below it as in the API's paths
    # The number of the change in its account's log; reminders are no changes.
    sequence: NotRequired[int]
    datacontenttype: Literal["application/json"]
    data: Difference
