"""EventBridge Scheduler, as functions call it."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from errand_testkit.chain.aws import Sqs, refused
from errand_testkit.chain.mischief import Mischief

# Seconds: how exact it is.
_EXACT = 60
# Of schedules that are called twice, or though they are just being removed.
_OFTEN = 5
_DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True)
class _Schedule:
    """`again_after`: milliseconds; None: it is called once, and deletes itself."""

    at: int
    queue: str
    body: str
    again_after: int | None


class Scheduler:
    """EventBridge Scheduler: schedules of a moment, and of a time each day."""

    def __init__(self, sqs: Sqs, mischief: Mischief) -> None:
        self._schedules: dict[str, _Schedule] = {}
        self._sqs = sqs
        self._mischief = mischief

    def create_schedule(self, **request: Any) -> dict[str, Any]:
        name, expression = request["Name"], request["ScheduleExpression"]
        if name in self._schedules:
            raise refused("ConflictException")
        at = self._first(expression, ZoneInfo(request["ScheduleExpressionTimezone"]))
        late = self._mischief.dice.random() * _EXACT
        self._schedules[name] = _Schedule(
            at=round((at.timestamp() + late) * 1000),
            queue=request["Target"]["Arn"],
            body=request["Target"]["Input"],
            again_after=_DAY_MS if expression.startswith("cron") else None,
        )
        return {}

    def _first(self, expression: str, zone: ZoneInfo) -> datetime:
        """When it is time. Each day is 24 hours later: clocks do not change meanwhile."""
        if moment := re.fullmatch(r"at\((.+)\)", expression):
            return datetime.fromisoformat(moment[1]).replace(tzinfo=zone)
        time = re.fullmatch(r"cron\((\d+) (\d+) \* \* \? \*\)", expression)
        if time is None:
            raise NotImplementedError(f"{expression}: add it to errand_testkit/chain/aws.py")
        now = datetime.fromtimestamp(self._mischief.clock() / 1000, zone)
        today = now.replace(hour=int(time[2]), minute=int(time[1]), second=0)
        return today if today > now else today + timedelta(days=1)

    def delete_schedule(self, **request: Any) -> dict[str, Any]:
        try:
            gone = self._schedules.pop(request["Name"])
        except KeyError:
            raise refused("ResourceNotFoundException") from None
        if self._mischief.happens(_OFTEN):
            # It was just being called.
            self._sqs.put(gone.queue, gone.body)
        return {}

    def list_schedules(self, **request: Any) -> dict[str, Any]:
        """In pages of two, so that there are some."""
        names = sorted(one for one in self._schedules if one.startswith(request["NamePrefix"]))
        start = int(request.get("NextToken", "0"))
        more = {"NextToken": str(start + 2)} if start + 2 < len(names) else {}
        return {"Schedules": [{"Name": name} for name in names[start : start + 2]], **more}

    @property
    def bodies(self) -> set[str]:
        """What they are to put on queues."""
        return {one.body for one in self._schedules.values()}

    def next_at(self) -> int | None:
        return min((one.at for one in self._schedules.values()), default=None)

    def fire(self) -> None:
        """Those whose time has come."""
        now = self._mischief.clock()
        for name in [name for name, one in self._schedules.items() if one.at <= now]:
            one = self._schedules.pop(name)
            if one.again_after is not None:
                self._schedules[name] = replace(one, at=one.at + one.again_after)
            for _ in range(1 + self._mischief.happens(_OFTEN)):
                self._sqs.put(one.queue, one.body)
