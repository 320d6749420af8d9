"""Events as entries of PutEvents requests, packed as full as the service allows."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypedDict

from errand.errors import MalformedRecord
from errand.events.schema import SOURCE, Event

MAX_ENTRIES = 10
# The sum of all entries of a request must stay below this, in bytes: since January 2026 it is 1 MB
# (256 KiB before); of what that may mean, the smaller.
MAX_BYTES = 1_000_000
_TIME_BYTES = 14


class Entry(TypedDict):
    EventBusName: str
    Source: str
    DetailType: str
    Time: datetime
    Detail: str


def to_entry(event: Event, *, bus: str) -> Entry:
    """Raises MalformedRecord for an event that no request could carry."""
    entry: Entry = {
        "EventBusName": bus,
        "Source": SOURCE,
        "DetailType": event["type"],
        "Time": datetime.fromisoformat(event["time"]),
        # Escaped, text beyond ASCII would take up to three times the room.
        "Detail": json.dumps(event, ensure_ascii=False, separators=(",", ":")),
    }
    try:
        size = entry_size(entry)
    except UnicodeEncodeError:
        raise MalformedRecord("The item holds text that is not Unicode") from None
    if size >= MAX_BYTES:
        raise MalformedRecord("The event is larger than the bus takes")
    return entry


def entry_size(entry: Entry) -> int:
    """Bytes, counted as in "Calculating PutEvents event entry size" of EventBridge's user guide."""
    texts = (entry["Source"], entry["DetailType"], entry["Detail"])
    return _TIME_BYTES + sum(len(text.encode()) for text in texts)


def batches[Position](
    entries: Iterable[tuple[Position, Entry]],
) -> Iterator[list[tuple[Position, Entry]]]:
    """In order, each of at most ten entries and less than 1 MB."""
    batch: list[tuple[Position, Entry]] = []
    room = MAX_BYTES
    for position, entry in entries:
        size = entry_size(entry)
        if batch and (len(batch) == MAX_ENTRIES or size >= room):
            yield batch
            batch, room = [], MAX_BYTES
        batch.append((position, entry))
        room -= size
    if batch:
        yield batch
