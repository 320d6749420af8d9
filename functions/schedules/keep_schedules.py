"""Queue of events about tasks with reminders, and about accounts -> schedules of Scheduler.

A message may come any number of times, in any order and late: what is there now is what counts, and
what was to come when it changed.
"""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Protocol

from errand.aws import client
from errand.aws.batches import Message, failures
from errand.clock import system_clock
from errand.digests.keeping import DigestKeeper
from errand.errors import MalformedRecord
from errand.messages import id_in, instant_in, member, parsed
from errand.reminding.keeping import Keeper, Tasks
from errand.reminding.requests import ZoneChanged, zone_changed
from errand.reminding.schedules import Schedules
from errand.scheduling import ScheduleGroup
from errand.storage.kinds import Table
from errand.storage.plain import PlainTables

logger = logging.getLogger("errand.keep_schedules")
logger.setLevel(logging.INFO)

# Room for one more page of tasks, and for sending a message.
MARGIN = 20_000  # milliseconds


class LambdaContext(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


class Worker:
    """`again` sends a message to the queue it came from."""

    def __init__(
        self, *, keeper: Keeper, digests: DigestKeeper, again: Callable[[str], None]
    ) -> None:
        self._keeper = keeper
        self._digests = digests
        self._again = again

    def work(self, messages: Sequence[Message], *, has_time: Callable[[], bool]) -> list[str]:
        """The ids of the messages that failed and must come back."""

        def handle(message: Message) -> None:
            self._handle(parsed(message.get("body", "")), has_time)

        failed = failures(messages, handle, _log_failure)
        logger.info("Kept", extra={"messages": len(messages), "failed": len(failed)})
        return failed

    def _handle(self, content: dict[str, object], has_time: Callable[[], bool]) -> None:
        if "zone_of" in content:
            self._follow_zone(zone_changed(content), has_time)
            return
        detail = member(content, "detail", dict)
        data = member(detail, "data", dict)
        at = instant_in(detail, "time")
        match member(detail, "subject", str).split("/"):
            case ["users", user_id, "tasks", task_id]:
                if _is_reminded(data):
                    ids = {"user": user_id, "task": task_id}
                    self._keeper.follow(id_in(ids, "user"), id_in(ids, "task"), changed_at=at)
            case ["users", user_id]:
                change = ZoneChanged(user_id=id_in({"user": user_id}, "user"), at=at)
                self._digests.follow(change.user_id)
                if _has_moved(data):
                    self._follow_zone(change, has_time)
            case _:
                raise MalformedRecord("subject is neither that of a task nor of a user")

    def _follow_zone(self, change: ZoneChanged, has_time: Callable[[], bool]) -> None:
        after = self._keeper.follow_zone(change, has_time=has_time)
        if after is not None:
            self._again(replace(change, after=after).encoded())


def _is_reminded(data: dict[str, Any]) -> bool:
    """Whether it has reminders, or had."""
    views = (data.get("old"), data.get("new"))
    return any(isinstance(view, dict) and view.get("reminders") for view in views)


def _has_moved(data: dict[str, Any]) -> bool:
    """Whether an account is in another time zone than it was: `old` has what changed alone."""
    old, new = (data.get(view) for view in ("old", "new"))
    return isinstance(old, dict) and isinstance(new, dict) and "timezone" in old


def _log_failure(message_id: str, why: str) -> None:
    logger.warning("Not kept", extra={"message_id": message_id, "reason": why})


@cache
def worker() -> Worker:
    table = os.environ["ERRAND_DATA_TABLE"]
    queue_url = os.environ["ERRAND_SCHEDULE_QUEUE_URL"]
    dynamodb = client("dynamodb", read_timeout=3)
    group = ScheduleGroup(
        scheduler=client("scheduler", read_timeout=3),
        name=os.environ["ERRAND_SCHEDULE_GROUP"],
        role=os.environ["ERRAND_SCHEDULER_ROLE_ARN"],
    )
    schedules = Schedules(
        group=group, queue=os.environ["ERRAND_REMINDER_QUEUE_ARN"], clock=system_clock
    )
    plain = PlainTables(dynamodb=dynamodb, names={Table.DATA: table})

    def again(body: str) -> None:
        client("sqs", read_timeout=3).send_message(QueueUrl=queue_url, MessageBody=body)

    tasks = Tasks(plain, dynamodb=dynamodb, table=table)
    return Worker(
        keeper=Keeper(tasks=tasks, schedules=schedules, clock=system_clock),
        digests=DigestKeeper(
            accounts=tasks, schedules=group, queue=os.environ["ERRAND_DIGEST_QUEUE_ARN"]
        ),
        again=again,
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > MARGIN

    failed = worker().work(event["Records"], has_time=has_time)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
