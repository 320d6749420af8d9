"""The index of texts in EphemeralTable, for functions that start faster without PynamoDB.

What a head does not name is of no account: so pieces are put before it, and removed behind it.
"""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import batched
from typing import Any, Protocol

from botocore.exceptions import ClientError

from errand.errors import Overtaken, StorageUnavailable
from errand.records import Item, kept, load
from errand.search.growing import Growth
from errand.search.head import Head, Piece, Segment, block_of, texts_at, versions_of
from errand.search.segments import Damaged, Packed
from errand.storage.kinds import SEARCH_INDEX, SEARCH_PIECE, Key, Table, attributes, collection
from errand.storage.removal import BATCH

# What BatchGetItem takes.
_TOGETHER = 100
_ATTEMPTS = 8
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
_TAKEN = "ConditionalCheckFailed"


class DynamoClient(Protocol):
    def get_item(self, **request: Any) -> dict[str, Any]: ...
    def put_item(self, **request: Any) -> dict[str, Any]: ...
    def query(self, **request: Any) -> dict[str, Any]: ...
    def batch_get_item(self, **request: Any) -> dict[str, Any]: ...
    def batch_write_item(self, **request: Any) -> dict[str, Any]: ...
    def transact_write_items(self, **request: Any) -> dict[str, Any]: ...


