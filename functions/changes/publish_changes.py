"""DataTable's stream -> the event bus.

Records are published in order, up to the first that fails; its sequence number is reported, and
Lambda comes back with it and all after it. So events are delivered at least once.
"""

import logging
import os
from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

from errand.aws import AWS_ERRORS, client, reason
from errand.errors import MalformedRecord
from errand.events.changes import sequence_number, translate
from errand.events.entries import Entry, batches, to_entry

logger = logging.getLogger("errand.publish_changes")
logger.setLevel(logging.INFO)

# To Lambda an empty identifier is the failure of the whole batch: all that is left to say of a
# record that does not even know its place.
NOWHERE = ""


class EventsClient(Protocol):
    def put_events(self, *, Entries: list[Entry]) -> dict[str, Any]: ...  # noqa: N803 - botocore's name


class Publisher:
    def __init__(self, *, events: EventsClient, bus: str) -> None:
        self._events = events
        self._bus = bus

    def publish(self, records: Sequence[object]) -> str | None:
        """The sequence number of the first record that was not published, None if all were."""
        entries, malformed = self._translate(records)
        for batch in batches(entries):
            failed = self._put(batch)
            if failed is not None:
                return failed
        logger.info("Published", extra={"records": len(records), "events": len(entries)})
        return malformed

    def _translate(self, records: Sequence[object]) -> tuple[list[tuple[str, Entry]], str | None]:
        """What precedes the first malformed record, and where that one is."""
        entries: list[tuple[str, Entry]] = []
        for record in records:
            position = NOWHERE
            try:
                position = sequence_number(record)
                event = translate(record)
                if event is not None:
                    entries.append((position, to_entry(event, bus=self._bus)))
            except MalformedRecord as error:
                _log_failure("Malformed record", position, error.detail)
                return entries, position
        return entries, None

    def _put(self, batch: list[tuple[str, Entry]]) -> str | None:
        """The sequence number of the first entry that failed."""
        try:
            response = self._events.put_events(Entries=[entry for _, entry in batch])
        except AWS_ERRORS as error:
            _log_failure("Not published", batch[0][0], reason(error))
            return batch[0][0]
        for (position, _), result in zip(batch, response["Entries"], strict=True):
            if code := result.get("ErrorCode"):
                _log_failure("Not published", position, code)
                return position
        return None


def _log_failure(message: str, position: str, why: str) -> None:
    logger.warning(message, extra={"sequence_number": position, "reason": why})


@cache
def publisher() -> Publisher:
    return Publisher(events=client("events", read_timeout=3), bus=os.environ["ERRAND_EVENT_BUS"])


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    failed = publisher().publish(event["Records"])
    return {"batchItemFailures": [] if failed is None else [{"itemIdentifier": failed}]}
