"""What the log of changes has missed, found by comparing it with the table, and told by it then.

A change is lost to the log if its writer was away for a day, or if it was put aside: after that a
record is in another version than its last entry says, or the one is there without the other.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from errand.clock import Clock
from errand.fields import table_of
from errand.history.changes import LOG_DAYS, Action, Change
from errand.history.recording import ChangeLog, DynamoClient, besides
from errand.identity.accounts.model import LISTED_AS
from errand.records import Item, flat, load
from errand.storage.kinds import Key, Table, collection, kind_at, record_of

# What is on its way through the stream arrives meanwhile.
PAUSE_SECONDS = 5.0
_REMEMBERED_MS = (LOG_DAYS - 1) * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Missing:
    """`version`: of the record as it is; None: it is gone, or has none. `image`: what it is."""

    place: str
    version: int | None
    is_gone: bool
    image: Item = field(compare=False, default_factory=dict)


class Reconciler:
    """`names` of the tables in this deployment."""

    def __init__(
        self,
        *,
        dynamodb: DynamoClient,
        names: Mapping[Table, str],
        clock: Clock,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._dynamodb = dynamodb
        self._names = names
        self._clock = clock
        self._pause = pause
        self._log = ChangeLog(dynamodb=dynamodb, names=names)

    def accounts(self) -> Iterator[str]:
        """The ids of all."""
        keys = "ak = :partition"
        for item in self._items(Table.DATA, keys, LISTED_AS, IndexName="accounts"):
            yield item["pk"]["S"].partition("#")[2]

    def reconcile(self, user_id: str) -> int:
        """How many entries an account's log has been given."""
        missing = self._missing(user_id)
        if missing:
            self._pause(PAUSE_SECONDS)
            missing &= self._missing(user_id)
        for one in sorted(missing, key=lambda one: one.place):
            self._log.append(self._entry(user_id, one))
        return len(missing)

    def _missing(self, user_id: str) -> set[Missing]:
        # The log first: what is written in between is found to be missing, and is not later on.
        known = self._known(user_id)
        present = {item["sk"]["S"]: item for item in self._logged(user_id)}
        changed = {
            Missing(place, version, is_gone=False, image=item)
            for place, item in present.items()
            if self._is_recent(item)
            for version in [self._version(item)]
            if place not in known or known[place] != (version, False)
        }
        gone = {
            Missing(place, None, is_gone=True)
            for place, (_, is_gone) in known.items()
            if not is_gone and place not in present
        }
        return changed | gone

    def _known(self, user_id: str) -> dict[str, tuple[int | None, bool]]:
        """Place to the version that its last entry tells, and whether it is gone by that."""
        found = {}
        for item in self._items(Table.LOG, "pk = :partition", collection(user_id)):
            entry = load(Change, item)
            found[entry.place] = entry.version, entry.action is Action.DELETED
        return found

    def _logged(self, user_id: str) -> Iterator[Item]:
        for item in self._items(Table.DATA, "pk = :partition", collection(user_id)):
            if kind_at(Key(item["pk"]["S"], item["sk"]["S"])).logged_as:
                yield item

    def _items(self, table: Table, keys: str, partition: str, **more: Any) -> Iterator[Item]:
        request: dict[str, Any] = {
            "TableName": self._names[table],
            "KeyConditionExpression": keys,
            "ExpressionAttributeValues": {":partition": {"S": partition}},
            "ConsistentRead": not more,
            **more,
        }
        while True:
            page = self._dynamodb.query(**request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _version(self, item: Item) -> int | None:
        version: int | None = getattr(_record(item), "version", None)
        return version

    def _is_recent(self, item: Item) -> bool:
        """Of what has not changed for longer the log has nothing, as it should."""
        changed_at: int | None = getattr(_record(item), "updated_at", None)
        return changed_at is None or self._clock() - changed_at < _REMEMBERED_MS

    def _entry(self, user_id: str, one: Missing) -> Change:
        """It says that something changed; what it was, nobody knows any more."""
        return Change(
            number=0,
            user_id=user_id,
            at=self._clock() // 1000 * 1000,
            action=Action.DELETED if one.is_gone else Action.UPDATED,
            place=one.place,
            version=one.version,
            before={},
            after=None if one.is_gone else {},
            besides=_besides(user_id, one),
            # It comes from none.
            stream="",
            sequence="0",
        )


def _besides(user_id: str, one: Missing) -> dict[str, Any] | None:
    kind = kind_at(Key(collection(user_id), one.place))
    table = table_of(record_of(kind))
    if not kind.is_streamed or not one.image:
        return {} if kind.is_streamed else None
    return besides(table, flat(one.image, table.head))


def _record(item: Item) -> Any:
    kind = kind_at(Key(item["pk"]["S"], item["sk"]["S"]))
    return load(record_of(kind), item)
