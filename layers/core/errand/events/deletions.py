"""Whose data a queued user.deleted event asks to purge; anything doubtful is refused."""

import json
import re

from errand.events.images import MalformedRecord, member
from errand.events.schema import SOURCE, VERSION, EventType

# The alphabet and length of errand.ids, whose generator a purge has no use for.
_ID = re.compile(r"[0-9a-v]{26}")


def deleted_user_id(body: str) -> str:
    """`body`: an EventBridge event as JSON. Raises MalformedRecord unless it is a user.deleted."""
    event = _parsed(body)
    detail = member(event, "detail", dict)
    data = member(detail, "data", dict)
    user_id = member(member(data, "old", dict), "id", str)
    expected = {
        "source": (event.get("source"), SOURCE),
        "detail-type": (event.get("detail-type"), EventType.USER_DELETED),
        "detail.version": (detail.get("version"), VERSION),
        "detail.type": (detail.get("type"), EventType.USER_DELETED),
        "detail.subject": (detail.get("subject"), f"users/{user_id}"),
        "detail.data.new": (data.get("new", ""), None),
    }
    for name, (actual, wanted) in expected.items():
        if actual != wanted:
            raise MalformedRecord(f"{name} is not that of a user.deleted event")
    if not _ID.fullmatch(user_id):
        raise MalformedRecord("detail.data.old.id is not an id")
    return user_id


def _parsed(body: str) -> dict[str, object]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedRecord("The message is not JSON") from None
    if not isinstance(event, dict):
        raise MalformedRecord("The message is not an event")
    return event
