"""A search by the index of an account: the best of its rows, told by the tasks as they are.

Three round trips: the index together with the newest tasks; ids of the best rows; their tasks. The
index is some seconds late. So what has changed since, of the newest, is looked at as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from errand.at_once import at_once
from errand.search.asked import Asked, rows_of
from errand.search.best import Place, best
from errand.search.documents import FIELD_END, FIELDS
from errand.search.head import Head, Segment
from errand.search.looking import Hit, hits
from errand.search.query import Query
from errand.search.ranking import fit
from errand.search.repository import Newest, Opened, SearchRepository
from errand.search.segments import COMPLETED, Damaged, Packed, Rows, id_at, ids_of, rows
from errand.search.texts import document
from errand.tasks.model import Task

# Segments that are looked through at once: 100,000 tasks have fewer.
PLACES = 10
# Tasks that are read as they are.
NEWEST = 300
# What changed longer before the newest change that the index knows is in it. Clocks differ.
_MARGIN = 60_000
# To the second; of what changed later it has not heard.
_SECOND = 1_000
# More of the best than are asked for: some are rows of versions that are no more.
_SPARE_ROWS, _SPARE_TASKS = 5, 3
_TOGETHER = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """Tasks with their scores, the best first. `following`: the place that is to be looked at next.

    `count`: of all that fit; `looked_at`: rows, and what is newer than the index.
    """

    best: Sequence[tuple[Task, float]]
    count: int
    looked_at: int
    following: int | None


@dataclass(frozen=True, slots=True)
class Looked:
    """What of the index was looked through, and which rows of it are the best."""

    segments: Sequence[tuple[Packed | Segment, Rows]]
    places: Sequence[Place]
    count: int

    def row(self, place: Place) -> str:
        text = self.segments[place.segment][1].text
        return text[place.hit.start : place.hit.end].decode()


class IndexSearch:
    """`epoch`: of the table that an index has to tell of."""

    def __init__(
        self,
        repository: SearchRepository,
        *,
        epoch: str,
        places: int = PLACES,
        newest: int = NEWEST,
    ) -> None:
        self._repository = repository
        self._epoch = epoch
        self._places = places
        self._newest = newest

    def search(self, asked: Asked, *, first: int) -> Outcome | None:
        """From a place of segments on; None if there is no index of all tasks."""
        for _ in range(2):
            try:
                return self._search(asked, first)
            except Damaged:
                # A segment was replaced between two reads, which takes a moment.
                continue
        return None

    def _search(self, asked: Asked, first: int) -> Outcome | None:
        opened, newest = self._opened(asked, first)
        head = opened.head
        if head is None or not head.is_complete or head.stream != self._epoch:
            return None
        query = asked.query.with_labels(opened.labels)
        places = range(first, first + self._places)
        looked = _looked(opened, head, asked, query, places)
        found = self._rows_by_task(asked.user_id, looked)
        recent = {one.task.id: one for one in newest if one.task.updated_at > head.at - _MARGIN}
        known = {one.task.id: one.task for one in newest if not one.is_cut}
        examined = [*found][: asked.limit + _SPARE_TASKS]
        wanted = [one for one in (*examined, *recent) if one not in known][:_TOGETHER]
        talked_about = [one for one in examined if _is_by_comments(found[one], query)]
        tasks, *comments = at_once(
            partial(self._repository.tasks, user_id=asked.user_id, task_ids=wanted),
            *(
                partial(self._repository.comments, user_id=asked.user_id, task_id=one)
                for one in talked_about[: asked.limit]
            ),
        )
        known |= {task.id: task for task in tasks}
        said = dict(zip(talked_about, comments, strict=False))
        judged = [known[one] for one in {*examined, *recent} if one in known]
        fitting = _fitting(judged, said, asked, query)
        dropped = (
            len(looked.places) - len(found) + len({*examined} - {one.id for one, _ in fitting})
        )
        heard = head.at + _SECOND
        added = sum(one.id not in found and one.updated_at >= heard for one, _ in fitting)
        new = sum(one.task.created_at >= heard for one in recent.values())
        beyond = [one for one in head.segments if one.place >= places.stop]
        return Outcome(
            [(opened.named(task), score) for task, score in fitting[: asked.limit]],
            max(looked.count - dropped + added, len(fitting)),
            _rows_of(looked, asked) + new,
            places.stop if beyond else None,
        )

    def _opened(self, asked: Asked, first: int) -> tuple[Opened, Sequence[Newest]]:
        places = range(first, first + self._places)
        opened = partial(self._repository.opened, user_id=asked.user_id, places=places)
        if first:
            return opened(), ()
        newest = partial(
            self._repository.newest,
            user_id=asked.user_id,
            completed=bool(asked.completed),
            limit=self._newest,
        )
        index, tasks = at_once(opened, newest)
        return index, tasks

    def _rows_by_task(self, user_id: str, looked: Looked) -> Mapping[str, str]:
        """Ids to rows, the best first; of several rows of a task the youngest. Raises Damaged."""
        at = [(looked.segments[one.segment][0], *id_at(one.hit.row)) for one in looked.places]
        blocks = {(one.stamp, block) for one, block, _ in at if isinstance(one, Segment)}
        ids = self._repository.ids(user_id=user_id, blocks=[*blocks])
        found: dict[str, tuple[int, str]] = {}
        for (segment, block, row), place in zip(at, looked.places, strict=True):
            if isinstance(segment, Segment):
                task_id = ids[segment.stamp, block][row]
            else:
                task_id = ids_of(segment.ids[block])[row]
            known = found.get(task_id)
            if known is None or place.segment < known[0]:
                found[task_id] = place.segment, looked.row(place)
        return {task_id: text for task_id, (_, text) in found.items()}


def _looked(opened: Opened, head: Head, asked: Asked, query: Query, places: range) -> Looked:
    """Raises Damaged if texts are not those that the head names."""
    segments: list[tuple[Packed | Segment, Rows]] = []
    if not places.start and head.young.rows:
        segments.append((head.young, rows(head.young.texts)))
    for told in head.segments:
        if told.place in places:
            piece = opened.texts.get(told.place)
            if piece is None or piece.stamp != told.stamp:
                raise Damaged("The texts are of another segment")
            segments.append((told, rows(piece.content)))
    looked_through = (one for _, one in segments)
    most = asked.limit + _SPARE_ROWS
    found = best(looked_through, query, today=asked.today, most=most, completed=asked.completed)
    return Looked(segments, found.places, found.count)


def _rows_of(looked: Looked, asked: Asked) -> int:
    """How many there are of tasks in the state that is asked for."""
    states = [state for state in (0, COMPLETED) if asked.completed in {None, bool(state)}]
    return sum(one.states.count(state) for _, one in looked.segments for state in states)


def _is_by_comments(row: str, query: Query) -> bool:
    """Whether it only fits by what is said of the task, which may be said no more."""
    fields = row.split(FIELD_END)
    if len(fields) < len(FIELDS):
        return False
    text = FIELD_END.join(fields[:-1]).encode()
    return not fit(text, query, 0, len(text))


def _fitting(
    tasks: Sequence[Task], said: Mapping[str, Sequence[str]], asked: Asked, query: Query
) -> list[tuple[Task, float]]:
    """The best first, of equals the newest."""
    ordered = sorted(tasks, key=lambda task: task.id, reverse=True)
    looked_at = rows_of([document(task, 0, said.get(task.id, ())) for task in ordered])
    found: list[Hit] = sorted(
        hits(looked_at, query, today=asked.today, completed=asked.completed),
        key=lambda hit: (-hit.score, hit.row),
    )
    return [(ordered[hit.row], hit.score) for hit in found]
