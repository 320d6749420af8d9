"""How many tasks a whole list has: exactly, or not at all.

Sizes of most lists are kept with the log of changes; others are counted where that is one read.
"""

from dataclasses import replace

from errand.errors import InvalidInput
from errand.history.counts import KEYS, Counted, Counts
from errand.identity.caller import Caller
from errand.pages import Page
from errand.storage.ranges import PRIMARY
from errand.tasks.lists import TaskRange, completed_between, everything
from errand.tasks.model import Task
from errand.tasks.ports import CountsOfTasks
from errand.tasks.queries import ListQuery
from errand.tasks.repository import TaskRepository
from errand.tasks.service import TaskService

# Of what is open and of what is completed, each with its own counter.
_ALL = (Counted.OPEN, Counted.COMPLETED)
_DONE = completed_between(None, None, ascending=False).between


class CountedLists:
    """`lists`, whose pages tell how many tasks there are on all of them."""

    def __init__(self, *, lists: TaskService, tasks: TaskRepository, counts: CountsOfTasks) -> None:
        self._lists = lists
        self._tasks = tasks
        self._counts = counts

    def list(self, *, caller: Caller, query: ListQuery) -> Page[Task]:
        """Raises what the list does; InvalidInput if it has too much to be counted."""
        return self.explained(caller=caller, query=query)[0]

    def explained(self, *, caller: Caller, query: ListQuery) -> tuple[Page[Task], TaskRange]:
        page, of = self._lists.explained(caller=caller, query=query)
        is_whole = not (query.cursor or query.skip or page.cursor)
        total = len(page.items) if is_whole else self._total(caller.user_id, of)
        return replace(page, total=total), of

    def _total(self, user_id: str, of: TaskRange) -> int:
        kept = _kept(of)
        counts: Counts | None = self._counts.counts(user_id=user_id) if kept else None
        if counts is not None:
            return sum(counts.get(one, 0) for one in kept)
        total = self._tasks.count(user_id=user_id, of=of)
        if total is None:
            raise InvalidInput(
                "count: the list takes more than 1 MB to be counted; ask for fewer, or without it"
            )
        return total


def _kept(of: TaskRange) -> tuple[Counted, ...]:
    """The counters that its size is the sum of; none if that is kept by nobody."""
    if of.keeps is not everything:
        return ()
    if of.between is not None:
        return (Counted.DONE,) if of.between == _DONE else ()
    if of.index is PRIMARY:
        return _ALL
    place = (of.index.sort, of.prefix)
    return tuple(one for one, key in KEYS.items() if key == place)
