"""The index of an account is kept as its tasks change, and made anew.

What has changed is read as it is now. So it does not matter in which order changes are told, or how
often; and of two who keep an index at once one is overtaken and looks again. An index that does not
have all tasks yet grows by a page of them with each change, until it has.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import chain

from errand.clock import Clock
from errand.codecs import Instant
from errand.errors import Contended, Overtaken
from errand.ids import new_id
from errand.search.documents import Document
from errand.search.gathering import Gatherer
from errand.search.growing import Growth, grown
from errand.search.head import Head
from errand.search.segments import Damaged
from errand.search.store import IndexStore

_ATTEMPTS = 8
# Segments that are dropped in one transaction, which takes 100 writes.
_DROPPED = 50


class IndexKeeper:
    def __init__(self, *, store: IndexStore, gatherer: Gatherer, clock: Clock) -> None:
        self._store = store
        self._gatherer = gatherer
        self._clock = clock

    def has_account(self, user_id: str) -> bool:
        return self._gatherer.has_account(user_id)

    def keep(self, user_id: str, task_ids: Collection[str], *, stream: str, at: Instant) -> bool:
        """With these tasks as they are now; `at`: when they changed. Whether it has all now.

        What is left of an account that was deleted is purged, no sooner than a minute later, and no
        more to be searched.

        Raises Contended, StorageUnavailable, MalformedRecord, and what botocore does.
        """
        for _ in range(_ATTEMPTS):
            if not self.has_account(user_id):
                return True
            head = self._store.head(user_id)
            if head is None or (stream and head.stream != stream):
                head = self._begun(user_id, head, stream=stream, at=at)
            try:
                growth = self._grown(user_id, head, task_ids, at=at)
                self._store.commit(user_id, growth)
            except Damaged:
                self._restart(user_id, head)
            except Overtaken:
                continue
            else:
                return growth.head.is_complete
        raise Contended

    def rebuild(self, user_id: str, *, stream: str) -> int:
        """Anew of all tasks, page by page. How many rows it has. Raises as `keep` does."""
        begun, now = new_id(), self._clock()
        head = self._store.head(user_id)
        if head is not None:
            self._restart(user_id, head)
        while not self.keep(user_id, (), stream=stream, at=now):
            pass
        self._store.tidy(user_id, before=begun)
        made = self._store.head(user_id)
        return sum(size.rows for size in made.sizes) if made else 0

    def _begun(self, user_id: str, head: Head | None, *, stream: str, at: Instant) -> Head:
        """A new one, in place of one that tells of another table."""
        if head is None:
            return Head.empty(stream=stream, at=at)
        version = self._restart(user_id, head)
        return Head.empty(stream=stream, at=at, version=version)

    def _grown(self, user_id: str, head: Head, task_ids: Collection[str], *, at: Instant) -> Growth:
        version = head.version + 1
        changed: Iterator[Document] = self._gatherer.documents(user_id, task_ids, version, at=at)
        page: Collection[Document] = ()
        reached = head.reached
        if reached is not None:
            # Before what has changed is read, which holds.
            page, reached = self._gatherer.page(user_id, reached, version)
        growth = grown(
            replace(head, at=max(head.at, at)),
            chain(changed, page),
            read=lambda told: self._store.segment(user_id, told),
            new_stamp=new_id,
        )
        return replace(growth, head=replace(growth.head, reached=reached))

    def _restart(self, user_id: str, head: Head) -> int:
        """It has nothing, and its tasks are to be read again. The version that it is in then."""
        while True:
            left, dropped = head.segments[:-_DROPPED], head.segments[-_DROPPED:]
            empty = Head.empty(stream=head.stream, at=head.at, version=head.version + 1)
            head = replace(empty, segments=left)
            try:
                self._store.commit(user_id, Growth(head, old=dropped))
            except Overtaken:
                found = self._store.head(user_id)
                if found is None:
                    return 0
                head = found
                continue
            if not left:
                return head.version
