"""Tasks and comments as they are in DataTable, for whoever keeps the index of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from errand.codecs import Instant
from errand.comments.model import COMMENTED, Comment
from errand.errors import StorageUnavailable
from errand.records import Item, load
from errand.search.documents import Document
from errand.search.store import DynamoClient
from errand.search.texts import COMMENTS_MAX, document
from errand.storage.kinds import ACCOUNT, COMMENT, TASK, Key, Table, attributes, collection
from errand.tasks.model import Task

# As many are read at once, 1 MB at most, when all of an account are.
PAGE = 1_000
# What BatchGetItem takes.
_TOGETHER = 100
_ATTEMPTS = 8


class Gatherer:
    """`names` of the tables in this deployment. What botocore raises is left to who asks."""

    def __init__(
        self, *, dynamodb: DynamoClient, names: Mapping[Table, str], page: int = PAGE
    ) -> None:
        self._dynamodb = dynamodb
        self._page = page
        self._table = names[Table.DATA]

    def has_account(self, user_id: str) -> bool:
        answer = self._dynamodb.get_item(
            TableName=self._table,
            Key=attributes(ACCOUNT.key(user_id)),
            ProjectionExpression="pk",
            ConsistentRead=True,
        )
        return "Item" in answer

    def documents(
        self, user_id: str, task_ids: Collection[str], version: int, *, at: Instant
    ) -> Iterator[Document]:
        """Of these as they are now; those that are none any more are gone. `at`: about when."""
        has_comments = bool(task_ids) and self._has_comments(user_id)
        for some in batched(sorted(task_ids), _TOGETHER, strict=False):
            found = self._tasks(user_id, some)
            for task_id in some:
                task = found.get(task_id)
                if task is None:
                    yield Document.gone(task_id, version, updated_at=at)
                else:
                    said = self._comments(user_id, task_id) if has_comments else ()
                    yield document(task, version, said)

    def page(self, user_id: str, after: str, version: int) -> tuple[Sequence[Document], str | None]:
        """Of tasks behind this one, by age; and the last of them, None if there are no more."""
        request = self._query(user_id, "sk", TASK.prefix + after, f"{TASK.prefix}~")
        answer = self._dynamodb.query(**request, Limit=self._page)
        tasks = [load(Task, item) for item in answer["Items"]]
        talked_about = self._commented(user_id, tasks)
        documents = [
            document(
                task, version, self._comments(user_id, task.id) if task.id in talked_about else ()
            )
            for task in tasks
            if task.id != after
        ]
        return documents, tasks[-1].id if "LastEvaluatedKey" in answer else None

    def _has_comments(self, user_id: str) -> bool:
        """Whether there are any: most accounts have none, and no task of theirs is asked."""
        request = self._query(user_id, "vt", COMMENTED, f"{COMMENTED}~", IndexName="by_tree")
        return bool(self._dynamodb.query(**request, Limit=1)["Items"])

    def _commented(self, user_id: str, tasks: Sequence[Task]) -> set[str]:
        """Those of them that somebody has commented on."""
        if not tasks:
            return set()
        first, last = tasks[0].id, tasks[-1].id
        request = self._query(
            user_id, "vt", COMMENTED + first, COMMENTED + last, IndexName="by_tree"
        )
        found = set()
        while True:
            answer = self._dynamodb.query(**request)
            found |= {item["vt"]["S"].removeprefix(COMMENTED) for item in answer["Items"]}
            if "LastEvaluatedKey" not in answer:
                return found
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _comments(self, user_id: str, task_id: str) -> list[str]:
        prefix = f"{COMMENT.prefix}{task_id}#"
        request = self._query(user_id, "sk", prefix, f"{prefix}~", ScanIndexForward=False)
        answer = self._dynamodb.query(**request, Limit=COMMENTS_MAX)
        return [load(Comment, item).text for item in answer["Items"]]

    def _query(self, user_id: str, sort: str, first: str, last: str, **more: Any) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "KeyConditionExpression": f"pk = :partition AND {sort} BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":partition": {"S": collection(user_id)},
                ":first": {"S": first},
                ":last": {"S": last},
            },
            "ConsistentRead": True,
            **more,
        }

    def _tasks(self, user_id: str, task_ids: Sequence[str]) -> dict[str, Task]:
        keys: list[Key] = [TASK.key(user_id, task_id) for task_id in task_ids]
        wanted: Any = {
            self._table: {"Keys": [attributes(key) for key in keys], "ConsistentRead": True}
        }
        found: list[Item] = []
        for _ in range(_ATTEMPTS):
            answer = self._dynamodb.batch_get_item(RequestItems=wanted)
            found += answer["Responses"].get(self._table, [])
            wanted = answer.get("UnprocessedKeys", {})
            if not wanted:
                return {task.id: task for task in (load(Task, item) for item in found)}
        raise StorageUnavailable
