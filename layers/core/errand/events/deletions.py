"""Whose data a queued user.deleted event asks to purge; anything doubtful is refused."""

from errand.errors import MalformedRecord
from errand.events.schema import SOURCE, SPECIFICATION, VERSION, EventType
from errand.messages import id_in, member, parsed


def deleted_user_id(body: str) -> str:
    """`body`: an EventBridge event as JSON. Raises MalformedRecord unless it is a user.deleted."""
    event = parsed(body)
    detail = member(event, "detail", dict)
    data = member(detail, "data", dict)
    user_id = id_in(member(data, "old", dict), "id")
    expected = {
        "source": (event.get("source"), SOURCE),
        "detail-type": (event.get("detail-type"), EventType.USER_DELETED),
        "detail.version": (detail.get("version"), VERSION),
        "detail.specversion": (detail.get("specversion"), SPECIFICATION),
        "detail.type": (detail.get("type"), EventType.USER_DELETED),
        "detail.subject": (detail.get("subject"), f"users/{user_id}"),
        "detail.data.new": (data.get("new", ""), None),
    }
    for name, (actual, wanted) in expected.items():
        if actual != wanted:
            raise MalformedRecord(f"{name} is not that of a user.deleted event")
    return user_id
