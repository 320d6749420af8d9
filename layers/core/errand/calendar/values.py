"""Times as iCalendar has them (RFC 5545, section 3.3)."""

from datetime import date, datetime

from errand import zones
from errand.codecs import Instant
from errand.epoch import utc
from errand.tasks.due import Due


def basic(at: date) -> str:
    """`20261224`, `20261224T090000`; with a Z if its zone is UTC."""
    if not isinstance(at, datetime):
        return at.isoformat().replace("-", "")
    local = at.replace(tzinfo=None).isoformat(timespec="seconds")
    return local.replace("-", "").replace(":", "") + ("Z" if at.tzinfo else "")


def instant(milliseconds: Instant) -> str:
    return basic(utc(milliseconds))


def when(name: str, due: Due) -> str:
    """A property: a day, a floating time, or one of a zone, which UTC is not (section 3.3.5)."""
    if not due.is_timed:
        return f"{name};VALUE=DATE:{basic(due.at)}"
    if due.zone == zones.DEFAULT:
        return f"{name}:{basic(due.at)}Z"
    zone = f";TZID={due.zone}" if due.zone else ""
    return f"{name}{zone}:{basic(due.at)}"


def minutes(count: int) -> str:
    """A duration."""
    return f"PT{count}M"
