"""What clients send of times: due and start, reminders."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from errand import zones
from errand.epoch import since_epoch
from errand.inputs import Day, Moment, Whole, Zone
from errand.later import Later
from errand.recurrence import TEXT_MAX
from errand.refusals import refused
from errand.tasks.due import Due
from errand.tasks.recurrence import DUE, Recurrence
from errand.tasks.reminders import MINUTES_MAX, REMINDERS_MAX, Reminder

_STRICT = ConfigDict(extra="forbid")
_LOCAL = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_WORDS = "must be a local time as 2026-12-24T09:00, without a zone"


def _local(value: Any) -> datetime:
    if not isinstance(value, str) or not _LOCAL.fullmatch(value):
        raise refused("local_time", _WORDS)
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise refused("local_time", f"{_WORDS}, one that exists") from None


# As a text without an offset it is no "date-time" of JSON Schema.
LocalTime = Annotated[
    datetime,
    BeforeValidator(_local),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{_LOCAL.pattern}$",
            "format": "local-date-time",
            "examples": ["2026-12-24T09:00:00"],
        }
    ),
]


class DateDue(TypedDict):
    """A day, in no time zone."""

    __pydantic_config__ = _STRICT  # type: ignore[misc] # read by Pydantic

    type: Annotated[Literal["date"], Field(description="A day, in no time zone")]
    date: Annotated[Day, Field(description="The day")]


class FloatingDue(TypedDict):
    """A time on the clock of wherever one is."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]

    type: Annotated[
        Literal["floating"], Field(description="A time on the clock of wherever one is")
    ]
    at: Annotated[LocalTime, Field(description="What the clock shows, without an offset")]


class ZonedDue(TypedDict):
    """A time on the clock of a place."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]

    type: Annotated[Literal["zoned"], Field(description="A time on the clock of a place")]
    at: Annotated[LocalTime, Field(description="What the clock there shows, without an offset")]
    zone: Annotated[Zone, Field(description="IANA name of the time zone of the place")]


DueShape = Annotated[DateDue | FloatingDue | ZonedDue, Field(discriminator="type")]


def _due(sent: Any) -> Due:
    if sent["type"] == "date":
        return Due(sent["date"])
    due = Due(sent["at"], sent.get("zone"))
    try:
        due.moment(zones.DEFAULT).astimezone(UTC)  # type: ignore[union-attr] # it is timed
    except OverflowError:
        raise refused("local_time", "is beyond all dates") from None
    return due


DueRule = Annotated[Due, Later(lambda: Annotated[DueShape, AfterValidator(_due)])]

type Before = Annotated[Literal["due", "start"], Field(description="When it is due, or starts")]


class AbsoluteReminder(TypedDict):
    """At an instant."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]

    type: Annotated[Literal["absolute"], Field(description="At an instant")]
    at: Annotated[Moment, Field(description="The instant")]


class RelativeReminder(TypedDict):
    """Some minutes before the task is due, or starts."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]

    type: Annotated[
        Literal["relative"], Field(description="Some minutes before it is due, or starts")
    ]
    before: Annotated[Before, Field(description="Before what")]
    minutes: Annotated[int, Field(ge=0, le=MINUTES_MAX, description="How many minutes"), Whole]


ReminderShape = Annotated[AbsoluteReminder | RelativeReminder, Field(discriminator="type")]


def _reminder(sent: Any) -> Reminder:
    if sent["type"] == "absolute":
        return Reminder(at=since_epoch(sent["at"]))
    return Reminder(before=sent["before"], minutes=sent["minutes"])


def _different(reminders: list[Reminder]) -> tuple[Reminder, ...]:
    """Sent twice, it reminds once."""
    return tuple(dict.fromkeys(reminders))


Reminders = Annotated[
    list[Annotated[Reminder, Later(lambda: Annotated[ReminderShape, AfterValidator(_reminder)])]],
    Field(max_length=REMINDERS_MAX),
    AfterValidator(_different),
]
type CountedFrom = Annotated[
    Literal["due", "completion"], Field(description="When it is due, or when it was completed")
]


_RULE = Annotated[
    str,
    Field(
        max_length=TEXT_MAX,
        description="FREQ=DAILY, WEEKLY, MONTHLY or YEARLY with INTERVAL, BYMONTH, BYMONTHDAY, "
        "BYDAY, BYSETPOS, WKST, COUNT and UNTIL (RFC 5545); answers have it in one form",
        json_schema_extra={
            "format": "recurrence-rule",
            "examples": ["FREQ=MONTHLY;BYMONTHDAY=1"],
        },
    ),
]
_FROM = Annotated[CountedFrom, Field(description="From when the next occurrence is counted")]
# As a function, because `from` is a word of Python's.
_typed_dict: Any = TypedDict
RecurrenceShape: Any = _typed_dict("Recurrence", {"rule": _RULE, "from": NotRequired[_FROM]})
RecurrenceShape.__doc__ = "How a task comes again."
RecurrenceShape.__pydantic_config__ = _STRICT


def _recurrence(sent: Any) -> Recurrence:
    from errand.recurrence.rule import InvalidRule, Rule  # noqa: PLC0415 - as errand.tasks.recurrence

    try:
        rule = Rule.parse(sent["rule"])
    except InvalidRule as wrong:
        raise refused("recurrence_rule", str(wrong)) from None
    return Recurrence(str(rule), sent.get("from", DUE))


RecurrenceRule = Annotated[
    Recurrence, Later(lambda: Annotated[RecurrenceShape, AfterValidator(_recurrence)])
]


class MovedOccurrence(TypedDict):
    """An occurrence that is due at another time than its rule says."""

    occurrence: Annotated[DueShape, Field(description="When it would be due by the rule")]
    due: Annotated[DueShape | None, Field(description="When it is due; null: it is left out")]


# Of what answers show.
SHAPES: dict[str, Any] = {
    "due": DueShape,
    "start": DueShape,
    "recurrence": RecurrenceShape,
    "occurrence": DueShape,
    "moved_occurrences": list[MovedOccurrence],
    "reminders": list[ReminderShape],
}
