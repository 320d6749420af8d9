"""Events that came from the bus through a queue, and what webhooks are told of them."""

import json
from dataclasses import dataclass
from typing import Any

from errand.codecs import Instant
from errand.errors import MalformedRecord
from errand.events.schema import SOURCE, SPECIFICATION, VERSION
from errand.messages import id_in, instant_in, member, parsed

_IDS_MAX = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """`projects`: those that it was and is in, as far as events tell.

    `comment_on`: the task that it is said of; its project an event of a comment does not tell.

    `sequence`: its number in the account's log; None of a reminder, which is no change.
    """

    user_id: str
    event_id: str
    kind: str
    at: Instant
    time: str
    sequence: int | None
    projects: frozenset[str]
    comment_on: str | None
    subject: str
    data: dict[str, Any]

    @property
    def body(self) -> bytes:
        """What a receiver gets: type, timestamp and data as Standard Webhooks has them."""
        content: dict[str, Any] = {
            "type": self.kind,
            "timestamp": self.time,
            "id": self.event_id,
            "subject": self.subject,
            "data": self.data,
        }
        if self.sequence is not None:
            content["sequence"] = self.sequence
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def happening(body: str) -> Happening:
    """`body`: an EventBridge event as JSON. Raises MalformedRecord."""
    event = parsed(body)
    detail = member(event, "detail", dict)
    expected = {
        "source": (event.get("source"), SOURCE),
        "detail.version": (detail.get("version"), VERSION),
        "detail.specversion": (detail.get("specversion"), SPECIFICATION),
        "detail.type": (detail.get("type"), event.get("detail-type")),
    }
    for name, (actual, wanted) in expected.items():
        if actual != wanted:
            raise MalformedRecord(f"{name} is not that of an event")
    subject = member(detail, "subject", str)
    users, _, rest = subject.partition("/")
    user_id = id_in({"subject": rest.partition("/")[0]}, "subject")
    event_id = member(detail, "id", str)
    if users != "users" or not 0 < len(event_id) <= _IDS_MAX:
        raise MalformedRecord("subject or id is not that of an event")
    data = member(detail, "data", dict)
    below = rest.split("/")[1:]
    found = Happening(
        user_id=user_id,
        event_id=event_id,
        kind=member(detail, "type", str),
        at=instant_in(detail, "time"),
        time=member(detail, "time", str),
        sequence=_sequence(detail.get("sequence")),
        projects=frozenset(_projects(data, is_project=below[:1] == ["projects"])),
        comment_on=_comment_on(below),
        subject=subject,
        data=data,
    )
    try:
        assert found.body  # noqa: S101 - a body that cannot be written is refused here
    except UnicodeEncodeError:
        raise MalformedRecord("The event holds text that is not Unicode") from None
    return found


def _projects(data: dict[str, Any], *, is_project: bool) -> set[str]:
    """Of a change `old` has what changed alone."""
    views = [view for view in (data.get("old"), data.get("new")) if isinstance(view, dict)]
    named = [view.get("project_id") for view in views]
    if is_project:
        named += [view.get("id") for view in views]
    return {project_id for project_id in named if isinstance(project_id, str)}


def _comment_on(below: list[str]) -> str | None:
    """Of what is below a user: tasks/<id>/comments/<id>."""
    match below:
        case ["tasks", task_id, "comments", _]:
            return id_in({"subject": task_id}, "subject")
    return None


def _sequence(number: object) -> int | None:
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise MalformedRecord("sequence is not a number")
    return number
