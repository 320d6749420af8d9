"""A life in samples: what the streams of both tables, and then the bus, tell of it.

`python -m errand_testkit.event_samples` writes events/log-changes.json, stream-changes.json and
bus-*.json, what purge-*.json have of them, the examples of docs/events.md and the schemas of
docs/events/ anew.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from hashlib import md5, sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from errand.comments.model import Comment
from errand.events.changes import TOLD, translate
from errand.events.schema import SOURCE, SPECIFICATION, VERSION, Event, EventType
from errand.fields import Shown, table_of
from errand.history.changes import Action, numbered
from errand.history.recording import change_of
from errand.identity.accounts.model import Account
from errand.projects.model import Project
from errand.records import kept, load
from errand.reminding.channels import due_event
from errand.reminding.requests import TimeToRemind
from errand.schemas import view
from errand.sections.model import Section
from errand.storage.kinds import (
    ACCOUNT,
    CHANGE,
    COMMENT,
    COMPLETION,
    IDENTITY,
    PROJECT,
    SECTION,
    TASK,
    TRASHED,
    Key,
    Kind,
    attributes,
    record_of,
)
from errand.tasks.due import Due
from errand.tasks.model import Completion, Task, Trashed
from errand.tasks.recurrence import Recurrence
from errand.tasks.reminders import Reminder
from errand.tasks.times import SHAPES
from errand_testkit.stack import ROOT

EVENTS = ROOT / "events"
PAGE = ROOT / "docs" / "events.md"
SCHEMAS = ROOT / "docs" / "events"

ADA = "06h04o2vndpa700bqsem70d6f8"
MILK, PLANTS = "06h04oaa3dpa700lnaafu6cr44", "06h04ohkfdpa700vjo69lccfp0"
WORDS, HOME, ROOM = (
    "06h04ok2jdpa701jcjtt3obp2o",
    "06h04oirhdpa7019g623cic4ds",
    "06h04oj8odpa7018u3k51d2n80",
)
OCCURRENCE, SESSION = "06h04okc1dpa701aq4f2v8h6c4", "06h04o35kdpa700ih5ka3dk0c0"
STREAM = (
    "arn:aws:dynamodb:eu-central-1:123456789012:table/errand-dev-{}/stream/2026-11-22T08:00:00.000"
)
BEGINNING = 1_795_336_200_123
# Where the first stands in the stream.
_FIRST = 111100000000012345678907

type Record = dict[str, Any]
type Item = dict[str, Any]


def _item(key: Key, record: object, *, is_logged: bool = True) -> Item:
    who = {"wb": {"S": f"s{SESSION}"}} if is_logged else {}
    return {**kept(record), **attributes(key), **who}


def _life() -> Iterator[tuple[int, Item | None, Item | None]]:
    """Seconds since the beginning, and an item before and after."""

    def at(seconds: int) -> int:
        return BEGINNING + seconds * 1000

    claims = [
        {**attributes(IDENTITY.key(name)), "uid": {"S": ADA}}
        for name in ("username#ada", "email#ada@example.com")
    ]
    ada = Account(
        id=ADA,
        username="ada",
        email="ada@example.com",
        full_name="Ada Lovelace",
        created_at=at(0),
        updated_at=at(0),
        version=1,
        password_hash="$argon2id$v=19$m=19456,t=2,p=1$c2FtcGxl$c2FtcGxl",
    )
    account = ACCOUNT.key(ADA)
    registered = _item(account, ada, is_logged=False)
    for claim in claims:
        yield 0, None, claim
    yield 0, None, registered
    named = _item(account, replace(ada, full_name="Augusta Ada King", version=2))
    yield 10, registered, named
    moved = _item(account, replace(ada, timezone="Europe/Berlin", version=3))
    yield 20, named, moved

    key = TASK.key(ADA, MILK)
    versions = [
        Task.new(
            MILK,
            {
                "title": "Buy milk",
                "description": "Two litres, the one with the blue cap",
                "due": Due.of("2026-12-24"),
                "links": ("https://example.com/milk",),
                "reminders": (Reminder(before="due", minutes=60),),
            },
            now=at(60),
        )
    ]
    changes: list[dict[str, Any]] = [
        {"title": "Buy oat milk", "due": None},
        {"completed": True},
        {"completed": False},
    ]
    for place, change in enumerate(changes, start=1):
        versions.append(versions[-1].changed(change, now=at(60 + 10 * place)))
    old: Item | None = None
    for place, task in enumerate(versions):
        new = _item(key, task)
        yield 60 + 10 * place, old, new
        old = new
    trash = _item(TRASHED.key(ADA, MILK), Trashed.of(versions[-1], now=at(100)))
    yield 100, old, None
    yield 100, None, trash
    yield 110, trash, None
    yield 110, None, _item(key, replace(versions[-1], version=5, updated_at=at(110)))

    comment = Comment.new(WORDS, MILK, {"text": "They had none"}, author_id=ADA, now=at(120))
    edited = comment.changed({"text": "They had none, tomorrow again"}, now=at(130))
    project = Project.new(HOME, {"name": "Home", "colour": "#3366cc"}, now=at(140))
    section = Section.new(ROOM, HOME, {"name": "Kitchen"}, now=at(150))
    for first, record_key, created, changed in (
        (120, COMMENT.key(ADA, MILK, WORDS), comment, edited),
        (140, PROJECT.key(ADA, HOME), project, project.changed({"archived": True}, now=at(150))),
        (
            160,
            SECTION.key(ADA, HOME, ROOM),
            section,
            section.changed({"name": "Hall"}, now=at(170)),
        ),
    ):
        before, after = _item(record_key, created), _item(record_key, changed)
        yield first, None, before
        yield first + 10, before, after
        yield first + 15, after, None

    watering = Task.new(
        PLANTS,
        {
            "title": "Water the plants",
            "due": Due.of("2026-11-22"),
            "recurrence": Recurrence("FREQ=WEEKLY;BYDAY=SU", "due"),
        },
        now=at(180),
    )
    key = TASK.key(ADA, PLANTS)
    moved_on = replace(
        watering,
        due=Due.of("2026-11-29"),
        occurrence=Due.of("2026-11-29"),
        version=2,
        updated_at=at(190),
    )
    done = _item(
        COMPLETION.key(ADA, PLANTS, OCCURRENCE), Completion.of(watering, OCCURRENCE, at=at(190))
    )
    this_week, next_week = _item(key, watering), _item(key, moved_on)
    yield 180, None, this_week
    yield 190, this_week, next_week
    yield 190, None, done
    yield 200, done, None
    yield 200, next_week, _item(key, replace(watering, version=3, updated_at=at(200)))

    yield 3600, moved, None
    for claim in claims:
        yield 3600, claim, None


def data_stream() -> list[Record]:
    """Records of DataTable's stream."""
    return [
        _record(place, "DataTable-1A2B3C4D5E6F", seconds, old, new, "NEW_AND_OLD_IMAGES")
        for place, (seconds, old, new) in enumerate(_life())
    ]


