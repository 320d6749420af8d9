"""One record of DataTable's stream -> the event that tells of it."""

from collections.abc import Callable

from errand.events.images import Image, MalformedRecord, instant, member, task_view, text, user_view
from errand.events.schema import Difference, Event, EventType, TaskView, UserView

# Which images a change must come with: (before, after).
_IMAGES = {"INSERT": (False, True), "MODIFY": (True, True), "REMOVE": (True, False)}


def translate(record: object) -> Event | None:
    """None when nothing public changed: claims on a name, account settings, internal attributes.

    Raises MalformedRecord for what our tables do not write.
    """
    keys = member(member(record, "dynamodb", dict), "Keys", dict)
    owner, item = text(keys, "pk"), text(keys, "sk")
    if not owner.startswith("USER#"):
        return None
    user_id = owner.removeprefix("USER#")
    if item == "ACCOUNT":
        return _user_event(record, user_id)
    if item.startswith("TASK#"):
        return _task_event(record, user_id, item.removeprefix("TASK#"))
    return None


def sequence_number(record: object) -> str:
    """Where a stream record stands in its shard; raises MalformedRecord."""
    return member(member(record, "dynamodb", dict), "SequenceNumber", str)


def _task_event(record: object, user_id: str, task_id: str) -> Event | None:
    data = _difference(record, lambda image: task_view(image, task_id))
    if data["old"] == data["new"]:
        return None
    return _event(record, _task_type(data), f"users/{user_id}/tasks/{task_id}", data)


def _task_type(data: Difference[TaskView]) -> EventType:
    old, new = data["old"], data["new"]
    if old is None:
        return EventType.TASK_CREATED
    if new is None:
        return EventType.TASK_DELETED
    if old["completed"] == new["completed"]:
        return EventType.TASK_UPDATED
    return EventType.TASK_COMPLETED if new["completed"] else EventType.TASK_REOPENED


def _user_event(record: object, user_id: str) -> Event | None:
    data = _difference(record, lambda image: user_view(image, user_id))
    if data["old"] is None:
        return _event(record, EventType.USER_REGISTERED, f"users/{user_id}", data)
    if data["new"] is None:
        return _event(record, EventType.USER_DELETED, f"users/{user_id}", data)
    return None


def _difference[View](record: object, view: Callable[[Image], View]) -> Difference[View]:
    change = member(record, "dynamodb", dict)
    try:
        before, after = _IMAGES[member(record, "eventName", str)]
    except KeyError:
        raise MalformedRecord("eventName is none that a table's stream has") from None
    return {
        "old": view(member(change, "OldImage", dict)) if before else None,
        "new": view(member(change, "NewImage", dict)) if after else None,
    }


def _event(
    record: object,
    event_type: EventType,
    subject: str,
    data: Difference[TaskView] | Difference[UserView],
) -> Event:
    return {
        "version": "1",
        "id": member(record, "eventID", str),
        "type": event_type,
        "time": _time(record),
        "subject": subject,
        "data": data,
    }


def _time(record: object) -> str:
    seconds = member(member(record, "dynamodb", dict), "ApproximateCreationDateTime", object)
    try:
        # A whole number of seconds is all that streams promise.
        return instant(float(seconds) * 1000, precision="seconds")  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise MalformedRecord("ApproximateCreationDateTime is not a time") from None
