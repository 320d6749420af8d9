"""What a search reads: the index, tasks as they are, and comments on them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from errand.comments.model import Comment
from errand.labels.model import LabelSet
from errand.records import load
from errand.search.head import Head, Piece, block_of, texts_at
from errand.search.segments import Damaged, ids_of
from errand.search.texts import COMMENTS_MAX
from errand.storage.kinds import COMMENT, LABELS, SEARCH_INDEX, SEARCH_PIECE, TASK, collection
from errand.storage.mapper import mapper
from errand.storage.operations import get_together
from errand.storage.ranges import KeyRange, read
from errand.storage.tables import BASES
from errand.tasks.lists import by_status
from errand.tasks.model import Task

_TASKS = mapper(TASK, Task)
_LABELS = mapper(LABELS, LabelSet)
_COMMENTS = mapper(COMMENT, Comment)
_INDEX = BASES[SEARCH_INDEX.table]
# Of a block of ids, and its number.
type Block = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Opened:
    """`texts`: the pieces by their places; `labels`: the names of all, by their ids."""

    head: Head | None
    texts: Mapping[int, Piece]
    labels: Mapping[str, str]

    def named(self, task: Task) -> Task:
        names = (self.labels.get(one) for one in task.label_ids)
        return replace(task, labels=tuple(name for name in names if name is not None))


@dataclass(frozen=True, slots=True)
class Newest:
    """An open task, or a completed one; `is_cut`: it has a text that the view does not tell."""

    task: Task
    is_cut: bool


class SearchRepository:
    """One round trip for each call. Raises MalformedRecord for what our functions do not write."""

    def opened(self, *, user_id: str, places: Sequence[int]) -> Opened:
        """Segments have places that can be guessed, so that their texts come with the head."""
        keys = [SEARCH_PIECE.key(user_id, *texts_at(place)) for place in places]
        head, labels, *pieces = get_together(
            (_INDEX, SEARCH_INDEX.key(user_id)),
            (_LABELS.model, LABELS.key(user_id)),
            *((_INDEX, key) for key in keys),
            eventually=(_INDEX,),
        )
        known = _LABELS.of(labels).labels if labels else ()
        return Opened(
            load(Head, head) if head else None,
            {at: load(Piece, one) for at, one in zip(places, pieces, strict=True) if one},
            {label.id: label.name for label in known},
        )

    def ids(self, *, user_id: str, blocks: Collection[Block]) -> Mapping[Block, Sequence[str]]:
        """Raises Damaged if one is not there any more."""
        if not blocks:
            return {}
        keys = [SEARCH_PIECE.key(user_id, *block_of(*block)) for block in blocks]
        found = get_together(*((_INDEX, key) for key in keys), eventually=(_INDEX,))
        pieces = dict(zip(blocks, found, strict=True))
        if None in pieces.values():
            raise Damaged("Its segment has been replaced")
        return {block: ids_of(load(Piece, one).content) for block, one in pieces.items() if one}

    def newest(self, *, user_id: str, completed: bool, limit: int) -> Sequence[Newest]:
        """As they are right now, without the names of their labels."""
        of = by_status(completed, ascending=False)
        keys = KeyRange(
            model=_TASKS.model, partition=collection(user_id), prefix=of.prefix, index=of.index
        )
        items = read(keys, after=None, limit=limit).items
        cut = map(_TASKS.is_cut, items)
        return [Newest(*one) for one in zip(_TASKS.all(items), cut, strict=True)]

    def tasks(self, *, user_id: str, task_ids: Iterable[str]) -> Sequence[Task]:
        """Those of at most 100 that there are, as they are right now."""
        keys = [(_TASKS.model, TASK.key(user_id, task_id)) for task_id in task_ids]
        return _TASKS.all([item for item in get_together(*keys) if item]) if keys else []

    def comments(self, *, user_id: str, task_id: str) -> Sequence[str]:
        """The newest, as far as they are searched."""
        keys = KeyRange(
            model=_COMMENTS.model,
            partition=collection(user_id),
            prefix=f"{COMMENT.prefix}{task_id}#",
        )
        return [one.text for one in _COMMENTS.all(read(keys, after=None, limit=COMMENTS_MAX).items)]