def log_stream() -> list[Record]:
    """Records of LogTable's stream: what becomes of them."""
    records: list[Record] = json.loads(_log_stream())
    return records


@cache
def _log_stream() -> str:
    """As JSON, so that each who asks for them has records of his own."""
    changes = [change for record in data_stream() if (change := change_of(record))]
    found = []
    for place, change in enumerate(changes):
        entry = replace(change, number=place + 1)
        item = {**kept(entry), **attributes(CHANGE.key(ADA, numbered(entry.number)))}
        seconds = (change.at - BEGINNING) // 1000 + 1
        found.append(_record(place, "LogTable-6F5E4D3C2B1A", seconds, None, item, "NEW_IMAGE"))
    return json.dumps(found)


def _record(
    place: int, table: str, seconds: int, old: Item | None, new: Item | None, images: str
) -> Record:
    item = new or old or {}
    told = {"NewImage": new, "OldImage": old if images == "NEW_AND_OLD_IMAGES" else None}
    return {
        "eventID": sha256(f"{table} {place}".encode()).hexdigest()[:32],
        "eventName": "MODIFY" if old and new else "INSERT" if new else "REMOVE",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "dynamodb": {
            "ApproximateCreationDateTime": BEGINNING // 1000 + seconds,
            "Keys": {name: item[name] for name in Key._fields},
            **{name: image for name, image in told.items() if image},
            "SequenceNumber": str(_FIRST + 7 * place),
            "SizeBytes": len(json.dumps(item)),
            "StreamViewType": images,
        },
        "eventSourceARN": STREAM.format(table),
    }


def events() -> dict[EventType, Event]:
    """The first of each type."""
    found: dict[EventType, Event] = {}
    for record in log_stream():
        event = translate(record)
        if event:
            found.setdefault(event["type"], event)
    reminder = TimeToRemind(user_id=ADA, task_id=PLANTS, at=BEGINNING + 2 * 3600 * 1000)
    task = next(new for _, old, new in _life() if new and not old and PLANTS in new["sk"]["S"])
    found[EventType.REMINDER_DUE] = due_event(reminder, load(Task, task))
    return found


def on_the_bus(event: Event) -> dict[str, Any]:
    """In the envelope of EventBridge, whose times have no decimals."""
    return {
        "version": "0",
        "id": str(uuid5(NAMESPACE_URL, event["id"])),
        "detail-type": event["type"],
        "source": SOURCE,
        "account": "123456789012",
        "time": event["time"].replace(".000Z", "Z"),
        "region": "eu-central-1",
        "resources": [],
        "detail": event,
    }


