"""What people may send that is no text: days, instants, whole numbers, each in one form."""

import re
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticKnownError

from errand import zones
from errand.refusals import refused

Colour = Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$"), AfterValidator(str.lower)]

# Pydantic would take time stamps for days and instants, and "1_0" and "10.0" for numbers.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_NUMBER = re.compile(r"-?[0-9]+")


def _day(value: Any) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise refused("day", "must be a day as YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise refused("day", "must be a day as YYYY-MM-DD, one that exists") from None


def _time_of_day(value: str) -> str:
    if not _TIME.fullmatch(value):
        raise refused("time_of_day", "must be a time of the day as HH:MM, from 00:00 to 23:59")
    return value


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise refused("instant", "must be an instant as 2026-11-22T08:30:00.000Z (RFC 3339)")
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:
        words = "must be an instant as 2026-11-22T08:30:00.000Z (RFC 3339), one that exists"
        raise refused("instant", words) from None


def _number(value: Any) -> Any:
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise PydanticKnownError("int_parsing")
    return value


def _whole(value: Any) -> Any:
    # To JSON 3.0 is a whole number; Pydantic would take texts and booleans, too.
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PydanticKnownError("int_type")
    return value


def bare(url: str) -> str:
    """What is behind a # would never arrive, and credentials are no part of an address."""
    parts = urlsplit(url)
    if parts.fragment or parts.username is not None or parts.password is not None:
        raise refused("url", "must have neither credentials nor a fragment")
    return url


def _zone(value: str) -> str:
    try:
        zones.zone(value)
    except zones.UnknownZone:
        words = "must be the name of a time zone (IANA), such as Europe/Berlin"
        raise refused("zone", words) from None
    return value


_BOOLEANS = {"true": True, "false": False, True: True, False: False}


def true_or_false(value: Any) -> bool | None:
    """Of a query, where all is text."""
    # Pydantic would take "on" and "0" as well, which the schema does not know.
    if value is None:
        return None
    # As Python's clients write it, too.
    known = _BOOLEANS.get(value.lower() if isinstance(value, str) else value)
    if known is None:
        raise refused("bool_parsing", "must be true or false")
    return known


Zone = Annotated[
    str,
    AfterValidator(_zone),
    Field(
        max_length=64,
        json_schema_extra={"format": "iana-time-zone", "examples": ["Europe/Berlin"]},
    ),
]
TimeOfDay = Annotated[
    str,
    AfterValidator(_time_of_day),
    Field(json_schema_extra={"pattern": f"^({_TIME.pattern})$", "examples": ["07:30"]}),
]
Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=date)]
Moment = Annotated[AwareDatetime, BeforeValidator(_instant, json_schema_input_type=AwareDatetime)]
# For an int in a JSON body, behind its bounds.
Whole = BeforeValidator(_whole)
# For an int, behind its bounds, which the schema would not tell otherwise.
Digits = BeforeValidator(_number)
