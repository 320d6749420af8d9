"""The log of changes compared with the table: what it has missed, and how much there is of what.

Where nothing is missing the log is at what the table was when it was read, whoever writes
meanwhile: so what is counted in the table is what the last entry has to say.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from errand.codecs import Instant
from errand.history.changes import LOG_DAYS, Action, Change, Last
from errand.history.counts import Counted, Counts, counted
from errand.records import Item, load
from errand.storage.kinds import ACCOUNT, Key, Table, collection, kind_at, record_of

_REMEMBERED_MS = (LOG_DAYS - 1) * 24 * 3600 * 1000


class DynamoClient(Protocol):
    def query(self, **request: Any) -> dict[str, Any]: ...


class TooMuch(Exception):
    """There is more to be read than was asked for."""


@dataclass(frozen=True, slots=True)
class Missing:
    """`version`: of the record as it is; None: it is gone, or has none. `image`: what it is."""

    place: str
    version: int | None
    is_gone: bool
    image: Item = field(compare=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compared:
    """`last`: of the log when that was read, before the table; `counts`: of the table.

    `account`: the account itself, as if it were missing; None if there is none.
    """

    last: Last
    missing: frozenset[Missing]
    counts: Counts
    account: Missing | None = None


class Comparer:
    """`names` of the tables in this deployment."""

    def __init__(self, *, dynamodb: DynamoClient, names: Mapping[Table, str]) -> None:
        self._dynamodb = dynamodb
        self._names = names

    def compare(
        self,
        user_id: str,
        *,
        now: Instant,
        appended: Change | None = None,
        pages: int | None = None,
    ) -> Compared:
        """`appended`: what the log is to have next; `pages`: of 1 MB, to be read at most.

        Raises TooMuch, MalformedRecord.
        """
        reading = _Reading(self._dynamodb, collection(user_id), pages)
        # The log first: what is written in between is found to be missing, and is not later on.
        known: dict[str, tuple[int | None, bool]] = {}
        last = Last()
        for item in reading.items(self._names[Table.LOG]):
            entry = load(Change, item)
            last, known[entry.place] = Last.of(entry), _told(entry)
        if appended is not None:
            known[appended.place] = _told(appended)
        missing: set[Missing] = set()
        present: set[str] = set()
        counts: Counter[Counted] = Counter()
        account: Missing | None = None
        for item in reading.items(self._names[Table.DATA]):
            kind = kind_at(Key(item["pk"]["S"], item["sk"]["S"]))
            if not kind.logged_as:
                continue
            place = item["sk"]["S"]
            record: Any = load(record_of(kind), item)
            version: int | None = getattr(record, "version", None)
            counts.update(counted(item))
            present.add(place)
            is_told = known.get(place) == (version, False)
            as_it_is = Missing(place, version, is_gone=False, image=item)
            if kind is ACCOUNT:
                account = as_it_is
            if not is_told and _is_recent(record, now):
                missing.add(as_it_is)
        gone = {
            Missing(place, None, is_gone=True)
            for place, (_, is_gone) in known.items()
            if not is_gone and place not in present
        }
        return Compared(last, frozenset(missing | gone), dict(counts), account)


class _Reading:
    def __init__(self, dynamodb: DynamoClient, partition: str, pages: int | None) -> None:
        self._dynamodb = dynamodb
        self._partition = partition
        self._left = pages

    def items(self, table: str) -> Iterator[Item]:
        request: dict[str, Any] = {
            "TableName": table,
            "KeyConditionExpression": "pk = :partition",
            "ExpressionAttributeValues": {":partition": {"S": self._partition}},
            "ConsistentRead": True,
        }
        while True:
            if self._left == 0:
                raise TooMuch
            self._left = None if self._left is None else self._left - 1
            page = self._dynamodb.query(**request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _told(entry: Change) -> tuple[int | None, bool]:
    """The version of the record since, and whether it is gone."""
    return entry.version, entry.action is Action.DELETED


def _is_recent(record: Any, now: Instant) -> bool:
    """Of what has not changed for longer the log has nothing, as it should."""
    changed_at: int | None = getattr(record, "updated_at", None)
    return changed_at is None or now - changed_at < _REMEMBERED_MS
