"""Time zones as iCalendar has them written out (RFC 5545, section 3.6.5).

Of the years that are asked for, their offsets from UTC and all changes of these; programs that
know the IANA database look the rest up by the name.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from errand import zones
from errand.calendar.lines import component, text
from errand.calendar.values import basic

# Within which no zone changes and changes back; a week of Ramadan is the shortest that there was.
_STEP = timedelta(days=7)
_SECOND = timedelta(seconds=1)
# What is beyond has no neighbour in some zone.
_FIRST, _LAST = 2, 9998
_HOUR = 3600


class _Kind(NamedTuple):
    """Of time: ahead of UTC by `offset`."""

    offset: timedelta
    name: str
    is_daylight: bool


class _Change(NamedTuple):
    before: timedelta
    kind: _Kind


def timezone(name: str, years: Iterable[int]) -> list[str]:
    """Empty for a zone that the database has no more."""
    try:
        zone = zones.zone(name)
    except zones.UnknownZone:
        return []
    changes: dict[_Change, list[str]] = {}
    for first, last in _spans(years):
        for at, change in _changes(zone, first, last):
            changes.setdefault(change, []).append(at)
    lines = [f"TZID:{name}"]
    for change, (begin, *others) in changes.items():
        lines += _observance(change, begin, others)
    return component("VTIMEZONE", lines)


def _observance(change: _Change, begin: str, others: list[str]) -> list[str]:
    lines = [
        f"DTSTART:{begin}",
        *([f"RDATE:{','.join(others)}"] if others else []),
        f"TZOFFSETFROM:{_offset(change.before)}",
        f"TZOFFSETTO:{_offset(change.kind.offset)}",
        text("TZNAME", change.kind.name),
    ]
    return component("DAYLIGHT" if change.kind.is_daylight else "STANDARD", lines)


def _spans(years: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Of years without a gap."""
    known = sorted({min(max(year, _FIRST), _LAST) for year in years})
    begin = known[0]
    for year, following in pairwise([*known, None]):
        if year is not None and following != year + 1:
            yield begin, year
            begin = following or year


def _changes(zone: tzinfo, first: int, last: int) -> Iterator[tuple[str, _Change]]:
    """Each with what clocks showed just then; the first is how the span begins."""
    at, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    kind = _kind(zone, at)
    yield _shown(at, kind.offset), _Change(kind.offset, kind)
    while at < end:
        following = min(at + _STEP, end)
        found = _kind(zone, following)
        if found != kind:
            following = _moment(zone, at, following)
            found = _kind(zone, following)
            yield _shown(following, kind.offset), _Change(kind.offset, found)
        at, kind = following, found


def _moment(zone: tzinfo, early: datetime, late: datetime) -> datetime:
    """The first second of what follows `early`."""
    kind = _kind(zone, early)
    while late - early > _SECOND:
        middle = early + (late - early) // _SECOND // 2 * _SECOND
        if _kind(zone, middle) == kind:
            early = middle
        else:
            late = middle
    return late


def _kind(zone: tzinfo, at: datetime) -> _Kind:
    local = at.astimezone(zone)
    return _Kind(local.utcoffset() or timedelta(), local.tzname() or "", bool(local.dst()))


def _shown(at: datetime, offset: timedelta) -> str:
    return basic(at.replace(tzinfo=None) + offset)


def _offset(offset: timedelta) -> str:
    """`+0130`; with seconds where there are any."""
    seconds = round(offset.total_seconds())
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), _HOUR)
    minutes, seconds = divmod(rest, 60)
    return f"{sign}{hours:02}{minutes:02}" + (f"{seconds:02}" if seconds else "")