class IndexStore:
    """`names` of the tables in this deployment."""

    def __init__(
        self,
        *,
        dynamodb: DynamoClient,
        names: Mapping[Table, str],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._dynamodb = dynamodb
        self._table = names[Table.EPHEMERAL]
        self._pause = pause

    def head(self, user_id: str) -> Head | None:
        """Raises MalformedRecord."""
        key = SEARCH_INDEX.key(user_id)
        found = self._dynamodb.get_item(
            TableName=self._table, Key=attributes(key), ConsistentRead=True
        ).get("Item")
        return load(Head, found) if found else None

    def segment(self, user_id: str, told: Segment) -> Packed:
        """Raises Damaged for one that is not there as its head has it."""
        names = _names(told)
        found: dict[Key, Item] = {}
        for some in batched((_key(user_id, name) for name in names), _TOGETHER, strict=False):
            found |= self._together(some)
        pieces = [found.get(_key(user_id, name)) for name in names]
        if None in pieces:
            raise Damaged("A piece is not there")
        texts, versions, *ids = (load(Piece, piece) for piece in pieces if piece)
        if texts.stamp != told.stamp:
            raise Damaged("The texts are of another segment")
        return Packed(texts.content, tuple(one.content for one in ids), versions.content)

    def commit(self, user_id: str, growth: Growth) -> None:
        """Instead of the version before. Raises Overtaken, StorageUnavailable.

        Killed in the middle it leaves pieces that no head names, and the index as it was or is.
        """
        beside = [
            (name, content)
            for told, segment in growth.new
            for name, content in (
                (versions_of(told.stamp), segment.versions),
                *((block_of(told.stamp, at), block) for at, block in enumerate(segment.ids)),
            )
        ]
        puts = (_put(user_id, name, Piece(content=content)) for name, content in beside)
        self._batched(puts)
        texts = [
            {"Put": {"TableName": self._table, **_put(user_id, texts_at(told.place), piece)}}
            for told, segment in growth.new
            for piece in [Piece(stamp=told.stamp, content=segment.texts)]
        ]
        places = {told.place for told, _ in growth.new}
        freed = [
            {"Delete": {"TableName": self._table, "Key": attributes(_key(user_id, name))}}
            for told in growth.old
            if told.place not in places
            for name in [texts_at(told.place)]
        ]
        self._swap(user_id, growth.head, texts + freed)
        self.remove(user_id, (name for told in growth.old for name in _names(told)[1:]))

    def remove(self, user_id: str, names: Iterable[Sequence[str]]) -> None:
        """Pieces that no head has any more. Raises StorageUnavailable."""
        keys = (attributes(_key(user_id, name)) for name in names)
        self._batched({"Key": key} for key in keys)

    def tidy(self, user_id: str, *, before: str) -> None:
        """Removes pieces that who was killed has left: of no segment, with an older stamp."""
        head = self.head(user_id)
        named = {one.stamp for one in head.segments} if head else set()
        # Texts, which have no stamp in their keys, come and go with the head.
        self.remove(
            user_id,
            [name for name in self._stored(user_id) if name[0] not in named and name[0] < before],
        )

    def _stored(self, user_id: str) -> Iterable[Sequence[str]]:
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :partition AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": {
                ":partition": {"S": collection(user_id)},
                ":prefix": {"S": SEARCH_PIECE.prefix},
            },
            "ProjectionExpression": "pk, sk",
            "ConsistentRead": True,
        }
        while True:
            page = self._dynamodb.query(**request)
            for item in page["Items"]:
                yield item["sk"]["S"].removeprefix(SEARCH_PIECE.prefix).split("#")
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _swap(self, user_id: str, head: Head, with_it: list[dict[str, Any]]) -> None:
        put = {
            "TableName": self._table,
            "Item": {**attributes(SEARCH_INDEX.key(user_id)), **kept(head)},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        if head.version > 1:
            put["ConditionExpression"] = "v = :before"
            put["ExpressionAttributeValues"] = {":before": {"N": str(head.version - 1)}}
        try:
            if with_it:
                self._dynamodb.transact_write_items(TransactItems=[{"Put": put}, *with_it])
            else:
                self._dynamodb.put_item(**put)
        except ClientError as error:
            if _is_overtaken(error):
                raise Overtaken from None
            raise

    def _together(self, keys: Sequence[Key]) -> dict[Key, Item]:
        wanted: Any = {
            self._table: {"Keys": [attributes(key) for key in keys], "ConsistentRead": True}
        }
        found: dict[Key, Item] = {}
        for _ in self._attempts():
            answer = self._dynamodb.batch_get_item(RequestItems=wanted)
            for item in answer["Responses"].get(self._table, []):
                found[Key(item["pk"]["S"], item["sk"]["S"])] = item
            wanted = answer.get("UnprocessedKeys", {})
            if not wanted:
                break
        return found

    def _batched(self, writes: Iterable[dict[str, Any]]) -> None:
        for some in batched(writes, BATCH, strict=False):
            left: Any = {
                self._table: [
                    {"PutRequest" if "Item" in write else "DeleteRequest": write} for write in some
                ]
            }
            for _ in self._attempts():
                answer = self._dynamodb.batch_write_item(RequestItems=left)
                left = answer.get("UnprocessedItems", {})
                if not left:
                    break

    def _attempts(self) -> Iterable[int]:
        """Raises StorageUnavailable behind the last."""
        for attempt in range(_ATTEMPTS):
            if attempt:
                longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)
                self._pause(random.uniform(0, longest))  # noqa: S311 - jitter
            yield attempt
        raise StorageUnavailable


def _names(told: Segment) -> list[Sequence[str]]:
    """Of all its pieces: texts, versions, ids."""
    ids = (block_of(told.stamp, number) for number in range(told.blocks))
    return [texts_at(told.place), versions_of(told.stamp), *ids]


def _key(user_id: str, name: Sequence[str]) -> Key:
    return SEARCH_PIECE.key(user_id, *name)


def _put(user_id: str, name: Sequence[str], piece: Piece) -> dict[str, Any]:
    return {"Item": {**attributes(_key(user_id, name)), **kept(piece)}}


def _is_overtaken(error: ClientError) -> bool:
    answer: Any = error.response
    codes = [answer["Error"]["Code"].removesuffix("Exception")]
    codes += [reason.get("Code") for reason in answer.get("CancellationReasons", ())]
    return _TAKEN in codes
