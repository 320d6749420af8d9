"""The mail that tells what is due today, and what is overdue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Self

from errand import zones
from errand.codecs import Instant
from errand.digests.plan import Digest, is_paused
from errand.epoch import utc
from errand.errors import MalformedRecord
from errand.identity.accounts.model import Account, MailTopic
from errand.mails.kinds import Desk, MailKind
from errand.messages import id_in, text_in
from errand.records import load
from errand.reminding.links import snooze_url
from errand.storage.kinds import TASK, collection
from errand.tasks.model import DUE_AT, Task

# Of each list; the rest is said to be there.
SHOWN = 25
_LOOKS_AT = 300
# Two clocks of the world show days up to two apart.
_APART = timedelta(days=2)
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestMail:
    """What a schedule asks for each day, in the same words. `request_id`: the schedule's name."""

    kind: ClassVar[str] = "digest"

    request_id: str
    user_id: str
    at: str
    zone: str

    @classmethod
    def of(cls, digest: Digest) -> Self:
        return cls(request_id=digest.name, user_id=digest.user_id, at=digest.at, zone=digest.zone)

    @property
    def digest(self) -> Digest:
        return Digest(user_id=self.user_id, at=self.at, zone=self.zone)


def _zone_in(container: object, name: str) -> str:
    zone = text_in(container, name)
    try:
        zones.zone(zone)
    except zones.UnknownZone:
        raise MalformedRecord(f"{name} is not a time zone") from None
    return zone


def _time_in(container: object, name: str) -> str:
    text = text_in(container, name)
    try:
        time.fromisoformat(text)
    except ValueError:
        raise MalformedRecord(f"{name} is not a time of day") from None
    return text


def _known_as(request: DigestMail, now: Instant) -> str:
    """One a day, however often and by how many schedules it is asked for. Raises UnknownZone."""
    return f"digest-{request.user_id}-{_day(request, now).isoformat()}"


def _day(request: DigestMail, now: Instant) -> date:
    """On which its time came last: it may be some minutes late, and behind midnight."""
    today = zones.today(now, request.zone)
    at = zones.moment(datetime.combine(today, time.fromisoformat(request.at)), request.zone)
    return today if at <= utc(now) else today - _DAY


def _data(desk: Desk, request: DigestMail, account: Account) -> Mapping[str, Any] | None:
    if Digest.of(account) != request.digest or is_paused(account, now=desk.now):
        return None
    today, zone = _day(request, desk.now), zones.zone(account.timezone)

    def due(first: str, keeps: Callable[[date], bool]) -> list[Task]:
        keys = (f"{DUE_AT}{first}", f"{DUE_AT}{(today + _APART + _DAY).isoformat()}")
        items = desk.tables.between(
            TASK.table, "by_due", collection(account.id), "vd", keys, limit=_LOOKS_AT
        )
        tasks = (load(Task, item) for item in items)
        return [one for one in tasks if one.due is not None and keeps(one.due.day_in(zone))]

    of_today = due((today - _APART).isoformat(), lambda day: day == today)
    overdue = due("", lambda day: day < today)
    if not of_today and not overdue:
        return None
    return {
        "day": today.isoformat(),
        "today": _shown(of_today),
        "overdue": _shown(overdue),
        "more_today": len(of_today) > SHOWN,
        "more_overdue": len(overdue) > SHOWN,
        "link": desk.app_url,
        "pause_url": snooze_url(desk, account, task_id=None, at=desk.now),
    }


def _shown(tasks: list[Task]) -> list[tuple[str, str]]:
    return [(one.title, one.due.words if one.due else "") for one in tasks[:SHOWN]]


DIGEST = MailKind(
    request=DigestMail,
    fields={"user_id": id_in, "at": _time_in, "zone": _zone_in},
    data=_data,
    template="digests/digest.jinja",
    topic=MailTopic.DIGESTS,
    known_as=_known_as,
)
