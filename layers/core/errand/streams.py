"""Records of a table's stream; every reader raises MalformedRecord for what is none of ours.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
"""

import json

from errand.errors import MalformedRecord
from errand.messages import member
from errand.records import Item
from errand.storage.kinds import Key

# Which images a change must come with: (before, after).
_IMAGES = {"INSERT": (False, True), "MODIFY": (True, True), "REMOVE": (True, False)}


def key_of(record: object) -> Key:
    keys = member(member(record, "dynamodb", dict), "Keys", dict)
    return Key(*(member(member(keys, name, dict), "S", str) for name in Key._fields))


def images(record: object) -> tuple[Item | None, Item | None]:
    """The item before and after, with its key; None if there was none, or is none any more."""
    change = member(record, "dynamodb", dict)
    try:
        before, after = _IMAGES[member(record, "eventName", str)]
    except KeyError:
        raise MalformedRecord("eventName is none that a table's stream has") from None

    def image(name: str) -> Item:
        return {**member(change, "Keys", dict), **member(change, name, dict)}

    return image("OldImage") if before else None, image("NewImage") if after else None


def time_of(record: object) -> int:
    """Epoch milliseconds of a whole second, which is all that streams promise."""
    seconds = member(member(record, "dynamodb", dict), "ApproximateCreationDateTime", object)
    try:
        return int(float(seconds)) * 1000  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise MalformedRecord("ApproximateCreationDateTime is not a time") from None


def sequence_number(record: object) -> str:
    """Where a stream record stands in its shard."""
    return member(member(record, "dynamodb", dict), "SequenceNumber", str)


def position(record: object) -> str:
    """The same for Lambda; empty, which is the failure of a whole batch, if it is not known."""
    try:
        return sequence_number(record)
    except MalformedRecord:
        return ""


def letter(record: object, why: str) -> str:
    """For dead letters, without images: one may hold a password's hash, and be too large."""
    about = {"sequence_number": position(record), "reason": why}
    return json.dumps({**about, "record": _without_images(record)})


def _without_images(record: object) -> object:
    """Names of what changed."""
    if not isinstance(record, dict):
        return None
    change = record.get("dynamodb")
    keys = change.get("Keys") if isinstance(change, dict) else None
    return {"eventID": record.get("eventID"), "eventName": record.get("eventName"), "Keys": keys}
