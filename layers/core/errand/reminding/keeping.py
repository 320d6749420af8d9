"""Schedules are kept in step with tasks, whatever order and however often changes are heard of.

Each time the task is looked at as it is. Who has made its schedules looks whether it changed
meanwhile: of two at once, the one that finishes last has seen the latest.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from errand.clock import Clock
from errand.codecs import Instant
from errand.identity.accounts.model import Account
from errand.records import load
from errand.reminding.plan import is_local, moments, since
from errand.reminding.requests import TimeToRemind, ZoneChanged
from errand.scheduling import keep_in_step
from errand.storage.kinds import ACCOUNT, TASK, collection
from errand.storage.plain import PlainTables
from errand.tasks.model import Status, Task

_PAGE = 200


class DynamoClient(Protocol):
    def query(self, **request: Any) -> dict[str, Any]: ...


class Schedules(Protocol):
    def names(self, task_id: str) -> set[str]: ...
    def add(self, when: TimeToRemind) -> None: ...
    def remove(self, name: str) -> None: ...


class Tasks:
    """Tasks and whose clock is theirs, read consistently and without PynamoDB."""

    def __init__(self, tables: PlainTables, *, dynamodb: DynamoClient, table: str) -> None:
        self._tables = tables
        self._dynamodb = dynamodb
        self._table = table

    def account(self, user_id: str) -> Account | None:
        item = self._tables.get(ACCOUNT, ACCOUNT.key(user_id))
        return load(Account, item) if item else None

    def task(self, user_id: str, task_id: str) -> Task | None:
        item = self._tables.get(TASK, TASK.key(user_id, task_id))
        return load(Task, item) if item else None

    def open(self, user_id: str, after: str | None) -> tuple[list[Task], str | None]:
        """A page of open tasks, and the key in the index to go on behind."""
        begin = Status.of(completed=False).value
        values = {":owner": {"S": collection(user_id)}, ":open": {"S": begin}}
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": "by_status",
            "KeyConditionExpression": "pk = :owner AND begins_with(vs, :open)",
            "Limit": _PAGE,
        }
        if after is not None:
            request["KeyConditionExpression"] = "pk = :owner AND vs BETWEEN :after AND :last"
            values = {
                ":owner": values[":owner"],
                ":after": {"S": f"{after}~"},
                ":last": {"S": f"{begin}~"},
            }
        page = self._dynamodb.query(**request, ExpressionAttributeValues=values)
        tasks = [load(Task, item) for item in page["Items"]]
        more = "LastEvaluatedKey" in page
        return tasks, page["LastEvaluatedKey"]["vs"]["S"] if more else None


class Keeper:
    """`clock`: epoch milliseconds."""

    def __init__(self, *, tasks: Tasks, schedules: Schedules, clock: Clock) -> None:
        self._tasks = tasks
        self._schedules = schedules
        self._clock = clock

    def follow(self, user_id: str, task_id: str, *, changed_at: Instant | None = None) -> None:
        """`changed_at`: None if it is now. Raises Contended, and what botocore does."""
        now = self._clock()
        begin = since(now if changed_at is None else changed_at, now=now)
        keep_in_step(
            partial(self._look, user_id, task_id), partial(self._keep, user_id, task_id, begin)
        )

    def follow_zone(self, change: ZoneChanged, *, has_time: Callable[[], bool]) -> str | None:
        """Every open task for which it matters; where to go on when time is up, None at the end."""
        after = change.after
        while True:
            tasks, after = self._tasks.open(change.user_id, after)
            for task in tasks:
                if is_local(task):
                    self.follow(change.user_id, task.id, changed_at=change.at)
            if after is None or not has_time():
                return after

    def _look(self, user_id: str, task_id: str) -> tuple[Account | None, Task | None]:
        return self._tasks.account(user_id), self._tasks.task(user_id, task_id)

    def _keep(
        self, user_id: str, task_id: str, begin: Instant, seen: tuple[Account | None, Task | None]
    ) -> None:
        """What was over by `begin` gets no schedule; one that it has is about to be called."""
        account, task = seen
        wanted: dict[str, TimeToRemind] = {}
        if account is not None and task is not None:
            for at in moments(task, account.timezone):
                when = TimeToRemind(user_id=user_id, task_id=task_id, at=at)
                wanted[when.name] = when
        present = self._schedules.names(task_id)
        for name in sorted(present - wanted.keys()):
            self._schedules.remove(name)
        for name in sorted(wanted.keys() - present):
            if wanted[name].at > begin:
                self._schedules.add(wanted[name])
