"""Tasks in DynamoDB: one item each, in the collection of the account that owns them."""

from collections.abc import Collection
from typing import Any, Protocol

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from errand.errors import NotFound, PreconditionFailed
from errand.storage.operations import ConditionFailed, Delete, Put, Update, execute, get, query
from errand.storage.receipts import Receipt, commit_once
from errand.storage.tables import DataItem, user_key
from errand.tasks.model import Changes, Status, status_key
from errand.tasks.schemas import TASKS, Task

PREFIX = "TASK#"
_NAMES = {"title": "t", "description": "d", "due_date": "du", "links": "l"}
_NO_VERSION = 0


class TaskItem(DataItem):
    """Short names and epoch milliseconds: they are read, and paid for, with every page."""

    t = UnicodeAttribute()
    d = UnicodeAttribute(null=True)
    du = UnicodeAttribute(null=True)
    l = ListAttribute(of=UnicodeAttribute, null=True)  # noqa: E741
    cd = NumberAttribute(null=True)
    ca = NumberAttribute()
    ua = NumberAttribute()
    v = NumberAttribute()
    vs = UnicodeAttribute()


class TaskRepository(Protocol):
    """`versions` are those the client accepts; None takes any."""

    def create(
        self, *, user_id: str, task_id: str, fields: Changes, now: int, receipt: Receipt | None
    ) -> Task: ...

    def read(self, *, user_id: str, task_id: str) -> Task: ...

    def page(
        self, *, user_id: str, status: Status | None, after: str | None, limit: int, ascending: bool
    ) -> tuple[list[Task], bool]: ...

    def update(
        self,
        *,
        user_id: str,
        task_id: str,
        changes: Changes,
        now: int,
        versions: Collection[int] | None,
    ) -> Task: ...

    def delete(self, *, user_id: str, task_id: str, versions: Collection[int] | None) -> None: ...


class DynamoTasks:
    """TaskRepository on DataTable; one round trip for each call."""

    def create(
        self, *, user_id: str, task_id: str, fields: Changes, now: int, receipt: Receipt | None
    ) -> Task:
        """The task, or the one an earlier request with this receipt made."""
        item = TaskItem(
            user_key(user_id),
            PREFIX + task_id,
            **_attributes(fields),
            ca=now,
            ua=now,
            v=1,
            vs=status_key(task_id, completed=fields["completed"]),
            cd=now if fields["completed"] else None,
        )
        put = Put(item, TaskItem.pk.does_not_exist())
        task = Task.model_validate(put.request["Item"])
        if receipt:
            first = commit_once([put], receipt=receipt, answer=task.model_dump_json(), now_ms=now)
            return Task.model_validate_json(first) if first else task
        try:
            execute(put)
        except ConditionFailed as failed:
            # Nobody else has this id: the attempt before a lost answer was carried out.
            if not failed.retried:
                raise
        return task

    def read(self, *, user_id: str, task_id: str) -> Task:
        item = get(TaskItem, user_key(user_id), PREFIX + task_id, consistent=True)
        if item is None:
            raise NotFound("Task not found")
        return Task.model_validate(item)

    def page(
        self, *, user_id: str, status: Status | None, after: str | None, limit: int, ascending: bool
    ) -> tuple[list[Task], bool]:
        """Up to `limit` tasks after the task `after`, by age, and whether there are more."""
        pk = user_key(user_id)
        start = {"pk": {"S": pk}, "sk": {"S": PREFIX + after}} if after else None
        if status is None:
            index, prefix = None, ("sk", PREFIX)
        else:
            index, prefix = TaskItem.by_status.Meta.index_name, ("vs", str(status))
            if start and after:
                start["vs"] = {"S": status + after}
        # One more than asked for tells whether a next page has anything on it.
        items, stopped = query(
            TaskItem,
            pk,
            prefix=prefix,
            index=index,
            start=start,
            limit=limit + 1,
            ascending=ascending,
        )
        return TASKS.validate_python(items[:limit]), stopped or len(items) > limit

    def update(
        self,
        *,
        user_id: str,
        task_id: str,
        changes: Changes,
        now: int,
        versions: Collection[int] | None,
    ) -> Task:
        actions = [*_actions(task_id, changes, now), TaskItem.ua.set(now), TaskItem.v.add(1)]
        item = TaskItem(user_key(user_id), PREFIX + task_id)
        # The instant tells our own write from others' when it is sent again after a lost answer.
        condition = _exists_in(versions) & (TaskItem.ua != now)
        try:
            return Task.model_validate(execute(Update(item, actions, condition)))
        except ConditionFailed as failed:
            if failed.item is None:
                raise NotFound("Task not found") from None
            found = Task.model_validate(failed.item)
            is_same_instant = failed.item["ua"]["N"] == str(now)
            is_next = versions is None or found.version - 1 in versions
            if failed.retried and is_same_instant and is_next:
                return found
            if is_same_instant and (versions is None or found.version in versions):
                # Somebody else's change, in the same millisecond.
                return self.update(
                    user_id=user_id,
                    task_id=task_id,
                    changes=changes,
                    now=now + 1,
                    versions=versions,
                )
            raise PreconditionFailed from None

    def delete(self, *, user_id: str, task_id: str, versions: Collection[int] | None) -> None:
        item = TaskItem(user_key(user_id), PREFIX + task_id)
        try:
            execute(Delete(item, _exists_in(versions)))
        except ConditionFailed as failed:
            if failed.item is not None:
                raise PreconditionFailed from None
            if not failed.retried:
                raise NotFound("Task not found") from None


def _exists_in(versions: Collection[int] | None) -> Condition:
    if versions is None:
        return TaskItem.pk.exists()
    return TaskItem.v.is_in(*versions) if versions else TaskItem.v == _NO_VERSION


def _actions(task_id: str, changes: Changes, now: int) -> list[Action]:
    actions: list[Action] = []
    for name, value in _attributes(changes).items():
        attribute = getattr(TaskItem, name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
    if "completed" in changes:
        completed = changes["completed"]
        actions.append(TaskItem.vs.set(status_key(task_id, completed=completed)))
        actions.append(
            # Completing twice keeps the first time.
            TaskItem.cd.set(TaskItem.cd | now) if completed else TaskItem.cd.remove()
        )
    return actions


def _attributes(fields: Changes) -> dict[str, Any]:
    """Item attributes of the fields that are stored as they are; nothing is stored as absence."""
    attributes = {_NAMES[name]: value for name, value in fields.items() if name in _NAMES}
    if attributes.get("du"):
        attributes["du"] = attributes["du"].isoformat()
    if "l" in attributes:
        attributes["l"] = attributes["l"] or None
    return attributes
