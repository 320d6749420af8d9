"""The index of texts behind FakeDynamo, or behind any client: kept as its function keeps it."""

import json
from collections.abc import Sequence
from typing import Any

from errand.clock import Clock
from errand.comments.model import Comment
from errand.events.changes import event_of
from errand.history.changes import Change
from errand.records import load
from errand.search.documents import Document, merged
from errand.search.gathering import PAGE, Gatherer
from errand.search.keeping import IndexKeeper
from errand.search.segments import unpacked
from errand.search.store import IndexStore
from errand.search.texts import document
from errand.storage.kinds import COMMENT, SEARCH_INDEX, SEARCH_PIECE, TASK, Key, Kind, Table
from errand.tasks.model import Task
from errand_testkit.dynamo import TABLES, FakeDynamo
from errand_testkit.expressions import Item
from errand_testkit.log import Follower, unwatched
from index_tasks import Indexer

NAMES = {Table.DATA: TABLES[0], Table.EPHEMERAL: TABLES[2]}

type Record = dict[str, Any]


def index_store(client: Any) -> IndexStore:
    return IndexStore(dynamodb=client, names=NAMES, pause=lambda _: None)


def index_keeper(client: Any, *, clock: Clock = lambda: 0, page: int = PAGE) -> IndexKeeper:
    gatherer = Gatherer(dynamodb=client, names=NAMES, page=page)
    return IndexKeeper(store=index_store(client), gatherer=gatherer, clock=clock)


# Of the data table of a fake.
STREAM = "2026-11-22T08:00:00.000"


def told(entry: Item) -> Record | None:
    """An entry of the log, as the message of a queue that has its event."""
    change = load(Change, entry)
    event = event_of(change)
    if event is None:
        return None
    return {"messageId": event["id"], "body": json.dumps({"detail": event})}


def log_of(fake: FakeDynamo) -> list[Record]:
    """All events of the log of changes, in the order in which it was written."""
    return [message for entry in fake.all(TABLES[1]) if (message := told(entry))]


class IndexFollower:
    """What follows the log, which follows the stream of a fake."""

    def __init__(self, fake: FakeDynamo, *, size: int = 100) -> None:
        # Other functions, whose roles are not that of the API.
        self.fake = unwatched(fake)
        self._log = Follower(self.fake, size=size)
        self._size = size
        self.reached = 0
        self._indexer = Indexer(keeper=index_keeper(self.fake), stream=STREAM)

    def index(self, messages: Sequence[Record]) -> list[str]:
        return self._indexer.index(messages)

    def follow(self) -> None:
        """All that has changed by now."""
        self._log.follow()
        records = log_of(self.fake)
        while self.reached < len(records):
            batch = records[self.reached : self.reached + self._size]
            assert self.index(batch) == []
            self.reached += len(batch)


def of_kind(fake: FakeDynamo, kind: Kind, user_id: str, table: str = TABLES[0]) -> list[Item]:
    """Items of an account, in the order of their keys."""
    found = [item for item in fake.all(table) if item["pk"]["S"] == kind.key(user_id).pk]
    mine = [item for item in found if kind.is_at(Key(item["pk"]["S"], item["sk"]["S"]))]
    return sorted(mine, key=lambda item: str(item["sk"]["S"]))


def indexed(fake: FakeDynamo, user_id: str) -> dict[str, tuple[str, bool]]:
    """What the index of an account has: id of a task -> its row, whether it is completed."""
    store = index_store(fake)
    head = store.head(user_id)
    assert head is not None
    segments = [head.young, *(store.segment(user_id, one) for one in head.segments)]
    return _told(merged(*(unpacked(one) for one in segments)).values())


def recounted(fake: FakeDynamo, user_id: str) -> dict[str, tuple[str, bool]]:
    """What it should have: of all tasks as they are."""
    comments: dict[str, list[str]] = {}
    for item in of_kind(fake, COMMENT, user_id):
        comment = load(Comment, item)
        comments.setdefault(comment.task_id, []).insert(0, comment.text)
    tasks = [load(Task, item) for item in of_kind(fake, TASK, user_id)]
    return _told([document(task, 1, comments.get(task.id, [])) for task in tasks])


def pieces(fake: FakeDynamo, user_id: str) -> set[str]:
    """Sort keys of the pieces that are there."""
    return {item["sk"]["S"] for item in of_kind(fake, SEARCH_PIECE, user_id, TABLES[2])}


def has_index(fake: FakeDynamo, user_id: str) -> bool:
    return bool(of_kind(fake, SEARCH_INDEX, user_id, TABLES[2]))


def _told(documents: Any) -> dict[str, tuple[str, bool]]:
    found: dict[str, tuple[str, bool]] = {}
    for one in documents:
        assert isinstance(one, Document)
        if not one.is_gone:
            found[one.id] = one.row, one.is_completed
    return found
