"""One-shot schedules of EventBridge Scheduler: a message on a queue when it is time, and gone.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-group.html
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from botocore.exceptions import ClientError

from errand.clock import Clock
from errand.reminding.requests import TimeToRemind

# One that is due already is set this far ahead: Scheduler takes no moment of the past.
_AHEAD = timedelta(seconds=10)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PAGE = 100


class SchedulerClient(Protocol):
    def create_schedule(self, **request: Any) -> dict[str, Any]: ...
    def delete_schedule(self, **request: Any) -> dict[str, Any]: ...
    def list_schedules(self, **request: Any) -> dict[str, Any]: ...


class Schedules:
    """`role`: what Scheduler puts messages on `queue` as; both by their ARNs."""

    def __init__(
        self, *, scheduler: SchedulerClient, group: str, queue: str, role: str, clock: Clock
    ) -> None:
        self._scheduler = scheduler
        self._group = group
        self._queue = queue
        self._role = role
        self._clock = clock

    def names(self, task_id: str) -> set[str]:
        """Of those that a task has. Raises what botocore does, as all here."""
        found: set[str] = set()
        request: dict[str, Any] = {
            "GroupName": self._group,
            "NamePrefix": task_id,
            "MaxResults": _PAGE,
        }
        while True:
            page = self._scheduler.list_schedules(**request)
            found.update(one["Name"] for one in page["Schedules"])
            if not page.get("NextToken"):
                return found
            request["NextToken"] = page["NextToken"]

    def add(self, when: TimeToRemind) -> None:
        """Unless it is there."""
        now = _EPOCH + timedelta(milliseconds=self._clock())
        at = max(_EPOCH + timedelta(milliseconds=when.at), now + _AHEAD)
        try:
            self._scheduler.create_schedule(
                Name=when.name,
                GroupName=self._group,
                ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
                ScheduleExpressionTimezone="UTC",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                Target={"Arn": self._queue, "RoleArn": self._role, "Input": when.encoded()},
            )
        except ClientError as error:
            if _code(error) != "ConflictException":
                raise

    def remove(self, name: str) -> None:
        """If it is there."""
        try:
            self._scheduler.delete_schedule(Name=name, GroupName=self._group)
        except ClientError as error:
            if _code(error) != "ResourceNotFoundException":
                raise


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]
