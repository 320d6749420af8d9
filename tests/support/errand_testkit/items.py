"""Items as DynamoDB has them, for tests that look at what is stored."""

from collections.abc import Iterable, Mapping
from typing import Any

from errand import ids
from errand.tasks.model import Status, Task
from errand_testkit.dynamo import FakeDynamo

type Item = dict[str, Any]

_BESIDE = {"pk", "sk", "vs", "vd", "vp", "vr", "vt", "m"}


def headed(item: Item) -> Item:
    """An item of a task, of its attributes side by side: most are entries of its head."""
    beside = {name: value for name, value in item.items() if name in _BESIDE}
    head = {name: value for name, value in item.items() if name not in beside}
    return {**beside, Task.HEAD: {"M": head}}


def head_of(item: Mapping[str, Any]) -> Item:
    """The entries of a task's head."""
    head: Item = item[Task.HEAD]["M"]
    return head


def bury(dynamodb: FakeDynamo, task_id: str, titles: Iterable[str]) -> None:
    """Newer open tasks of these titles, otherwise like this one."""
    [stored] = [item for item in dynamodb.all() if item["sk"]["S"] == f"TASK#{task_id}"]
    for title in titles:
        other = ids.new_id()
        key = {"sk": {"S": f"TASK#{other}"}, "vs": {"S": f"{Status.OPEN}{other}"}}
        head = {Task.HEAD: {"M": {**head_of(stored), "t": {"S": title}}}}
        dynamodb.put_item(TableName="DataTable", Item={**stored, **key, **head})
