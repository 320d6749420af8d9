"""What a client needs to keep a copy: everything at first, then what has changed since.

The log numbers an account's changes without a gap, and a cursor is a place in it: no clock has a
say in what comes behind. The place is taken before anything is read, and each record is told as it
is when it is read, which is never older than the entry that led to it: what changes meanwhile comes
once more, and nothing is missed.
"""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

from errand import cursors
from errand.clock import Clock
from errand.cursors import Position
from errand.errors import CursorExpired
from errand.fields import Shown
from errand.history.changes import Change, id_of
from errand.identity.caller import Caller
from errand.identity.scopes import Scope
from errand.keys import Keys
from errand.pages import Slice
from errand.records import show
from errand.storage.kinds import ACCOUNT, TASK, Key, Kind, collection, kind_at, logged
from errand.sync.places import Place
from errand.sync.ports import LogOfSync, TasksOfSync
from errand.sync.repository import RecordRepository
from errand.tasks.lists import by_status
from errand.tasks.model import Task

_OPEN, _COMPLETED = "open", "completed"

type Synced = dict[str, Any]


class SyncService:
    """`epoch`: which history of the table the log tells, since it was made or restored."""

    def __init__(
        self,
        *,
        log: LogOfSync,
        records: RecordRepository,
        tasks: TasksOfSync,
        ring: Keys,
        clock: Clock,
        epoch: str,
    ) -> None:
        self._log = log
        self._records = records
        self._tasks = tasks
        self._ring = ring
        self._clock = clock
        self._epoch = epoch

    def page(self, *, caller: Caller, cursor: str | None, limit: int) -> dict[str, Any]:
        """As SyncPage has it. Raises InvalidCursor, CursorExpired."""
        context = f"sync|{caller.user_id}"
        epoch = self._epoch_of(caller)
        if cursor is None:
            place = Place.at(self._last(caller), epoch=epoch, phase=_OPEN)
        else:
            place = Place.of(cursors.unseal(self._ring, cursor=cursor, context=context))
            if place.epoch != epoch or place.is_old(self._clock()):
                raise CursorExpired
        step = self._since if place.phase is None else self._everything
        changes, place, more = step(caller, place, limit)
        sealed = cursors.seal(self._ring, position=place.sealed(self._clock()), context=context)
        return {"changes": changes, "cursor": sealed, "more": more}

    def _epoch_of(self, caller: Caller) -> str:
        """Also of which kinds are told: of one more, those that there were have not been."""
        kinds = ",".join(kind.sort for kind in _told_to(caller))
        return f"{self._epoch}/{crc32(kinds.encode()):x}"

    def _last(self, caller: Caller) -> Change | None:
        found = self._log.slice(user_id=caller.user_id, after=None, limit=1).items
        return found[0] if found else None

    def _everything(
        self, caller: Caller, place: Place, limit: int
    ) -> tuple[list[Synced], Place, bool]:
        """Open tasks, then what is not a task, then completed ones."""
        others = [kind for kind in _told_to(caller) if kind is not TASK]
        phases = [_OPEN, *(str(kind.logged_as) for kind in others), _COMPLETED]
        if place.phase not in phases:
            raise CursorExpired
        changes: list[Synced] = []
        for phase in phases[phases.index(place.phase) :]:
            after = place.after if phase == place.phase else None
            kind = next((one for one in others if one.logged_as == phase), TASK)
            found = self._read(caller, kind, phase, after, limit - len(changes))
            changes += (_told(kind, at, record) for at, record in found.items)
            if found.reached or len(changes) >= limit:
                # Where it ended just here the next page begins with the end of this phase.
                reached = found.reached
                following = phases[phases.index(phase) + 1 :]
                if reached is None and not following:
                    break
                ahead = phase if reached else following[0]
                return changes, place.going_on(ahead, reached), True
        return changes, place.done(), self._has_more(caller, place)

    def _read(
        self, caller: Caller, kind: Kind, phase: str, after: Position | None, limit: int
    ) -> Slice[tuple[str, Any]]:
        if kind is not TASK:
            read = self._records.slice(kind, user_id=caller.user_id, after=after, limit=limit)
            at = [place for place, _ in read.items]
            records = self._named(caller, [record for _, record in read.items])
            return Slice(list(zip(at, records, strict=True)), read.reached)
        of = by_status(phase == _COMPLETED, ascending=False)
        found = self._tasks.slice(user_id=caller.user_id, of=of, after=after, limit=limit)
        places = [(TASK.key(caller.user_id, task.id).sk, task) for task in found.items]
        return Slice(places, found.reached)

    def _named(self, caller: Caller, records: Sequence[Any | None]) -> Sequence[Any | None]:
        """Tasks, also those of the trash and completed ones, with the names of their labels."""
        tasks = [record for record in records if isinstance(record, Task)]
        named = iter(self._tasks.named(tasks, user_id=caller.user_id))
        return [next(named) if isinstance(record, Task) else record for record in records]

    def _has_more(self, caller: Caller, place: Place) -> bool:
        """Whether something has changed while everything was read."""
        return len(self._behind(caller, place, 1)) > 0

    def _since(self, caller: Caller, place: Place, limit: int) -> tuple[list[Synced], Place, bool]:
        behind = self._behind(caller, place, limit + 1)
        entries = behind[:limit]
        told = dict.fromkeys(_told_to(caller))
        # Of several changes of one record the last has its place: it is told as it is now.
        latest = {entry.place: entry for entry in entries if _kind_of(entry) in told}
        places = sorted(latest, key=lambda at: latest[at].number)
        records = self._named(caller, self._records.present(user_id=caller.user_id, places=places))
        changes = [
            _told(kind_at(Key(collection(caller.user_id), at)), at, record)
            for at, record in zip(places, records, strict=True)
        ]
        if entries:
            place = place.behind(entries[-1])
        return changes, place, len(behind) > limit

    def _behind(self, caller: Caller, place: Place, limit: int) -> Sequence[Change]:
        """At most `limit` entries. Raises CursorExpired if one is missing, or is another one."""
        entries = self._log.since(
            user_id=caller.user_id, number=max(place.number, 1), limit=limit + bool(place.number)
        )
        if place.number:
            first = entries[0] if entries else None
            if first is None or not place.is_that_of(first):
                raise CursorExpired
            entries = entries[1:]
        numbers = [entry.number for entry in entries]
        if numbers != [*range(place.number + 1, place.number + 1 + len(entries))]:
            raise CursorExpired
        return entries


def _told_to(caller: Caller) -> list[Kind]:
    """What an account has is not for a token that may read tasks alone."""
    may_read_account = Scope.ACCOUNT_READ in caller.scopes
    return [kind for kind in logged() if kind is not ACCOUNT or may_read_account]


def _kind_of(entry: Change) -> Kind | None:
    try:
        return kind_at(Key(collection(entry.user_id), entry.place))
    except LookupError:
        # Of a later version of this code, by which it was written.
        return None


def _told(kind: Kind, at: str, record: Any | None) -> Synced:
    """`at`: the sort key; `record`: None if it is there no more."""
    value = None if record is None else show(record, Shown.API)
    record_id = id_of(at) or (value or {}).get("id", kind.logged_as)
    return {
        "kind": kind.logged_as,
        "id": record_id,
        "deleted": record is None,
        "value": value,
    }
