"""Time zones by their names in the IANA database (https://www.iana.org/time-zones).

A local time that a zone skips is read with the offset before the gap, one that happens twice is the
first of the two: what `fold=0` means (PEP 495).
"""

import re
from datetime import UTC, date, datetime, tzinfo

from errand.epoch import utc

# Links such as posix/… and right/… (with leap seconds) are of some machines, not of the database.
_NAME = re.compile(r"[A-Z][A-Za-z0-9_+-]{0,30}(/[A-Za-z0-9_+-]{1,30}){0,2}")
DEFAULT = "UTC"


class UnknownZone(LookupError):
    """Of a name that is none of a time zone."""


def zone(name: str) -> tzinfo:
    """Raises UnknownZone."""
    if name == DEFAULT:
        return UTC
    if _NAME.fullmatch(name):
        # Imported when a zone is first asked for: most instances never do.
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415

        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise UnknownZone(name)


def moment(local: datetime, name: str) -> datetime:
    """When it is that time there. Raises UnknownZone."""
    return local.replace(tzinfo=zone(name), fold=0)


def local_time(milliseconds: int, name: str) -> datetime:
    """The wall clock there, without a zone. Raises UnknownZone."""
    return utc(milliseconds).astimezone(zone(name)).replace(tzinfo=None)


def today(milliseconds: int, name: str) -> date:
    """Raises UnknownZone."""
    return local_time(milliseconds, name).date()
