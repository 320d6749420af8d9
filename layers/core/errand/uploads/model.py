"""A large import: a file that its owner uploads, and how far it has been worked off."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from errand.codecs import FIRST_ID, ID, Codec, Instant, Seconds, instant
from errand.fields import NOWHERE, TO_OWNER, By, kept

BYTES_MAX = 10 * 1000 * 1000
TASKS_MAX = 25_000
# Of the report, and of one page of it: 85 KB at most.
LINES_MAX = 10_000
LINES_OF_A_PAGE = 100
# How long the form of an upload can be sent. What was begun by then may take longer.
FORM_SECONDS = 15 * 60
_WAITING_MS = 60 * 60 * 1000
# Longer than a queue tries: five times, with half an hour between.
_WORKING_MS = 4 * 60 * 60 * 1000
# Longer than the function runs (template.yaml).
RUN_MS = 5 * 60 * 1000
# Runs of which nothing came, one after the other.
TRIES_MAX = 3
_KEPT_SECONDS = 30 * 24 * 60 * 60

type Changes = Mapping[str, Any]


class Status(StrEnum):
    """How far an import is."""

    WAITING = "waiting"
    WORKING = "working"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


_ACTIVE = frozenset({Status.WAITING, Status.WORKING})
_LATE = {
    Status.WAITING: "No file was uploaded in time",
    Status.WORKING: "It was not finished in time: import what is missing again",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """The table of its fields. Each change is decided on the version that was read."""

    id: str = kept("sk", codec=ID, shown=TO_OWNER, meaning="Ids sort by age")
    user_id: str = kept("pk", codec=ID, shown=NOWHERE)
    format: str = kept("f", by=By.CLIENT, shown=TO_OWNER, meaning="Which program wrote the file")
    dry_run: bool = kept(
        "dr",
        by=By.CLIENT,
        default=False,
        shown=TO_OWNER,
        meaning="Tell what would be made, and make nothing",
    )
    status: str = kept("s", shown=TO_OWNER, meaning="How far it is; it waits for its file first")
    tasks: int = kept("n", default=0, shown=TO_OWNER, meaning="How many were made so far")
    tasks_total: int | None = kept(
        "nt",
        default=None,
        shown=TO_OWNER,
        meaning="How many will be made; null: the file has not been read yet",
    )
    projects: int = kept("np", default=0, shown=TO_OWNER, meaning="How many new ones it has")
    lines: int = kept("nl", default=0, shown=TO_OWNER, meaning="How many the report has")
    lines_left_off: int = kept(
        "lo", default=0, shown=TO_OWNER, meaning="How many more it would have"
    )
    failure: str | None = kept("fw", default=None, shown=TO_OWNER, meaning="Why it failed")
    created_at: Instant = kept("ca", shown=TO_OWNER, meaning="When it was asked for")
    updated_at: Instant = kept("ua", shown=TO_OWNER, meaning="When it last got further")
    version: int = kept(
        "v", shown=TO_OWNER, meaning="How often it was written; its ETag is the same in quotes"
    )
    expires_at: Seconds = kept("expires_at", shown=TO_OWNER, meaning="When it is forgotten")
    # Who asked for it, as errand.acting writes it, and what their clock showed.
    by: str | None = kept("by", default=None, shown=NOWHERE)
    timezone: str = kept("tz", shown=NOWHERE)
    # When it was begun, of which the ids of what it makes are derived; and the file, by its ETag.
    begun_at: Instant | None = kept("ba", default=None, shown=NOWHERE)
    etag: str | None = kept("et", default=None, shown=NOWHERE)
    tries: int = kept("tr", default=0, shown=NOWHERE)
    # Until when it may get further, and until when a run is at it.
    until: Instant = kept("un", shown=NOWHERE)
    run_until: Instant = kept("ru", default=0, shown=NOWHERE)

    @classmethod
    def new(
        cls,
        upload_id: str,
        fields: Changes,
        *,
        user_id: str,
        by: str | None,
        timezone: str,
        now: Instant,
    ) -> Self:
        return cls(
            id=upload_id,
            user_id=user_id,
            **fields,
            status=Status.WAITING,
            created_at=now,
            updated_at=now,
            version=1,
            expires_at=now // 1000 + _KEPT_SECONDS,
            by=by,
            timezone=timezone,
            until=now + _WAITING_MS,
        )

    @property
    def is_active(self) -> bool:
        return self.status in _ACTIVE

    def as_of(self, now: Instant) -> Self:
        """As it is shown: what can get no further has failed."""
        if not self.is_active or now < self.until:
            return self
        return replace(self, status=Status.FAILED, failure=_LATE[Status(self.status)])

    def is_forgotten(self, now: Instant) -> bool:
        """DynamoDB may leave it in place for days."""
        return self.expires_at * 1000 <= now

    def begun(self, etag: str, *, now: Instant) -> Self:
        """With one more run; the first of them says when it was begun."""
        return self._next(
            now,
            status=Status.WORKING,
            begun_at=now if self.begun_at is None else self.begun_at,
            etag=etag,
            tries=self.tries + 1,
            until=now + _WORKING_MS,
            run_until=now + RUN_MS,
        )

    def rested(self, *, now: Instant) -> Self:
        """A run is over, another goes on."""
        return self._next(now, run_until=now)

    def planned(
        self, *, total: int, projects: int, lines: int, lines_left_off: int, now: Instant
    ) -> Self:
        """Its file has been read."""
        return self._next(
            now,
            tasks_total=total,
            projects=projects,
            lines=lines,
            lines_left_off=lines_left_off,
        )

    def advanced(self, tasks: int, *, now: Instant) -> Self:
        """So many more have been made."""
        return self._next(now, tasks=self.tasks + tasks, tries=0)

    def finished(self, *, now: Instant) -> Self:
        return self._next(now, status=Status.FINISHED, tasks=self.tasks_total or 0)

    def failed(self, why: str, *, now: Instant) -> Self:
        return self._next(now, status=Status.FAILED, failure=why)

    def cancelled(self, *, now: Instant) -> Self:
        return self._next(now, status=Status.CANCELLED)

    def _next(self, now: Instant, **changes: Any) -> Self:
        later = max(now, self.updated_at + 1)
        return replace(self, **changes, updated_at=later, version=self.version + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """Which import of an account may be at work: one, until then."""

    upload_id: str = kept("id", shown=NOWHERE)
    expires_at: Seconds = kept("expires_at", shown=NOWHERE)


# A line of a report: where in the file, what became of it, and in words.
type Line = tuple[int, str, str]
NAMES = ("at", "outcome", "message")

_LINES = Codec(
    tag="S",
    shape=list,
    keep=lambda lines: json.dumps(lines, ensure_ascii=False, separators=(",", ":")),
    take=lambda text: tuple((at, outcome, words) for at, outcome, words in json.loads(text)),
    show=lambda lines: [dict(zip(NAMES, line, strict=True)) for line in lines],
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportPage:
    """Lines of the report of one import."""

    import_id: str = kept(
        "sk", codec=FIRST_ID, shown=TO_OWNER, meaning="The import that it is about"
    )
    lines: tuple[Line, ...] = kept(
        "ls", codec=_LINES, shown=TO_OWNER, meaning="In the order in which they were met"
    )
    expires_at: Seconds = kept("expires_at", shown=TO_OWNER, meaning="When they are forgotten")


def key_of(upload: Upload) -> str:
    """What the file is called in the bucket."""
    return f"{upload.user_id}/{upload.id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """`fields`: to be sent with the file, before it; whoever has them can send one."""

    url: str
    fields: dict[str, str] = field(repr=False)
    expires_at: int

    def shown(self) -> dict[str, Any]:
        return {
            "method": "POST",
            "url": self.url,
            "fields": [{"name": name, "value": value} for name, value in self.fields.items()],
            "file_field": "file",
            "bytes_max": BYTES_MAX,
            "expires_at": instant(self.expires_at),
        }
