"""DataTable's stream -> the log of changes: each account's in order, numbered without a gap.

Whoever appends takes the next number on the condition that nobody has: of two who read the stream
at once one finds it taken, looks again, and sees what has been appended. Nothing is appended twice:
changes of an account come in the order of their sequence numbers (an item collection of a table
with local secondary indexes is in one shard), so that of the last entry tells what is new. For the
same reason what is counted is exact: each entry has what the one before has, and its own change.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from botocore.exceptions import ClientError

from errand.acting import ATTRIBUTE, Actor
from errand.aws import FAILED_CONDITION
from errand.config import epoch_of
from errand.errors import Contended, MalformedRecord, Overtaken
from errand.fields import Column, Shown, table_of
from errand.fields import Table as Fields
from errand.history.changes import Action, Change, Last, numbered
from errand.history.comparing import Comparer, TooMuch
from errand.history.counts import NOTHING, Counts, plus
from errand.messages import member
from errand.records import LONG_MARK, Item, flat, kept, load
from errand.storage.kinds import (
    ACCOUNT,
    CHANGE,
    TASK,
    Key,
    Kind,
    Table,
    attributes,
    collection,
    kind_at,
    record_of,
)
from errand.storage.room import no_room
from errand.streams import images, key_of, sequence_number, time_of

_ATTEMPTS = 5
# Accounts whose last entry is remembered.
_REMEMBERED = 10_000
# Without counts it is tried with one in so many changes to count anew, in so many pages of 1 MB:
# all others wait meanwhile. What has more is left to `make reconcile`.
_RECOUNTED_EVERY = 64
_RECOUNTED_PAGES = 10
# Of these an entry has what is better told: its version, and when it was made.
_TOLD = frozenset({"version", "updated_at"})


class DynamoClient(Protocol):
    def put_item(self, **request: Any) -> dict[str, Any]: ...
    def query(self, **request: Any) -> dict[str, Any]: ...


def change_of(record: object, shapes: Callable[[Kind], type[Any]] = record_of) -> Change | None:
    """Without a number yet. None if no field that the API shows has changed.

    `shapes`: kind of item to its record. Raises MalformedRecord for what our tables do not write.
    """
    key = key_of(record)
    kind = _kind(key)
    if kind is None:
        return None
    shape = shapes(kind)
    table = table_of(shape)
    old, new = (_checked(shape, image) for image in images(record))
    columns = [column for column in table.kept() if column.shown & (Shown.API | Shown.HISTORY)]
    changed = [one for one in columns if _of(one, old) != _of(one, new)]
    if not changed:
        return None
    logged = [one for one in changed if one.shown & Shown.HISTORY and one.name not in _TOLD]
    sequence = sequence_number(record)
    if not sequence.isdecimal():
        raise MalformedRecord("SequenceNumber is not a number")
    return Change(
        number=0,
        user_id=key.pk.partition("#")[2],
        at=time_of(record),
        action=_action(kind, table, old, new),
        place=key.sk,
        version=_number(table, "version", new or old),
        by=_actor(new, key.pk.partition("#")[2]) if new is not None else None,
        before=None if old is None else _attributes(logged, old),
        after=None if new is None else _attributes(logged, new),
        besides=besides(table, new or old or {}, told=logged) if kind.is_streamed else None,
        stream=epoch_of(member(record, "eventSourceARN", str)),
        sequence=sequence,
    )


def besides(table: Fields, image: Item, *, told: Sequence[Column] = ()) -> dict[str, Any]:
    """What an event tells of a record but for the fields in `told`.

    `image`: its attributes side by side. Of a long text that did not change there is the mark.
    """
    rest = [one for one in table.kept() if one.shown & (Shown.EVENTS | Shown.HISTORY)]
    rest = [one for one in rest if one not in told]
    is_long = {one.stored for one in rest if f"{one.stored}{LONG_MARK}" in image}
    marks = {f"{name}{LONG_MARK}": {"BOOL": True} for name in sorted(is_long, key=str)}
    return marks | _attributes([one for one in rest if one.stored not in is_long], image)


class ChangeLog:
    """LogTable; `names` of the tables in this deployment."""

    def __init__(self, *, dynamodb: DynamoClient, names: Mapping[Table, str]) -> None:
        self._dynamodb = dynamodb
        self._names = names
        self._comparer = Comparer(dynamodb=dynamodb, names=names)
        # Whoever is behind is told so by the condition.
        self._last: dict[str, Last] = {}

    def append(self, change: Change, more: Counts = NOTHING) -> Last:
        """Unless it was appended before; the last entry since. `more`: what it adds to the counts.

        Raises Contended, MalformedRecord if it is too large for an entry, and what botocore does.
        """
        for _ in range(_ATTEMPTS):
            last = self._last.get(change.user_id) or self._read_last(change.user_id)
            if last.has(change):
                return last
            counts = self._counts(change, last, more)
            try:
                return self._append(replace(change, number=last.number + 1, counts=counts))
            except Overtaken:
                continue
        raise Contended

    def extend(self, last: Last, changes: Sequence[Change], counts: Counts | None) -> Last:
        """By changes of no stream, right behind the entry `last`, which have these counts at last.

        Without counts they go on with what is known. Raises Overtaken if there is another entry.
        """
        left = len(changes)
        for change in changes:
            left -= 1
            entry = replace(
                change,
                number=last.number + 1,
                # Whatever the stream brings next is as new as it was before.
                stream=last.stream,
                sequence=str(last.sequence),
                counts=last.counts if left or counts is None else counts,
            )
            last = self._append(entry)
        return last

    def _counts(self, change: Change, last: Last, more: Counts) -> Counts | None:
        if change.place == ACCOUNT.sort and change.action is Action.CREATED:
            return NOTHING
        # What a table has that was restored, nobody knows by the log that there was.
        is_known = last.counts is not None and last.stream in {change.stream, ""}
        found = plus(last.counts or NOTHING, more) if is_known else None
        if found is not None and min(found.values(), default=0) >= 0:
            return found
        return self._recounted(change) if last.number % _RECOUNTED_EVERY == 0 else None

    def _recounted(self, change: Change) -> Counts | None:
        """Of an account whose log has expired; None if there is more, or more is on its way."""
        try:
            found = self._comparer.compare(
                change.user_id, now=change.at, appended=change, pages=_RECOUNTED_PAGES
            )
        except (TooMuch, MalformedRecord, LookupError):
            return None
        return None if found.missing else found.counts

    def _append(self, entry: Change) -> Last:
        """Raises Overtaken if the number is taken, MalformedRecord if the entry is too large."""
        try:
            self._put(entry)
        except ClientError as error:
            told = error.response["Error"]
            if no_room(told["Code"], told.get("Message")):
                raise MalformedRecord("Its entry is larger than DynamoDB takes") from None
            if told["Code"] != FAILED_CONDITION:
                raise
            # By another one, or by ourselves: an attempt whose answer was lost.
            self._last.pop(entry.user_id, None)
            raise Overtaken from None
        last = Last.of(entry)
        self._remember(entry.user_id, last)
        return last

    def _put(self, entry: Change) -> None:
        key = CHANGE.key(entry.user_id, numbered(entry.number))
        self._dynamodb.put_item(
            TableName=self._names[Table.LOG],
            Item={**attributes(key), **kept(entry)},
            ConditionExpression="attribute_not_exists(pk)",
        )

    def _read_last(self, user_id: str) -> Last:
        found = self._dynamodb.query(
            TableName=self._names[Table.LOG],
            KeyConditionExpression="pk = :partition",
            ExpressionAttributeValues={":partition": {"S": collection(user_id)}},
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=1,
        )["Items"]
        if not found:
            return Last()
        last = Last.of(load(Change, found[0]))
        self._remember(user_id, last)
        return last

    def _remember(self, user_id: str, last: Last) -> None:
        if len(self._last) >= _REMEMBERED:
            self._last.clear()
        self._last[user_id] = last


def _kind(key: Key) -> Kind | None:
    try:
        kind = kind_at(key)
    except LookupError:
        return None
    return kind if kind.logged_as else None


def _checked(shape: type[Any], image: Item | None) -> Item | None:
    """Its attributes side by side, so that who reads the log finds nothing that is no record."""
    if image is None:
        return None
    load(shape, image)
    return flat(image, table_of(shape))


def _of(column: Column, image: Item | None) -> Any:
    return image.get(column.stored or "") if image else None


def _attributes(columns: Sequence[Column], image: Item) -> dict[str, Any]:
    names = [column.stored or "" for column in columns]
    return {name: image[name] for name in names if name in image and name not in Key._fields}


def _number(table: Mapping[str, Column], name: str, image: Item | None) -> int | None:
    found = _of(table[name], image) if name in {*table} else None
    return int(found["N"]) if found else None


def _actor(image: Item, owner: str) -> Actor | None:
    try:
        return Actor.of(image[ATTRIBUTE]["S"], owner=owner)
    except (KeyError, TypeError, ValueError):
        return None


def _action(kind: Kind, table: Mapping[str, Column], old: Item | None, new: Item | None) -> Action:
    if new is None:
        return Action.DELETED
    if old is None:
        is_first = kind is not TASK or _number(table, "version", new) == 1
        return Action.CREATED if is_first else Action.RESTORED
    if "completed_at" in {*table}:
        was, is_now = _of(table["completed_at"], old), _of(table["completed_at"], new)
        if bool(was) != bool(is_now):
            return Action.COMPLETED if is_now else Action.REOPENED
    return Action.UPDATED
