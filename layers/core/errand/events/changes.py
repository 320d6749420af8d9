"""One entry of the log of changes -> the event that tells of it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from errand.codecs import instant
from errand.errors import MalformedRecord
from errand.events.schema import JSON, SOURCE, SPECIFICATION, VERSION, Event, EventType, View
from errand.fields import Column, Shown, table_of
from errand.history.changes import Action, Change, taken
from errand.messages import member
from errand.records import LONG_MARK, Item, load
from errand.storage.kinds import (
    ACCOUNT,
    COMMENT,
    COMPLETION,
    PROJECT,
    SECTION,
    TASK,
    Key,
    Kind,
    attributes,
    collection,
    record_of,
)
from errand.streams import key_of

type Shapes = Callable[[Kind], type[Any]]


class _Told(NamedTuple):
    """`below`: names of the collections in the API's path to a record; `types` by what happened."""

    below: tuple[str, ...]
    types: Mapping[Action, EventType]


TOLD: Mapping[Kind, _Told] = {
    ACCOUNT: _Told(
        (),
        {
            Action.CREATED: EventType.USER_REGISTERED,
            Action.UPDATED: EventType.USER_UPDATED,
            Action.DELETED: EventType.USER_DELETED,
        },
    ),
    TASK: _Told(
        ("tasks",),
        {
            Action.CREATED: EventType.TASK_CREATED,
            Action.UPDATED: EventType.TASK_UPDATED,
            Action.COMPLETED: EventType.TASK_COMPLETED,
            Action.REOPENED: EventType.TASK_REOPENED,
            Action.DELETED: EventType.TASK_DELETED,
            Action.RESTORED: EventType.TASK_RESTORED,
        },
    ),
    COMPLETION: _Told(
        ("tasks",),
        {
            Action.CREATED: EventType.OCCURRENCE_COMPLETED,
            Action.DELETED: EventType.OCCURRENCE_REOPENED,
        },
    ),
    COMMENT: _Told(
        ("tasks", "comments"),
        {
            Action.CREATED: EventType.COMMENT_CREATED,
            Action.UPDATED: EventType.COMMENT_UPDATED,
            Action.DELETED: EventType.COMMENT_DELETED,
        },
    ),
    PROJECT: _Told(
        ("projects",),
        {
            Action.CREATED: EventType.PROJECT_CREATED,
            Action.UPDATED: EventType.PROJECT_UPDATED,
            Action.DELETED: EventType.PROJECT_DELETED,
        },
    ),
    SECTION: _Told(
        ("projects", "sections"),
        {
            Action.CREATED: EventType.SECTION_CREATED,
            Action.UPDATED: EventType.SECTION_UPDATED,
            Action.DELETED: EventType.SECTION_DELETED,
        },
    ),
}


def translate(record: object, shapes: Shapes = record_of) -> Event | None:
    """A record of LogTable's stream. None for entries that go, and those without an event.

    Raises MalformedRecord for what our functions do not write.
    """
    if member(record, "eventName", str) != "INSERT":
        return None
    image = member(member(record, "dynamodb", dict), "NewImage", dict)
    return event_of(load(Change, {**attributes(key_of(record)), **image}), shapes)


def event_of(change: Change, shapes: Shapes = record_of) -> Event | None:
    """`shapes`: kind of item to its record. Raises MalformedRecord."""
    kind = change.kind_of_record
    told = TOLD.get(kind)
    event_type = told.types.get(change.action) if told else None
    # Entries of before there was more to tell have no event, nor what went with its task.
    if told is None or event_type is None or change.besides is None:
        return None
    old, new = _difference(change, shapes(kind))
    is_told = bool(change.before or change.after)
    if new is not None and old == {} and (is_told or kind is ACCOUNT):
        # What changed is nobody else's business.
        return None
    return {
        "specversion": SPECIFICATION,
        "version": VERSION,
        "id": f"{change.user_id}-{change.number}",
        "source": SOURCE,
        "type": event_type,
        "time": _time(change),
        "subject": _subject(change, told.below),
        "sequence": change.number,
        "datacontenttype": JSON,
        "data": {"old": old, "new": new, "by": change.by.shown() if change.by else None},
    }


def _difference(change: Change, shape: type[Any]) -> tuple[View | None, View | None]:
    old = _view(change, change.before, shape)
    new = _view(change, change.after, shape)
    if old is not None and new is not None:
        old = {name: value for name, value in old.items() if value != new[name]}
    return old, new


def _view(change: Change, told: Item | None, shape: type[Any]) -> View | None:
    """But for long texts that did not change."""
    if told is None:
        return None
    if not change.besides:
        # All that is known of what somebody found to be gone.
        return {"id": change.id}
    table = table_of(shape)
    key = Key(collection(change.user_id), change.place)
    item = {**attributes(key), **change.besides, **told}
    columns = [one for one in table.shown(Shown.EVENTS) if not _is_left_out(one, item)]
    record = None
    if any(one.is_derived for one in columns):
        record = load(shape, {**item, table.head: {"M": {}}} if table.head else item)
    try:
        return {one.name: _shown(one, record, item) for one in columns}
    except OverflowError:
        raise MalformedRecord("An instant is beyond all dates") from None


def _is_left_out(column: Column, item: Item) -> bool:
    return f"{column.stored}{LONG_MARK}" in item and column.stored not in item


def _shown(column: Column, record: object, item: Item) -> Any:
    if record is None and column.is_required and column.stored not in item:
        raise MalformedRecord(f"{column.stored} is missing")
    value = taken(column, item) if record is None else getattr(record, column.attribute)
    return None if value is None else column.codec.show(value)


def _subject(change: Change, below: tuple[str, ...]) -> str:
    ids = change.place.split("#")[1:]
    parts = ["users", change.user_id]
    for name, one in zip(below, ids, strict=False):
        parts += [name, one]
    return "/".join(parts)


def _time(change: Change) -> str:
    try:
        return instant(change.at)
    except OverflowError:
        raise MalformedRecord("at is not a time") from None
