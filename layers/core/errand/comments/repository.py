"""Comments in DynamoDB: one item each, in the collection of the account that owns the task."""

from typing import Protocol

from errand.comments.model import Comment, commented
from errand.cursors import Position
from errand.pages import Slice
from errand.storage.attempts import ConditionFailed
from errand.storage.kinds import COMMENT, TASK, collection
from errand.storage.mapper import mapper
from errand.storage.marks import add_marked
from errand.storage.operations import Delete, Put, get, get_together
from errand.storage.ranges import BY_TREE, KeyRange, read
from errand.storage.unit import Unit, made_before, overtaken

_COMMENTS = mapper(COMMENT, Comment)


class CommentRepository(Protocol):
    """What writes is added to a unit."""

    def has_task(self, *, user_id: str, task_id: str) -> bool: ...

    def has_more_than(self, number: int, *, user_id: str, task_id: str) -> bool: ...

    def add(self, unit: Unit, comment: Comment, *, user_id: str) -> None: ...

    def read(self, *, user_id: str, task_id: str, comment_id: str) -> Comment | None: ...

    def slice(
        self,
        *,
        user_id: str,
        task_id: str,
        ascending: bool,
        after: Position | None,
        limit: int,
    ) -> Slice[Comment]: ...

    def rewrite(self, unit: Unit, old: Comment, new: Comment, *, user_id: str) -> None: ...

    def remove(self, unit: Unit, comment: Comment, *, user_id: str) -> None: ...


class DynamoComments:
    """CommentRepository on DataTable."""

    def has_task(self, *, user_id: str, task_id: str) -> bool:
        """Whether there is one to talk about; what is in the trash is not."""
        return get(_COMMENTS.model, TASK.key(user_id, task_id)) is not None

    def has_more_than(self, number: int, *, user_id: str, task_id: str) -> bool:
        """By the keys alone: 1,000 of them are 32 RU, whatever their comments say."""
        keys = KeyRange(
            model=_COMMENTS.model,
            partition=collection(user_id),
            prefix=commented(task_id),
            index=BY_TREE,
        )
        return len(read(keys, after=None, limit=number + 1).items) > number

    def add(self, unit: Unit, comment: Comment, *, user_id: str) -> None:
        key = COMMENT.key(user_id, comment.task_id, comment.id)
        unit.add(Put(_COMMENTS.item(key, comment), _COMMENTS.is_free), made_before)

    def read(self, *, user_id: str, task_id: str, comment_id: str) -> Comment | None:
        """None without its task, too: both are looked up at once."""
        model = _COMMENTS.model
        item, task = get_together(
            (model, COMMENT.key(user_id, task_id, comment_id)),
            (model, TASK.key(user_id, task_id)),
        )
        return _COMMENTS.of(item) if item and task else None

    def slice(
        self,
        *,
        user_id: str,
        task_id: str,
        ascending: bool,
        after: Position | None,
        limit: int,
    ) -> Slice[Comment]:
        """By age, of one task."""
        keys = KeyRange(
            model=_COMMENTS.model,
            partition=collection(user_id),
            prefix=f"{COMMENT.prefix}{task_id}#",
            ascending=ascending,
        )
        found = read(keys, after=after, limit=limit)
        return Slice(_COMMENTS.all(found.items), found.reached)

    def rewrite(self, unit: Unit, old: Comment, new: Comment, *, user_id: str) -> None:
        """Refused as Overtaken unless it still is `old`."""
        add_marked(
            unit,
            _COMMENTS,
            _COMMENTS.at(COMMENT.key(user_id, old.task_id, old.id)),
            _COMMENTS.difference(old, new),
            _COMMENTS["version"] == old.version,
            overtaken,
        )

    def remove(self, unit: Unit, comment: Comment, *, user_id: str) -> None:
        item = _COMMENTS.at(COMMENT.key(user_id, comment.task_id, comment.id))
        unit.add(Delete(item, _COMMENTS["version"] == comment.version), _gone_or_overtaken)


def _gone_or_overtaken(failed: ConditionFailed) -> Exception | None:
    return None if failed.retried and failed.item is None else overtaken(failed)