def schema_of(event_type: EventType) -> dict[str, Any]:
    """JSON Schema of an event; https://json-schema.org/draft/2020-12."""
    if event_type is EventType.REMINDER_DUE:
        return _without_number(_schema(event_type, TASK, Action.RESTORED))
    kind, action = next(
        (kind, action)
        for kind, told in TOLD.items()
        for action, one in told.types.items()
        if one is event_type
    )
    return _schema(event_type, kind, action)


def _without_number(schema: dict[str, Any]) -> dict[str, Any]:
    """Of what is no change."""
    del schema["properties"]["sequence"]
    return schema | {"required": [*schema["properties"]]}


def _schema(event_type: EventType, kind: Kind, action: Action) -> dict[str, Any]:
    """Of an event that tells of what happened to a record."""
    record, definitions = _schema_of_record(kind)
    whole = record | {"required": [*record["required"]]}
    if action is Action.DELETED:
        old, new = record | {"required": ["id"]}, {"type": "null"}
    elif action in {Action.CREATED, Action.RESTORED}:
        old, new = {"type": "null"}, whole
    else:
        old, new = record | {"required": []}, whole
    text = {"type": "string", "minLength": 1}
    by = {
        "type": "object",
        "required": ["user_id", "means", "means_id"],
        "properties": {
            "user_id": text,
            "means": {"enum": ["session", "personal_access_token"]},
            "means_id": text,
        },
    }
    properties = {
        "specversion": {"const": SPECIFICATION},
        "version": {"const": VERSION},
        "id": text,
        "source": {"const": SOURCE},
        "type": {"const": event_type},
        "time": {"type": "string", "format": "date-time"},
        "subject": {"type": "string", "pattern": "^users/"},
        "sequence": {"type": "integer", "minimum": 1},
        "datacontenttype": {"const": "application/json"},
        "data": {
            "type": "object",
            "required": ["old", "new", "by"],
            "properties": {"old": old, "new": new, "by": {"anyOf": [by, {"type": "null"}]}},
        },
    }
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event_type,
        "type": "object",
        "required": [*properties],
        "properties": properties,
    }
    return schema | ({"$defs": definitions} if definitions else {})


def _schema_of_record(kind: Kind) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is left out if it is long and did not change is not required."""
    record = record_of(kind)
    shape = view(record, name=record.__name__, where=Shown.EVENTS, shapes=SHAPES)
    schema = shape.model_json_schema(mode="serialization")
    table = table_of(record)
    required = [name for name in schema["properties"] if not table[name].is_long]
    definitions = schema.get("$defs", {})
    return (
        {"type": "object", "required": required, "properties": schema["properties"]},
        definitions,
    )


def file_of(event_type: EventType) -> str:
    return event_type.replace(".", "-").replace("_", "-")


def _written(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def page(text: str) -> str:
    """docs/events.md with the present examples."""
    envelope = on_the_bus(events()[EventType.TASK_CREATED])
    text = _with_block(text, "everything of ours is in `detail`:", envelope)
    for event_type, event in events().items():
        text = _with_block(text, f"### {event_type}\n", event)
    return text


def _with_block(text: str, heading: str, content: object) -> str:
    block = _written(content)
    return re.sub(
        rf"({re.escape(heading)}\n+```json\n).*?(```)",
        lambda found: f"{found[1]}{block}{found[2]}",
        text,
        count=1,
        flags=re.DOTALL,
    )


def main() -> None:
    """Write them all."""
    (EVENTS / "log-changes.json").write_text(_written({"Records": data_stream()}))
    (EVENTS / "stream-changes.json").write_text(_written({"Records": log_stream()}))
    SCHEMAS.mkdir(exist_ok=True)
    for event_type, event in events().items():
        name = file_of(event_type)
        (EVENTS / f"bus-{name}.json").write_text(_written(on_the_bus(event)))
        (SCHEMAS / f"{event_type}.schema.json").write_text(_written(schema_of(event_type)))
    PAGE.write_text(page(PAGE.read_text()))
    queued = ("purge-account", "purge-poison", "schedules-changes", "index-entries", "index-poison")
    for name in queued:
        file = EVENTS / f"{name}.json"
        file.write_text(_written(_queued(json.loads(file.read_text()))))


def _queued(messages: dict[str, Any]) -> dict[str, Any]:
    """The same messages of a queue, with the present events in those that have one."""
    for message in messages["Records"]:
        try:
            event_type = EventType(json.loads(message["body"])["detail-type"])
        except ValueError:
            continue
        content = on_the_bus(events()[event_type])
        message["body"] = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        message["md5OfBody"] = md5(message["body"].encode()).hexdigest()  # noqa: S324 - as SQS does
    return messages


if __name__ == "__main__":
    main()
