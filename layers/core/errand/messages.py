"""Messages of queues, streams and the bus: whatever is doubtful in them is refused.

Every reader raises MalformedRecord, which names the field and never its value.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime

from errand.epoch import since_epoch
from errand.errors import MalformedRecord

# The alphabet and length of errand.ids, whose generator who reads messages has no use for.
_ID = re.compile(r"[0-9a-v]{26}")


def parsed(body: str) -> dict[str, object]:
    """`body`: a JSON object."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedRecord("The message is not JSON") from None
    if not isinstance(content, dict):
        raise MalformedRecord("The message is not an object")
    return content


def member[T](container: object, name: str, kind: type[T]) -> T:
    value = container.get(name) if isinstance(container, Mapping) else None
    if not isinstance(value, kind):
        raise MalformedRecord(f"{name} is missing or not of type {kind.__name__}")
    return value


def text_in(container: object, name: str) -> str:
    """Of Unicode: JSON can have half of a pair, which nothing could be made of."""
    text = member(container, name, str)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MalformedRecord(f"{name} is not Unicode") from None
    return text


def instant_in(container: object, name: str) -> int:
    """Epoch milliseconds of an instant in ISO 8601, with its zone."""
    text = member(container, name, str)
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return since_epoch(moment)
    except (ValueError, OverflowError):
        pass
    raise MalformedRecord(f"{name} is not an instant")


def id_in(container: object, name: str) -> str:
    text = member(container, name, str)
    if not _ID.fullmatch(text):
        raise MalformedRecord(f"{name} is not an id")
    return text
