"""Values as programs write them: days, times, instants and lists; None for what is none of them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from errand import zones
from errand.codecs import Instant
from errand.epoch import since_epoch
from errand.recurrence.rule import InvalidRule, Rule
from errand.tasks.due import Due
from errand.tasks.recurrence import COMPLETION, DUE, Recurrence

_DAY_LENGTH = 10
# What some programs write for "never".
_FIRST_YEAR = 1970


def a_text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def a_map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def maps(value: Any) -> list[Mapping[str, Any]]:
    """Those in a list; none if it is no list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def a_ref(value: Any) -> str | None:
    """The id of something, which programs write as a text or a number; 0 is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)[:200] if value else None


def a_number(text: str, most: int) -> int | None:
    """A whole number from 1 to `most`."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        return None
    return int(text) if 0 < int(text) <= most else None


def known_zone(name: str) -> str | None:
    try:
        zones.zone(name)
    except zones.UnknownZone:
        return None
    return name


def a_time(text: str) -> datetime | None:
    """ISO 8601, with or without an offset."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return at if at.year >= _FIRST_YEAR else None


def a_day(text: str) -> date | None:
    """The day that a text begins with."""
    try:
        day = date.fromisoformat(text.strip()[:_DAY_LENGTH])
    except ValueError:
        return None
    return day if day.year >= _FIRST_YEAR else None


def a_due(text: str, zone: str | None = None) -> Due | None:
    """A day, or a time: with an offset on the clock of `zone` (UTC), without one it is local there.

    Local nowhere it is floating.
    """
    text = text.strip()
    at = a_time(text)
    if at is None:
        return None
    if len(text) <= _DAY_LENGTH:
        return Due(at.date())
    if at.tzinfo is None:
        return Due(at.replace(microsecond=0), zone)
    zone = zone or zones.DEFAULT
    try:
        local = at.astimezone(zones.zone(zone))
    except OverflowError:
        return None
    return Due(local.replace(tzinfo=None, microsecond=0, fold=0), zone)


def instant_of(at: datetime, zone: str = zones.DEFAULT) -> Instant:
    """Without an offset it is a time in `zone`."""
    return since_epoch(at if at.tzinfo else zones.moment(at, zone))


def an_instant(text: str, zone: str = zones.DEFAULT) -> Instant | None:
    at = a_time(text)
    return instant_of(at, zone) if at else None


def a_recurrence(rule: str, *, from_completion: bool = False) -> Recurrence | None:
    """None for a rule that tasks cannot have."""
    try:
        known = Rule.parse(rule)
    except InvalidRule:
        return None
    return Recurrence(str(known), COMPLETION if from_completion else DUE)


def minutes_of(text: str) -> int | None:
    """Of a duration of RFC 5545, as PT1H30M; negative ones have a minus before them."""
    sign, text = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if not text.startswith("P") or len(text) > 40:  # noqa: PLR2004
        return None
    total, number = 0, ""
    units = {"W": 7 * 24 * 60, "D": 24 * 60, "H": 60, "M": 1}
    for one in text[1:]:
        if one in "0123456789":
            number += one
        elif one == "T" and not number:
            continue
        elif number and one in units:
            total, number = total + int(number) * units[one], ""
        elif number and one == "S":
            total, number = total + int(number) // 60, ""
        else:
            return None
    return None if number else sign * total
