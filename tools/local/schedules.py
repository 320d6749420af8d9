"""Schedules of the embedded Scheduler: on the clocks of their zones, and kept when it stops.

Ministack reads each cron expression as UTC, and forgets its schedules. Those of moments that passed
meanwhile come when it is there again, as reminders that were late would.
"""
# ruff: noqa: SLF001

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo


class Schedules:
    """`scheduler`, `events`: ministack's modules; the second reads expressions for the first."""

    def __init__(self, scheduler: Any, events: Any) -> None:
        self._scheduler = scheduler
        self._events = events

    def install(self) -> None:
        """Once: ministack reads the expressions of schedules with their zones from now on."""
        tick = self._scheduler._tick_schedules
        parse, next_fire = self._events._parse_cron_fields, self._events._cron_next_fire

        def tick_in_zones() -> None:
            for one in [*self._scheduler._schedules._data.values()]:
                expression = _Expression(one["ScheduleExpression"])
                expression.zone = one["ScheduleExpressionTimezone"]
                one["ScheduleExpression"] = expression
            tick()

        def parse_in_zone(expression: str) -> Any:
            fields = parse(expression)
            if fields is None or not isinstance(expression, _Expression):
                return fields
            return _Fields(fields, ZoneInfo(expression.zone))

        def next_in_zone(fields: Any, after: datetime) -> datetime | None:
            if not isinstance(fields, _Fields):
                found: datetime | None = next_fire(fields, after)
                return found
            # It walks over a clock without gaps: that of the zone, called UTC.
            clock = after.astimezone(fields.zone).replace(tzinfo=UTC)
            shown: datetime | None = next_fire(fields.read, clock)
            return shown and shown.replace(tzinfo=fields.zone)

        self._scheduler._tick_schedules = tick_in_zones
        self._events._parse_cron_fields = parse_in_zone
        self._events._cron_next_fire = next_in_zone

    def kept(self, queues: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """All that put messages on one of `queues`, by their ARNs, with what it is called."""
        names = {arn: name for name, arn in queues.items()}
        for one in [*self._scheduler._schedules.values()]:
            if queue := names.get(one["Target"]["Arn"]):
                yield {"queue": queue, "schedule": one}

    def restore(self, kept: Iterable[dict[str, Any]], queues: Mapping[str, str]) -> None:
        """Those of queues that are there; ARNs are others each time."""
        for each in kept:
            one = each["schedule"]
            if arn := queues.get(each["queue"]):
                one["Target"]["Arn"] = arn
                self._scheduler._schedules[f"{one['GroupName']}/{one['Name']}"] = one


class _Expression(str):
    """`zone`: whose clock it is of."""

    __slots__ = ("zone",)
    zone: str


@dataclass(frozen=True, slots=True)
class _Fields:
    """What ministack has `read` of an expression, and whose clock it is of."""

    read: Any
    zone: ZoneInfo
