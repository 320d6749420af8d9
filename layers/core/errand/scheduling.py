"""A group of schedules of EventBridge Scheduler, each of which puts a message on a queue.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-group.html
"""

from collections.abc import Callable
from typing import Any, Protocol

from botocore.exceptions import ClientError

from errand.aws import reason
from errand.errors import Contended

_ATTEMPTS = 5
_PAGE = 100


def keep_in_step[Seen](look: Callable[[], Seen], keep: Callable[[Seen], None]) -> None:
    """Until what is seen is what schedules were made of.

    Of two who do so at once, the one that finishes last has seen the latest. Raises Contended.
    """
    seen = look()
    for _ in range(_ATTEMPTS):
        keep(seen)
        before, seen = seen, look()
        if seen == before:
            return
    raise Contended


class SchedulerClient(Protocol):
    def create_schedule(self, **request: Any) -> dict[str, Any]: ...
    def delete_schedule(self, **request: Any) -> dict[str, Any]: ...
    def list_schedules(self, **request: Any) -> dict[str, Any]: ...


class ScheduleGroup:
    """`role`: what Scheduler puts messages on queues as, by its ARN.

    All here raise what botocore does.
    """

    def __init__(self, *, scheduler: SchedulerClient, name: str, role: str) -> None:
        self._scheduler = scheduler
        self._name = name
        self._role = role

    def names(self, prefix: str) -> set[str]:
        """Of those that there are."""
        found: set[str] = set()
        request: dict[str, Any] = {
            "GroupName": self._name,
            "NamePrefix": prefix,
            "MaxResults": _PAGE,
        }
        while True:
            page = self._scheduler.list_schedules(**request)
            found.update(one["Name"] for one in page["Schedules"])
            if not page.get("NextToken"):
                return found
            request["NextToken"] = page["NextToken"]

    def add(
        self,
        name: str,
        expression: str,
        *,
        zone: str = "UTC",
        queue: str,
        message: str,
        window_minutes: int = 0,
    ) -> None:
        """Unless it is there. `queue`: by its ARN. One of a moment is gone when that is over.

        `window_minutes`: how much later it may be.
        """
        window: dict[str, Any] = {"Mode": "OFF"}
        if window_minutes:
            window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": window_minutes}
        try:
            self._scheduler.create_schedule(
                Name=name,
                GroupName=self._name,
                ScheduleExpression=expression,
                ScheduleExpressionTimezone=zone,
                FlexibleTimeWindow=window,
                ActionAfterCompletion="DELETE" if expression.startswith("at(") else "NONE",
                Target={"Arn": queue, "RoleArn": self._role, "Input": message},
            )
        except ClientError as error:
            if reason(error) != "ConflictException":
                raise

    def remove(self, name: str) -> None:
        """If it is there."""
        try:
            self._scheduler.delete_schedule(Name=name, GroupName=self._name)
        except ClientError as error:
            if reason(error) != "ResourceNotFoundException":
                raise
