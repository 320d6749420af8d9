"""What a schedule puts on the queue when it is time, and what is to be looked at anew."""

import json
from dataclasses import dataclass

from errand.codecs import Instant
from errand.errors import MalformedRecord
from errand.messages import id_in, member, parsed

VERSION = "1"


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeToRemind:
    """`at`: the moment that was asked for, in epoch milliseconds."""

    user_id: str
    task_id: str
    at: Instant

    @property
    def id(self) -> str:
        """The same however often it comes."""
        return f"{self.user_id}-{self.task_id}-{self.at}"

    @property
    def name(self) -> str:
        """Of its schedule, derived: one that is made twice is one.

        At most 64 of [0-9a-zA-Z-_.]:
        https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
        """
        return f"{self.task_id}-{self.at}"

    def encoded(self) -> str:
        about = {"user_id": self.user_id, "task_id": self.task_id, "at": self.at}
        return json.dumps({"version": VERSION, **about})


def decode(body: str) -> TimeToRemind:
    """Raises MalformedRecord."""
    content = parsed(body)
    if content.get("version") != VERSION:
        raise MalformedRecord("version is not that of a reminder")
    at = member(content, "at", int)
    return TimeToRemind(user_id=id_in(content, "user_id"), task_id=id_in(content, "task_id"), at=at)


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneChanged:
    """Whose open tasks are to be looked at, from `after` on, the sort key of the last one seen.

    `at`: when it changed; None if that is not known.
    """

    user_id: str
    at: Instant | None = None
    after: str | None = None

    def encoded(self) -> str:
        return json.dumps({"zone_of": self.user_id, "at": self.at, "after": self.after})


def zone_changed(content: dict[str, object]) -> ZoneChanged:
    """Raises MalformedRecord."""
    at, after = content.get("at"), content.get("after")
    if after is not None and not isinstance(after, str):
        raise MalformedRecord("after is not text")
    if at is not None and not isinstance(at, int):
        raise MalformedRecord("at is not a number")
    return ZoneChanged(user_id=id_in(content, "zone_of"), at=at, after=after)
