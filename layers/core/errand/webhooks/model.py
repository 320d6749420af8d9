"""A webhook: an address of the owner's choice that is told what happens to their tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from secrets import token_bytes
from typing import Any, Self

from errand.codecs import ID, Codec, Instant
from errand.fields import NOWHERE, TO_OWNER, By, kept
from errand.identity.accounts.model import Account

NAME_MAX = 100
URL_MAX = 2048
WEBHOOKS_MAX = 20
SECRET_BYTES = 32
OVERLAP_MAX = 7 * 24
OVERLAP_DEFAULT = 24

_SECOND = 1000
# A receiver that has not accepted anything for so long is taken for gone.
PATIENCE = 5 * 24 * 60 * 60 * _SECOND
# After the first failure, and at most; doubled with each.
_FIRST_QUIET, _LONGEST_QUIET = 2 * _SECOND, 5 * 60 * _SECOND

type Changes = Mapping[str, Any]


class Subscribed(StrEnum):
    """What a webhook can be told of: all events of docs/events.md but those about accounts."""

    TASK_CREATED = "task.created"
    TASK_UPDATED = "task.updated"
    TASK_COMPLETED = "task.completed"
    TASK_REOPENED = "task.reopened"
    TASK_DELETED = "task.deleted"
    TASK_RESTORED = "task.restored"
    OCCURRENCE_COMPLETED = "task.occurrence_completed"
    OCCURRENCE_REOPENED = "task.occurrence_reopened"
    REMINDER_DUE = "reminder.due"
    COMMENT_CREATED = "comment.created"
    COMMENT_UPDATED = "comment.updated"
    COMMENT_DELETED = "comment.deleted"
    PROJECT_CREATED = "project.created"
    PROJECT_UPDATED = "project.updated"
    PROJECT_DELETED = "project.deleted"
    SECTION_CREATED = "section.created"
    SECTION_UPDATED = "section.updated"
    SECTION_DELETED = "section.deleted"


# What `POST /webhooks/{id}/test` sends.
TEST = "webhook.test"


class Why(StrEnum):
    """Why a webhook was disabled by Errand."""

    GONE = "gone"
    FAILING = "failing"
    CREDENTIALS_ENDED = "credentials_ended"


_WHY = Codec(tag="S", shape=Why, keep=str, take=Why, show=str)


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """The table of a webhook's fields.

    `secret` is kept as it is, because it signs; it is told once, and to nobody after. `version`
    counts what its owner can see change.
    """

    id: str = kept("sk", codec=ID, shown=TO_OWNER, meaning="Ids sort by age")
    user_id: str = kept("pk", codec=ID, shown=NOWHERE)
    name: str | None = kept(
        "nm",
        by=By.CLIENT,
        default=None,
        shown=TO_OWNER,
        meaning="What it is for, in its owner's words",
    )
    url: str = kept(
        "u",
        by=By.CLIENT,
        shown=TO_OWNER,
        meaning="Where events are sent: https, to a public address",
    )
    events: tuple[str, ...] = kept(
        "e",
        by=By.CLIENT,
        default=(),
        shown=TO_OWNER,
        meaning="Which events are sent; none named: all of them",
    )
    project_id: str | None = kept(
        "pj",
        by=By.CLIENT,
        default=None,
        shown=TO_OWNER,
        meaning="Only of what is, or was, in this project, of what is said there, and of itself; "
        "null: of all",
    )
    in_order: bool = kept(
        "io",
        by=By.CLIENT,
        default=False,
        shown=TO_OWNER,
        meaning="Whether one event waits until the one before it has arrived",
    )
    enabled: bool = kept(
        "on",
        by=By.CLIENT,
        default=True,
        shown=TO_OWNER,
        meaning="Whether anything is sent; true again also forgets what went wrong",
    )
    disabled_reason: Why | None = kept(
        "dr",
        default=None,
        codec=_WHY,
        shown=TO_OWNER,
        meaning="Why Errand has disabled it: the receiver answered 410, has failed for five days, "
        "or all credentials of the account have ended; null: it has not",
    )
    failing_since: Instant | None = kept(
        "fs",
        default=None,
        shown=TO_OWNER,
        meaning="Since when nothing has been accepted; null: the last delivery was",
    )
    previous_secret_until: Instant | None = kept(
        "sx",
        default=None,
        shown=TO_OWNER,
        meaning="Until when the secret before this one signs, too; null: there is none",
    )
    created_at: Instant = kept("ca", shown=TO_OWNER, meaning="When it was created")
    updated_at: Instant = kept("ua", shown=TO_OWNER, meaning="When its owner last changed it")
    version: int = kept(
        "v", shown=TO_OWNER, meaning="How often it was written; its ETag is the same in quotes"
    )
    secret: bytes = kept("se", secret=True)
    previous_secret: bytes | None = kept("so", default=None, secret=True)
    # Somebody with a session said then that it is theirs.
    confirmed_at: Instant = kept("cf", shown=NOWHERE)
    failures: int = kept("fc", default=0, shown=NOWHERE)
    # Until then one attempt at a time is made, and the others wait.
    quiet_until: Instant = kept("qu", default=0, shown=NOWHERE)
    # Until then it is served by those who have time.
    slow_until: Instant = kept("su", default=0, shown=NOWHERE)
    # Its owner is still to be told why it was disabled.
    owes_mail: bool = kept("om", default=False, shown=NOWHERE)

    @classmethod
    def new(cls, webhook_id: str, user_id: str, fields: Changes, *, now: Instant) -> Self:
        return cls(
            id=webhook_id,
            user_id=user_id,
            **fields,
            created_at=now,
            updated_at=now,
            version=1,
            secret=token_bytes(SECRET_BYTES),
            confirmed_at=now,
        )

    def changed(self, changes: Changes, *, now: Instant) -> Self:
        """The next version. To enable it is to begin anew, with a receiver that may have moved."""
        if "events" in changes and changes["events"] is None:
            changes = {**changes, "events": ()}
        if changes.get("enabled") and not self.enabled:
            changes = {**changes, **_FORGOTTEN, "confirmed_at": now}
        return self._next(changes, now=now)

    def rotated(self, *, overlap: int, now: Instant) -> Self:
        """With a new secret; the old one signs, too, for `overlap` hours."""
        until = now + overlap * 60 * 60 * _SECOND if overlap else None
        return self._next(
            {
                "secret": token_bytes(SECRET_BYTES),
                "previous_secret": self.secret if overlap else None,
                "previous_secret_until": until,
            },
            now=now,
        )

    def secrets(self, now: Instant) -> Sequence[bytes]:
        """Those that sign, the newest first."""
        old = self.previous_secret
        if old is None or now >= (self.previous_secret_until or 0):
            return (self.secret,)
        return (self.secret, old)

    def names(self, kind: str) -> bool:
        """Whether it is told of such events."""
        return not self.events or kind in self.events

    def is_of(self, projects: frozenset[str]) -> bool:
        """Whether it is told of what was and is in these."""
        return self.project_id is None or self.project_id in projects

    def has_ended(self, account: Account) -> bool:
        """With all personal access tokens that the account had at some instant."""
        return account.tokens_from is not None and self.confirmed_at <= account.tokens_from

    def is_troubled(self, now: Instant) -> bool:
        """Whether those with little time leave it to others."""
        return self.failing_since is not None or now < self.slow_until

    def is_lost(self, now: Instant) -> bool:
        return self.failing_since is not None and now - self.failing_since >= PATIENCE

    def quiet_after_failure(self, *, now: Instant, asked: int = 0) -> Instant:
        """Until when it is left alone; `asked`: milliseconds for which the receiver asked."""
        doublings = min(self.failures, _LONGEST_QUIET.bit_length())
        return now + max(min(_FIRST_QUIET << doublings, _LONGEST_QUIET), asked)

    def _next(self, changes: Changes, *, now: Instant) -> Self:
        later = max(now, self.updated_at + 1)
        return replace(self, **changes, updated_at=later, version=self.version + 1)


_FORGOTTEN: Changes = {
    "disabled_reason": None,
    "failing_since": None,
    "failures": 0,
    "quiet_until": 0,
    "slow_until": 0,
    "owes_mail": False,
}
