"""The log of changes in LogTable, which the API only reads."""

from collections.abc import Sequence
from typing import Protocol

from errand.cursors import Position
from errand.history.changes import Change, numbered, record_key
from errand.history.counts import Counts
from errand.pages import Slice
from errand.storage.kinds import CHANGE, Key, collection
from errand.storage.mapper import mapper
from errand.storage.operations import get_together
from errand.storage.ranges import BY_RECORD, Index, KeyRange, read

_CHANGES = mapper(CHANGE, Change)
# The table itself, as it was a moment ago, for half of the price.
_SOON = Index(is_local=False)
# Behind the last number that there can be.
_END = CHANGE.prefix + ":"


class LogRepository(Protocol):
    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Change]: ...

    def of_record(
        self, *, user_id: str, record_id: str, after: Position | None, limit: int
    ) -> Slice[Change]: ...

    def since(self, *, user_id: str, number: int, limit: int) -> Sequence[Change]: ...

    def head(self, *, user_id: str, behind: int) -> int | None: ...


class DynamoLog:
    """LogRepository."""

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Change]:
        """Of an account, the latest first."""
        keys = KeyRange(model=_CHANGES.model, partition=collection(user_id), prefix=CHANGE.prefix)
        found = read(keys, after=after, limit=limit)
        return Slice(_CHANGES.all(found.items), found.reached)

    def of_record(
        self, *, user_id: str, record_id: str, after: Position | None, limit: int
    ) -> Slice[Change]:
        """And of what belongs to it, the latest first; soon after they are in the log."""
        keys = KeyRange(
            model=_CHANGES.model, partition=record_key(user_id, record_id), index=BY_RECORD
        )
        found = read(keys, after=after, limit=limit)
        places = [Key(item["pk"]["S"], item["sk"]["S"]) for item in found.items]
        items = get_together(*((_CHANGES.model, place) for place in places)) if places else []
        # None for what has expired meanwhile.
        return Slice(_CHANGES.all([item for item in items if item]), found.reached)

    def counts(self, *, user_id: str) -> Counts | None:
        """As of the last entry, about a second ago; None if nobody has counted."""
        found = self.slice(user_id=user_id, after=None, limit=1).items
        return found[0].counts if found else None

    def head(self, *, user_id: str, behind: int) -> int | None:
        """The latest number; None if none is behind that one, which costs next to nothing."""
        keys = KeyRange(
            model=_CHANGES.model,
            partition=collection(user_id),
            between=(CHANGE.key(user_id, numbered(behind + 1)).sk, _END),
            index=_SOON,
        )
        found = read(keys, after=None, limit=1).items
        return int(found[0]["sk"]["S"].removeprefix(CHANGE.prefix)) if found else None

    def since(self, *, user_id: str, number: int, limit: int) -> Sequence[Change]:
        """In order, from that number on; less than `limit` only if there are no more."""
        keys = KeyRange(
            model=_CHANGES.model,
            partition=collection(user_id),
            between=(CHANGE.key(user_id, numbered(number)).sk, _END),
            ascending=True,
        )
        found = read(keys, after=None, limit=limit)
        changes = _CHANGES.all(found.items)
        while found.reached and len(changes) < limit:
            # A page of DynamoDB ends at 1 MB.
            found = read(keys, after=found.reached, limit=limit - len(changes))
            changes += _CHANGES.all(found.items)
        return changes
