"""The log of changes, by LogTable's stream -> the event bus.

Records are published in order, up to the first that fails; its sequence number is reported, and
Lambda comes back with it and all after it. So events are delivered at least once. What can never
be published goes to the dead letters at once, and holds up nothing.
"""

import logging
import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Protocol

from botocore.exceptions import ClientError

from errand.aws import AWS_ERRORS, client, reason
from errand.errors import MalformedRecord
from errand.events.changes import translate
from errand.events.entries import Entry, batches, to_entry
from errand.streams import letter, position, sequence_number

logger = logging.getLogger("errand.publish_changes")
logger.setLevel(logging.INFO)

# What the bus says of this very event, and would say of it again; all else may pass, or be put
# right. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
REJECTIONS = frozenset(
    {"InvalidArgument", "MalformedDetail", "RedactionFailure", "ValidationException"}
)


class EventsClient(Protocol):
    def put_events(self, *, Entries: list[Entry]) -> dict[str, Any]: ...  # noqa: N803 - botocore's name


class Publisher:
    """`bury` puts a text among the dead letters."""

    def __init__(self, *, events: EventsClient, bus: str, bury: Callable[[str], None]) -> None:
        self._events = events
        self._bus = bus
        self._bury = bury

    def publish(self, records: Sequence[object]) -> str | None:
        """The sequence number of the first record that must come again, None if none must."""
        entries, hopeless = self._translate(records)
        failed = len(records)
        for batch in batches(entries):
            stopped = self._put(batch, hopeless)
            if stopped is not None:
                failed = stopped
                break
        # Behind the first that failed all come again: a letter of theirs would be one of many.
        buried = [place for place in sorted(hopeless) if place < failed]
        for place in buried:
            if not self._is_buried(records[place], hopeless[place]):
                return position(records[place])
        if failed < len(records):
            return position(records[failed])
        told = {"records": len(records), "events": len(entries), "dead_letters": len(buried)}
        logger.info("Published", extra=told)
        return None

    def _translate(
        self, records: Sequence[object]
    ) -> tuple[list[tuple[int, Entry]], dict[int, str]]:
        """Entries by the places of their records, and why others will never make one."""
        entries: list[tuple[int, Entry]] = []
        hopeless: dict[int, str] = {}
        for place, record in enumerate(records):
            try:
                sequence_number(record)
                event = translate(record)
                if event is not None:
                    entries.append((place, to_entry(event, bus=self._bus)))
            except MalformedRecord as error:
                hopeless[place] = error.detail
        return entries, hopeless

    def _put(self, batch: list[tuple[int, Entry]], hopeless: dict[int, str]) -> int | None:
        """The place of the first entry that failed, to be tried again."""
        first = batch[0][0]
        try:
            response = self._events.put_events(Entries=[entry for _, entry in batch])
        except AWS_ERRORS as error:
            code = reason(error)
            if not isinstance(error, ClientError) or code not in REJECTIONS:
                logger.warning("Not published", extra={"reason": code})
                return first
            if len(batch) == 1:
                hopeless[first] = code
                return None
            # One of them spoils the request for all.
            each = (self._put([entry], hopeless) for entry in batch)
            return next((place for place in each if place is not None), None)
        for (place, _), result in zip(batch, response["Entries"], strict=True):
            code = result.get("ErrorCode")
            if code in REJECTIONS:
                hopeless[place] = code
            elif code:
                logger.warning("Not published", extra={"reason": code})
                return place
        return None

    def _is_buried(self, record: object, why: str) -> bool:
        about = {"sequence_number": position(record), "reason": why}
        try:
            self._bury(letter(record, why))
        except AWS_ERRORS as error:
            logger.warning("Not buried", extra={**about, "reason": reason(error)})
            return False
        logger.warning("Never to be published", extra=about)
        return True


@cache
def publisher() -> Publisher:
    queue_url = os.environ["ERRAND_CHANGE_DEAD_LETTERS_URL"]

    def bury(letter: str) -> None:
        # Made here because hardly any batch needs it.
        queue = client("sqs", read_timeout=3)
        queue.send_message(QueueUrl=queue_url, MessageBody=letter)

    events = client("events", read_timeout=3)
    return Publisher(events=events, bus=os.environ["ERRAND_EVENT_BUS"], bury=bury)


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    failed = publisher().publish(event["Records"])
    return {"batchItemFailures": [] if failed is None else [{"itemIdentifier": failed}]}
