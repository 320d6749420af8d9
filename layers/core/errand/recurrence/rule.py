"""Rules of recurrence, a subset of RFC 5545 (section 3.3.10).

FREQ of DAILY, WEEKLY, MONTHLY or YEARLY with INTERVAL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS, WKST,
and either COUNT or UNTIL.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple

from errand.recurrence import TEXT_MAX

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
INTERVAL_MAX = 999
COUNT_MAX = 999
_SHORTEST_MONTH = 28
_FEBRUARY = 2


class InvalidRule(ValueError):
    """Says what is wrong, in words for people."""


class Frequency(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


class WeekdayNumber(NamedTuple):
    """`weekday`: 0 is Monday; `ordinal`: which of the month or year, from its end if negative."""

    weekday: int
    ordinal: int | None = None

    def __str__(self) -> str:
        return f"{self.ordinal or ''}{WEEKDAYS[self.weekday]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """`until`: the last day, or the last local time; with a zone (UTC) it is as it was sent."""

    frequency: Frequency
    interval: int = 1
    by_month: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_day: tuple[WeekdayNumber, ...] = ()
    by_set_position: tuple[int, ...] = ()
    week_start: int = 0
    count: int | None = None
    until: date | None = None

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """Raises InvalidRule."""
        return _parse(text)

    def __str__(self) -> str:
        """The one form of a rule, which makes the same rule again."""
        parts: list[tuple[str, object]] = [("FREQ", self.frequency)]
        if self.interval > 1:
            parts.append(("INTERVAL", self.interval))
        for name, values in (
            ("BYMONTH", self.by_month),
            ("BYMONTHDAY", self.by_month_day),
            ("BYDAY", self.by_day),
            ("BYSETPOS", self.by_set_position),
        ):
            if values:
                parts.append((name, ",".join(map(str, values))))
        if self.week_start:
            parts.append(("WKST", WEEKDAYS[self.week_start]))
        if self.count is not None:
            parts.append(("COUNT", self.count))
        if self.until is not None:
            parts.append(("UNTIL", _until_text(self.until)))
        return ";".join(f"{name}={value}" for name, value in parts)

    def localised(self, zone: tzinfo) -> "Rule":
        """With the end on the clock of `zone`, if it is an instant. Raises InvalidRule."""
        if not isinstance(self.until, datetime) or self.until.tzinfo is None:
            return self
        try:
            until = self.until.astimezone(zone)
        except OverflowError:
            raise InvalidRule("UNTIL is beyond all dates") from None
        return replace(self, until=until.replace(tzinfo=None))

    def with_one_less(self) -> "Rule":
        """What is left of it when one occurrence is over."""
        return self if self.count is None else replace(self, count=self.count - 1)

    def anchored(self, start: date) -> "Rule":
        """With what a rule does not say and takes from its start (RFC 5545, section 3.3.10).

        The 29th, 30th and 31st are the last day of months that are shorter, and 29 February is that
        of the month: RFC 5545 would leave those months out.
        """
        rule = self
        if not (rule.by_month_day or rule.by_day):
            if rule.frequency is Frequency.WEEKLY:
                rule = replace(rule, by_day=(WeekdayNumber(start.weekday()),))
            elif rule.frequency is Frequency.MONTHLY:
                rule = replace(rule, by_month_day=(start.day,))
            elif rule.frequency is Frequency.YEARLY:
                months = rule.by_month or (start.month,)
                rule = replace(rule, by_month=months, by_month_day=(start.day,))
        return rule.clamped()

    def clamped(self) -> "Rule":
        """See `anchored`."""
        is_monthly = self.frequency is Frequency.MONTHLY
        is_of_february = self.frequency is Frequency.YEARLY and self.by_month == (_FEBRUARY,)
        if len(self.by_month_day) != 1 or self.by_day or self.by_set_position:
            return self
        [day] = self.by_month_day
        if not (day > _SHORTEST_MONTH and (is_monthly or (is_of_february and day == 29))):  # noqa: PLR2004
            return self
        days = tuple(range(_SHORTEST_MONTH, day + 1))
        return replace(self, by_month_day=days, by_set_position=(-1,))


def _parse(text: str) -> Rule:
    if len(text) > TEXT_MAX:
        raise InvalidRule(f"a rule has at most {TEXT_MAX} characters")
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise InvalidRule("a rule is made of parts as FREQ=WEEKLY;BYDAY=MO")
        if name not in _PARTS:
            raise InvalidRule(f"{name[:20]} is not known, but {', '.join(_PARTS)}")
        if name in parts:
            raise InvalidRule(f"{name} is there twice")
        parts[name] = value
    if "FREQ" not in parts:
        raise InvalidRule("FREQ is missing: DAILY, WEEKLY, MONTHLY or YEARLY")
    values = {}
    for name, value in parts.items():
        field, parse = _PARTS[name]
        values[field] = parse(name, value)
    rule = Rule(**values)  # type: ignore[arg-type] # each of its field's type
    _check(rule)
    return rule


def _check(rule: Rule) -> None:
    """What each part may be depends on the others."""
    if rule.count is not None and rule.until is not None:
        raise InvalidRule("a rule ends by COUNT or by UNTIL, not by both")
    has_ordinals = any(day.ordinal for day in rule.by_day)
    if has_ordinals and rule.frequency in {Frequency.DAILY, Frequency.WEEKLY}:
        raise InvalidRule("BYDAY with a number, as 2MO, is for MONTHLY and YEARLY")
    if rule.by_month_day and rule.frequency is Frequency.WEEKLY:
        raise InvalidRule("BYMONTHDAY is not for WEEKLY")
    if rule.by_set_position and not (rule.by_month or rule.by_month_day or rule.by_day):
        raise InvalidRule("BYSETPOS needs another BY part to choose from")


def _frequency(_: str, value: str) -> Frequency:
    try:
        return Frequency(value)
    except ValueError:
        raise InvalidRule("FREQ is DAILY, WEEKLY, MONTHLY or YEARLY") from None


def _number(name: str, value: str, lowest: int, highest: int) -> int:
    try:
        number = int(value) if re.fullmatch(r"[+-]?[0-9]{1,4}", value) else 0
    except ValueError:
        number = 0
    if not (lowest <= number <= highest) or number == 0:
        but_zero = ", not 0" if lowest < 0 else ""
        raise InvalidRule(f"{name} is a number from {lowest} to {highest}{but_zero}")
    return number


def _one(lowest: int, highest: int) -> Callable[[str, str], int]:
    return lambda name, value: _number(name, value, lowest, highest)


def _several(lowest: int, highest: int) -> Callable[[str, str], tuple[int, ...]]:
    def parse(name: str, value: str) -> tuple[int, ...]:
        return tuple(sorted({_number(name, each, lowest, highest) for each in value.split(",")}))

    return parse


def _weekdays(_: str, value: str) -> tuple[WeekdayNumber, ...]:
    return tuple(sorted({_weekday(each) for each in value.split(",")}, key=_weekday_order))


def _weekday_order(day: WeekdayNumber) -> tuple[int, int]:
    return day.ordinal or 0, day.weekday


def _weekday(text: str) -> WeekdayNumber:
    match = re.fullmatch(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)", text.strip())
    if match is None:
        raise InvalidRule("BYDAY is made of MO, TU, WE, TH, FR, SA and SU, also as 2MO or -1FR")
    ordinal = _number("the number in BYDAY", match[1], -53, 53) if match[1] else None
    return WeekdayNumber(WEEKDAYS.index(match[2]), ordinal)


def _week_start(_: str, value: str) -> int:
    if value not in WEEKDAYS:
        raise InvalidRule("WKST is one of MO, TU, WE, TH, FR, SA and SU")
    return WEEKDAYS.index(value)


def _until(_: str, value: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{8}", value):
            return date.fromisoformat(value)
        if re.fullmatch(r"[0-9]{8}T[0-9]{6}Z?", value):
            at = datetime.fromisoformat(value.removesuffix("Z"))
            return at.replace(tzinfo=UTC) if value.endswith("Z") else at
    except ValueError:
        pass
    raise InvalidRule("UNTIL is a day as 20261224, or a time as 20261224T090000 or …Z")


def _until_text(until: date) -> str:
    if not isinstance(until, datetime):
        return f"{until.isoformat().replace('-', '')}"
    zulu = "Z" if until.tzinfo else ""
    text = until.replace(tzinfo=None).isoformat(timespec="seconds")
    return text.replace("-", "").replace(":", "") + zulu


# Name of a part -> field of Rule, and what reads it.
_PARTS: dict[str, tuple[str, Callable[[str, str], object]]] = {
    "FREQ": ("frequency", _frequency),
    "INTERVAL": ("interval", _one(1, INTERVAL_MAX)),
    "BYMONTH": ("by_month", _several(1, 12)),
    "BYMONTHDAY": ("by_month_day", _several(-31, 31)),
    "BYDAY": ("by_day", _weekdays),
    "BYSETPOS": ("by_set_position", _several(-366, 366)),
    "WKST": ("week_start", _week_start),
    "COUNT": ("count", _one(1, COUNT_MAX)),
    "UNTIL": ("until", _until),
}
