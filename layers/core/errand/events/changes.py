"""One record of DataTable's stream -> the event that tells of it."""

from collections.abc import Callable, Mapping
from typing import Any

from errand.codecs import instant
from errand.errors import MalformedRecord
from errand.events.schema import Difference, Event, EventType, View
from errand.fields import Shown
from errand.identity.accounts.model import Account
from errand.messages import member
from errand.records import Item, load, show
from errand.storage.kinds import ACCOUNT, TASK, Key, Kind
from errand.streams import images, key_of, time_of
from errand.tasks.model import Task

SHAPES: Mapping[Kind, type[Any]] = {ACCOUNT: Account, TASK: Task}


def translate(record: object, shapes: Mapping[Kind, type[Any]] = SHAPES) -> Event | None:
    """None when nothing public changed: claims on a name, account settings, internal attributes.

    `shapes`: kind of item to its record. Raises MalformedRecord for what our tables do not write.
    """
    key = key_of(record)
    for kind, (subject, type_of) in _STREAMED.items():
        if kind.is_at(key):
            data = _difference(record, shapes[kind])
            event_type = type_of(data)
            return _event(record, event_type, subject(key), data) if event_type else None
    return None


def _task_type(data: Difference) -> EventType | None:
    old, new = data["old"], data["new"]
    if old == new:
        return None
    if old is None:
        return EventType.TASK_CREATED
    if new is None:
        return EventType.TASK_DELETED
    if old["completed"] == new["completed"]:
        return EventType.TASK_UPDATED
    return EventType.TASK_COMPLETED if new["completed"] else EventType.TASK_REOPENED


def _user_type(data: Difference) -> EventType | None:
    if data["old"] is None:
        return EventType.USER_REGISTERED
    return EventType.USER_DELETED if data["new"] is None else None


def _user(key: Key) -> str:
    return f"users/{key.pk.partition('#')[2]}"


def _task(key: Key) -> str:
    return f"{_user(key)}/tasks/{key.sk.partition('#')[2]}"


# Kind -> what the subject of an event is, and which event a change makes.
_STREAMED: Mapping[Kind, tuple[Callable[[Key], str], Callable[[Difference], EventType | None]]] = {
    ACCOUNT: (_user, _user_type),
    TASK: (_task, _task_type),
}


def _difference(record: object, shape: type[Any]) -> Difference:
    old, new = images(record)

    def view(item: Item | None) -> View | None:
        return None if item is None else show(load(shape, item), Shown.EVENTS)

    return {"old": view(old), "new": view(new)}


def _event(record: object, event_type: EventType, subject: str, data: Difference) -> Event:
    return {
        "version": "1",
        "id": member(record, "eventID", str),
        "type": event_type,
        "time": _time(record),
        "subject": subject,
        "data": data,
    }


def _time(record: object) -> str:
    try:
        return instant(time_of(record))
    except OverflowError:
        raise MalformedRecord("ApproximateCreationDateTime is not a time") from None
