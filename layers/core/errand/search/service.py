"""Searching one's tasks: the newest, as far as one read goes, as they are right now."""

from array import array
from collections.abc import Sequence
from dataclasses import replace
from heapq import nlargest

from errand import cursors
from errand.clock import Clock
from errand.errors import InvalidInput
from errand.identity.caller import Caller
from errand.keys import Keys
from errand.search.documents import Document, day_of
from errand.search.found import Found, Results
from errand.search.highlights import spans
from errand.search.looking import hits
from errand.search.ports import TasksOfSearch
from errand.search.query import InvalidQuery, Query, parse
from errand.search.segments import COMPLETED, ROW_END, Rows
from errand.tasks.lists import by_status
from errand.tasks.model import Task

# What DynamoDB reads at once, 1 MB, is less.
_TASKS_MAX = 10_000


class SearchService:
    def __init__(self, *, tasks: TasksOfSearch, ring: Keys, clock: Clock) -> None:
        self._tasks = tasks
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
        of = replace(by_status(completed, ascending=False), is_whole=False)
        read = self._tasks.slice(user_id=caller.user_id, of=of, after=after, limit=_TASKS_MAX)
        fitting = list(hits(_rows(read.items), query, today=day_of(self._clock())))
        # Of equals the newest, which came first.
        best = nlargest(limit, fitting, key=lambda hit: (hit.score, -hit.row))
        following = None
        if read.reached:
            following = cursors.seal(self._ring, position=read.reached, context=context)
        found = [_found(read.items[hit.row], hit.score, query) for hit in best]
        return Results(found, len(fitting), len(read.items), following)


def _rows(tasks: Sequence[Task]) -> Rows:
    documents = [
        Document.of(
            task.id,
            task.version,
            updated_at=task.updated_at,
            is_completed=task.is_completed,
            texts=_texts(task),
        )
        for task in tasks
    ]
    return Rows(
        array("H", (one.day for one in documents)),
        bytes(COMPLETED * one.is_completed for one in documents),
        "".join(one.row + ROW_END for one in documents).encode(),
    )


def _texts(task: Task) -> dict[str, str]:
    return {
        "title": task.title,
        "labels": " ".join(task.labels),
        "description": task.description or "",
    }


def _found(task: Task, score: float, query: Query) -> Found:
    shown = {"title": task.title, "description": task.description or ""}
    marks = [(name, span) for name, text in shown.items() for span in spans(text, query)]
    return Found(task, round(score, 3), marks)
