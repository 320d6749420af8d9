"""What belongs to a task that is gone for good, deleted from the trash or expired in there."""

from collections.abc import Callable
from itertools import batched, chain

from errand.storage.kinds import COMPLETION, TASK, TRASHED, Key, Kind, attributes, collection
from errand.storage.removal import BATCH, DynamoClient, Remover
from errand.streams import key_of

# Tasks that are gone, of which each completion that goes asks again.
_REMEMBERED = 1_000


class Leftovers:
    """`table` holds tasks, their completions and comments.

    `commented`: what comments have in the view of trees, by the id of their task.
    """

    def __init__(
        self, *, dynamodb: DynamoClient, table: str, commented: Callable[[str], str]
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._commented = commented
        self._remover = Remover(dynamodb)
        self._gone: set[tuple[str, str]] = set()

    def follow(self, record: object) -> None:
        """A record of the table's stream, any number of times.

        Raises MalformedRecord, StorageUnavailable, and what botocore does.
        """
        key = key_of(record)
        is_removed = isinstance(record, dict) and record.get("eventName") == "REMOVE"
        if not (is_removed and TRASHED.is_at(key)):
            return
        user_id, task_id = (part.partition("#")[2] for part in key)
        if self.are_of_none(user_id, task_id):
            owner = collection(user_id)
            comments = self._remover.keys(self._table, owner, tree=self._commented(task_id))
            completions = self._remover.keys(
                self._table, owner, prefix=COMPLETION.key(user_id, task_id, "").sk
            )
            for some in batched(chain(comments, completions), BATCH, strict=False):
                self._remover.remove(self._table, some)

    def are_of_none(self, user_id: str, task_id: str) -> bool:
        """Whether the task is nowhere. Restored tasks leave the trash, too.

        A task goes from one place to the other in one transaction: to be in neither when both are
        looked at, it would have to go forth and back between these reads. What is nowhere stays so.
        """
        task = user_id, task_id
        if task in self._gone:
            return True
        if any(self._is_there(kind, *task) for kind in (TASK, TRASHED, TASK)):
            return False
        if len(self._gone) >= _REMEMBERED:
            self._gone.clear()
        self._gone.add(task)
        return True

    def _is_there(self, kind: Kind, user_id: str, task_id: str) -> bool:
        key: Key = kind.key(user_id, task_id)
        answer = self._dynamodb.get_item(
            TableName=self._table,
            Key=attributes(key),
            ProjectionExpression="pk",
            ConsistentRead=True,
        )
        return "Item" in answer
