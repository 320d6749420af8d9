"""Messages of the queue of browsers: what to show, where, and not before when."""

import json
from dataclasses import asdict, dataclass, replace

from errand.codecs import Instant
from errand.errors import MalformedRecord
from errand.messages import id_in, member, parsed
from errand.reminding.requests import TimeToRemind

VERSION = "1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """A reminder for one browser. `at`: of the reminder; `begun_at`: when it was put there."""

    user_id: str
    subscription_id: str
    task_id: str
    at: Instant
    begun_at: Instant
    not_before: Instant = 0

    @property
    def when(self) -> TimeToRemind:
        return TimeToRemind(user_id=self.user_id, task_id=self.task_id, at=self.at)

    @property
    def channel(self) -> str:
        """By which it is on record that this browser was told."""
        return f"push-{self.subscription_id}"

    def later(self, until: Instant) -> "Notice":
        return replace(self, not_before=until)

    def encoded(self) -> str:
        return json.dumps({"version": VERSION, **asdict(self)}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class KeyWanted:
    """Somebody has asked for the public key, and it is not published."""

    def encoded(self) -> str:
        return json.dumps({"version": VERSION, "wanted": "key"}, separators=(",", ":"))


def decode(body: str) -> Notice | KeyWanted:
    """Raises MalformedRecord."""
    content = parsed(body)
    if content.get("version") != VERSION:
        raise MalformedRecord("version is not that of a notice")
    if content.get("wanted") == "key":
        return KeyWanted()
    return Notice(
        user_id=id_in(content, "user_id"),
        subscription_id=id_in(content, "subscription_id"),
        task_id=id_in(content, "task_id"),
        at=member(content, "at", int),
        begun_at=member(content, "begun_at", int),
        not_before=member(content, "not_before", int),
    )
