"""Items of older shapes rewritten in today's, while the service runs: `make migrate`.

Each is rewritten on the condition that what is replaced is what was read: a lost race is tried
again with what is there then. How far it is, is kept beside what expires.
"""

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from errand.clock import Clock
from errand.codecs import Seconds
from errand.errors import MalformedRecord, NewerShape
from errand.fields import KEY, NOWHERE, kept, table_of
from errand.records import Item, load, shape_of
from errand.records import kept as attributes_of
from errand.storage.guarded import GuardedClient, GuardedTables, Refused
from errand.storage.kinds import KINDS, MIGRATION, Key, Kind, Table, record_of

PAGE = 100  # items
_ATTEMPTS = 5
_REMEMBERED_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """Of the migration of one kind to one shape. `after`: the key of the last item looked at."""

    shape: int = kept("to", shown=NOWHERE)
    after_pk: str = kept("ap", default="", shown=NOWHERE)
    after_sk: str = kept("as", default="", shown=NOWHERE)
    # Of this kind; what expires or is written meanwhile is in none of them, or in one.
    looked_at: int = kept("n", default=0, shown=NOWHERE)
    rewritten: int = kept("rw", default=0, shown=NOWHERE)
    malformed: int = kept("mf", default=0, shown=NOWHERE)
    newer: int = kept("nw", default=0, shown=NOWHERE)
    contended: int = kept("ct", default=0, shown=NOWHERE)
    is_done: bool = kept("dn", default=False, shown=NOWHERE)
    expires_at: Seconds = kept("expires_at", shown=NOWHERE)

    def counted(self, what: str | None) -> "Progress":
        """With one item more, which became `what`."""
        counters = ("looked_at", what) if what else ("looked_at",)
        more: dict[str, Any] = {name: getattr(self, name) + 1 for name in counters}
        return replace(self, **more)


class Pace:
    """At most so many units a second, over all that was spent."""

    def __init__(
        self,
        rate: float,
        *,
        now: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate, self._now, self._pause = rate, now, pause
        self._free_at = now()

    def spend(self, units: float) -> None:
        """Waits for as long as they take."""
        # Time in which nothing was spent is not saved up.
        self._free_at = max(self._free_at, self._now()) + units / self._rate
        wait = self._free_at - self._now()
        if wait > 0:
            self._pause(wait)


def migrations() -> list[Kind]:
    """The kinds that have had more than one shape."""
    return [kind for kind in KINDS if table_of(record_of(kind)).shape > 1]


class Migrator:
    """`names` of the tables in this deployment; `pace`: of read and write units.

    `scan`: of the same client, which that of no function can do.
    """

    def __init__(
        self,
        *,
        dynamodb: GuardedClient,
        scan: Callable[..., dict[str, Any]],
        names: Mapping[Table, str],
        clock: Clock,
        pace: Pace,
    ) -> None:
        self._dynamodb = dynamodb
        self._look = scan
        self._names = names
        self._clock = clock
        self._pace = pace
        self._tables = GuardedTables(dynamodb=dynamodb, names=names)

    def progress(self, kind: Kind) -> Progress | None:
        """None: it has not begun, or it is forgotten. Items tell by themselves what is left."""
        item = self._tables.get(MIGRATION, _place(kind))
        found = load(Progress, item) if item else None
        return found if found and found.shape == table_of(record_of(kind)).shape else None

    def run(self, kind: Kind, *, is_dry: bool = False, again: bool = False) -> Generator[Progress]:
        """After each page, until it is done: goes on where it was. Raises what botocore does."""
        known = None if is_dry or again else self.progress(kind)
        so_far = known if known and not known.is_done else self._new(kind)
        while not so_far.is_done:
            so_far = self._page(kind, so_far, is_dry=is_dry)
            if not is_dry:
                self._tables.put(MIGRATION, _place(kind), so_far)
            yield so_far

    def _new(self, kind: Kind) -> Progress:
        return Progress(
            shape=table_of(record_of(kind)).shape,
            expires_at=self._clock() // 1000 + _REMEMBERED_SECONDS,
        )

    def _page(self, kind: Kind, so_far: Progress, *, is_dry: bool) -> Progress:
        after = Key(so_far.after_pk, so_far.after_sk)
        start = {"pk": {"S": after.pk}, "sk": {"S": after.sk}}
        page = self._look(
            TableName=self._names[kind.table],
            ConsistentRead=True,
            Limit=PAGE,
            ReturnConsumedCapacity="TOTAL",
            **({"ExclusiveStartKey": start} if after.pk else {}),
        )
        self._pace.spend(_units(page))
        for item in page["Items"]:
            key = Key(item["pk"]["S"], item["sk"]["S"])
            if kind.is_at(key):
                so_far = so_far.counted(self._outcome(kind, key, item, is_dry=is_dry))
        last = page.get("LastEvaluatedKey")
        if last is None:
            return replace(so_far, is_done=True)
        return replace(so_far, after_pk=last["pk"]["S"], after_sk=last["sk"]["S"])

    def _outcome(self, kind: Kind, key: Key, item: Item, *, is_dry: bool) -> str | None:
        """A counter of Progress; None: there was nothing to do."""
        found: Item | None = item
        for _ in range(_ATTEMPTS):
            try:
                changes = _changes(kind, found) if found else {}
            except MalformedRecord:
                return "malformed"
            except NewerShape:
                return "newer"
            if not found or not changes:
                return None
            if is_dry:
                return "rewritten"
            try:
                answer = self._tables.exchange(kind, key, was=found, changes=changes)
            except Refused as refused:
                found = refused.item
            else:
                self._pace.spend(_units(answer))
                return "rewritten"
        return "contended"


def _place(kind: Kind) -> Key:
    return MIGRATION.key(kind.sort)


def _units(answer: Mapping[str, Any]) -> float:
    return float(answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0))


def _changes(kind: Kind, item: Item) -> dict[str, Any]:
    """Attribute to what it is in today's shape, None if it goes; nothing if it is in that.

    What the record's table does not know stays. Raises MalformedRecord, NewerShape.
    """
    record = record_of(kind)
    table = table_of(record)
    new = attributes_of(load(record, item))
    head = item[table.head]["M"] if table.head else {}
    if shape_of({**head, **item}, table) == table.shape:
        return {}
    # Of those with a default a record does not know what is stored: the mark of the last change.
    known = {one.stored for one in table.stored() if not (one.is_derived and one.default == "")}
    gone = {name: None for name in item if name in known and name not in new and name not in KEY}
    return gone | {name: value for name, value in new.items() if item.get(name) != value}
