"""What a person can do with the comments on their tasks."""

from functools import partial

from errand import ids
from errand.clock import Clock
from errand.comments.model import COMMENTS_MAX, Comment
from errand.comments.repository import CommentRepository
from errand.comments.schemas import COMMENT_JSON
from errand.errors import InvalidInput, NotFound, PreconditionFailed
from errand.identity.caller import Caller
from errand.pages import Page, Pager
from errand.preconditions import ANY, Precondition
from errand.schemas import Draft
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit, repeated


class CommentService:
    """Of a task that is in the trash there are none until it is restored: it is not found."""

    def __init__(
        self, *, comments: CommentRepository, store: Store, pager: Pager, clock: Clock
    ) -> None:
        self._comments = comments
        self._store = store
        self._pager = pager
        self._clock = clock

    def create(
        self, *, caller: Caller, task_id: str, new: Draft, receipt: Receipt | None = None
    ) -> Comment:
        """Raises NotFound; InvalidInput if there are too many; AnsweredBefore."""
        self._check_task(caller, task_id)
        now = self._clock()
        if self._is_full(caller, task_id):
            check_unanswered(receipt, owner=caller.user_id, now=now)
            raise InvalidInput(f"A task has at most {COMMENTS_MAX} comments")
        comment = Comment.new(
            ids.new_id(), task_id, new.fields(), author_id=caller.user_id, now=now
        )
        unit = Unit()
        self._comments.add(unit, comment, user_id=caller.user_id)
        answer = COMMENT_JSON.one(comment)
        commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=now)
        self._store.commit(unit)
        return comment

    def keep(
        self, unit: Unit, *, caller: Caller, task_id: str, field: str, text: str
    ) -> str | None:
        """What a field of the task was: added to the unit. None if there are too many."""
        if self._is_full(caller, task_id):
            return None
        comment = Comment.new(
            ids.new_id(),
            task_id,
            {"text": text, "replaced": field},
            author_id=caller.user_id,
            now=self._clock(),
        )
        self._comments.add(unit, comment, user_id=caller.user_id)
        return comment.id

    def list(
        self, *, caller: Caller, task_id: str, ascending: bool, limit: int, cursor: str | None
    ) -> Page[Comment]:
        """Raises NotFound, InvalidCursor."""
        self._check_task(caller, task_id)
        read = partial(
            self._comments.slice, user_id=caller.user_id, task_id=task_id, ascending=ascending
        )
        view = f"comments|{caller.user_id}|{task_id}|{ascending}"
        return self._pager.page(read, view=view, limit=limit, cursor=cursor)

    def read(self, *, caller: Caller, task_id: str, comment_id: str) -> Comment:
        """Raises NotFound."""
        comment = None
        if ids.is_id(task_id) and ids.is_id(comment_id):
            comment = self._comments.read(
                user_id=caller.user_id, task_id=task_id, comment_id=comment_id
            )
        if comment is None:
            raise NotFound("Comment not found")
        return comment

    def update(
        self,
        *,
        caller: Caller,
        task_id: str,
        comment_id: str,
        update: Draft,
        expected: Precondition = ANY,
    ) -> Comment:
        """Raises NotFound, PreconditionFailed."""
        changes = update.changes()

        def change(old: Comment) -> Comment:
            new = old.changed(changes, now=self._clock())
            if new is not old:
                unit = Unit()
                self._comments.rewrite(unit, old, new, user_id=caller.user_id)
                self._store.commit(unit)
            return new

        return repeated(lambda: self._read_in(expected, caller, task_id, comment_id), change)

    def delete(
        self, *, caller: Caller, task_id: str, comment_id: str, expected: Precondition = ANY
    ) -> None:
        """Raises NotFound, PreconditionFailed."""

        def change(old: Comment) -> None:
            unit = Unit()
            self._comments.remove(unit, old, user_id=caller.user_id)
            self._store.commit(unit)

        repeated(lambda: self._read_in(expected, caller, task_id, comment_id), change)

    def _read_in(
        self, expected: Precondition, caller: Caller, task_id: str, comment_id: str
    ) -> Comment:
        comment = self.read(caller=caller, task_id=task_id, comment_id=comment_id)
        if not expected.holds(comment.version):
            raise PreconditionFailed
        return comment

    def _is_full(self, caller: Caller, task_id: str) -> bool:
        most = COMMENTS_MAX - 1
        return self._comments.has_more_than(most, user_id=caller.user_id, task_id=task_id)

    def _check_task(self, caller: Caller, task_id: str) -> None:
        """Raises NotFound."""
        is_id = ids.is_id(task_id)
        if not is_id or not self._comments.has_task(user_id=caller.user_id, task_id=task_id):
            raise NotFound("Task not found")
