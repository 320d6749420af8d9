"""Which events of the bus are of what is searched."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from errand.codecs import Instant
from errand.messages import id_in, instant_in, member, parsed

# A task that is moved, or due at another time, is found as before.
_SEARCHED = frozenset({"title", "description", "label_ids", "completed_at"})


class Searched(NamedTuple):
    """The task that is to be looked at, and when it changed."""

    user_id: str
    task_id: str
    at: Instant


def searched(body: str) -> Searched | None:
    """`body`: an event of the bus. None if it tells of nothing that is searched.

    Raises MalformedRecord.
    """
    detail = member(parsed(body), "detail", dict)
    match member(detail, "subject", str).split("/"):
        case ["users", user_id, "tasks", task_id, *_]:
            ids = {"user": user_id, "task": task_id}
        case _:
            return None
    data = member(detail, "data", dict)
    if detail.get("type") == "task.updated" and not _is_touched(data):
        return None
    return Searched(id_in(ids, "user"), id_in(ids, "task"), instant_in(detail, "time"))


def _is_touched(data: Mapping[str, Any]) -> bool:
    """Of what reconciliation found nobody knows what has changed."""
    old = member(data, "old", dict)
    return not old or bool(old.keys() & _SEARCHED)
