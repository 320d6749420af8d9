"""Searching one's tasks: by their index, or the newest, as far as one read goes, as they are."""

from collections.abc import Sequence
from dataclasses import replace
from heapq import nlargest

from errand import cursors
from errand.clock import Clock
from errand.cursors import Position
from errand.errors import InvalidInput
from errand.identity.caller import Caller
from errand.keys import Keys
from errand.search.asked import Asked, rows_of
from errand.search.documents import Document, day_of
from errand.search.found import Found, Results
from errand.search.highlights import spans
from errand.search.indexed import IndexSearch
from errand.search.looking import hits
from errand.search.ports import TasksOfSearch
from errand.search.query import InvalidQuery, Query, parse
from errand.tasks.lists import by_status
from errand.tasks.model import Task

# What DynamoDB reads at once, 1 MB, is less.
_TASKS_MAX = 10_000
# In a cursor: the place of segments at which to go on.
_PLACE = "place"


class SearchService:
    def __init__(
        self, *, tasks: TasksOfSearch, index: IndexSearch, ring: Keys, clock: Clock
    ) -> None:
        self._tasks = tasks
        self._index = index
        self._ring = ring
        self._clock = clock

    def search(
        self,
        *,
        caller: Caller,
        text: str,
        completed: bool | None,
        limit: int,
        cursor: str | None,
    ) -> Results:
        """`completed`: None for either. Raises InvalidInput, InvalidCursor."""
        try:
            query = parse(text)
        except InvalidQuery as wrong:
            raise InvalidInput(str(wrong)) from None
        context = f"search|{caller.user_id}|{completed}|{text}"
        after = cursors.unseal(self._ring, cursor=cursor, context=context) if cursor else None
        asked = Asked(caller.user_id, query, completed, limit, day_of(self._clock()))
        if after is None or _PLACE in after:
            found = self._index.search(asked, first=int(after[_PLACE]) if after else 0)
            if found is not None:
                best = [_found(task, score, query) for task, score in found.best]
                position = None if found.following is None else {_PLACE: str(found.following)}
                following = self._cursor(position, context)
                return Results(best, found.count, found.looked_at, following)
            # It is being made anew.
            after = None
        return self._read(asked, after, context)

    def _read(self, asked: Asked, after: Position | None, context: str) -> Results:
        """Without an index."""
        of = replace(by_status(asked.completed, ascending=False), is_whole=False)
        read = self._tasks.slice(user_id=asked.user_id, of=of, after=after, limit=_TASKS_MAX)
        looked_at = rows_of([_document(task) for task in read.items])
        fitting = list(hits(looked_at, asked.query, today=asked.today))
        # Of equals the newest, which came first.
        best = nlargest(asked.limit, fitting, key=lambda hit: (hit.score, -hit.row))
        tasks = self._whole([read.items[hit.row] for hit in best], asked)
        found = [
            _found(task, hit.score, asked.query) for task, hit in zip(tasks, best, strict=True)
        ]
        following = self._cursor(read.reached, context)
        return Results(found, len(fitting), len(read.items), following)

    def _whole(self, tasks: Sequence[Task], asked: Asked) -> Sequence[Task]:
        """With the long texts that views by status do not tell."""
        if asked.completed is None or not tasks:
            return tasks
        ids = [task.id for task in tasks]
        told = {one.id: one for one in self._tasks.several(user_id=asked.user_id, task_ids=ids)}
        return [replace(told.get(task.id, task), labels=task.labels) for task in tasks]

    def _cursor(self, position: Position | None, context: str) -> str | None:
        if position is None:
            return None
        return cursors.seal(self._ring, position=position, context=context)


def _document(task: Task) -> Document:
    texts = {
        "title": task.title,
        "labels": " ".join(task.labels),
        "description": task.description or "",
    }
    return Document.of(
        task.id,
        task.version,
        updated_at=task.updated_at,
        is_completed=task.is_completed,
        texts=texts,
    )


def _found(task: Task, score: float, query: Query) -> Found:
    shown: Sequence[tuple[str, str]] = (
        ("title", task.title),
        ("description", task.description or ""),
    )
    marks = [(name, span) for name, text in shown for span in spans(text, query)]
    return Found(task, round(score, 3), marks)
