"""DynamoDB in memory, behind the client that the repositories use: exact in what they rely on.

Unlike moto it is safe for many threads, knows a transaction's token again, ends a page at 1 MB and
takes no time. tests/repositories/test_fake_dynamo.py holds it against moto.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from io import BytesIO
from threading import RLock
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from pynamodb.connection import Connection
from urllib3 import HTTPResponse

from errand.clock import Clock
from errand.config import Settings
from errand.storage.staging import WRITES_MAX
from errand.storage.tables import BASES, connect
from errand_testkit.expressions import Item, holds, updated
from errand_testkit.fakes import ManualClock
from errand_testkit.template import table_properties
from errand_testkit.units import item_bytes

# In the order of BASES.
TABLES = ("DataTable", "LogTable", "EphemeralTable")
SETTINGS = Settings(
    data_table=TABLES[0],
    log_table=TABLES[1],
    ephemeral_table=TABLES[2],
    signing_secret="signing",
    on_lambda=True,
)
STREAMED = TABLES[:2]
_PAGE_BYTES = 1024 * 1024

type Key = tuple[str, str]


class FakeDynamo:
    """`operations` names what was asked, in order; `interferences` are let in before a write."""

    def __init__(
        self,
        *,
        page_bytes: int = _PAGE_BYTES,
        watch: Callable[[str, Any], None] = lambda *_: None,
        clock: Clock = ManualClock(),  # noqa: B008 - it stands still
    ) -> None:
        self.items: dict[str, dict[Key, Item]] = {name: {} for name in TABLES}
        self.operations: list[str] = []
        # What somebody else does, one before each of the writes that come next.
        self.interferences: list[Callable[[], object]] = []
        # As Lambda gives their records to functions.
        self.streams: dict[str, list[dict[str, Any]]] = {name: [] for name in STREAMED}
        self._page_bytes = page_bytes
        self._watch = watch
        self._clock = clock
        self._lock = RLock()
        self._tokens: set[str] = set()
        self._indexes = {name: _indexes(name) for name in TABLES}

    @property
    def stream(self) -> list[dict[str, Any]]:
        """Of DataTable."""
        return self.streams[TABLES[0]]

    def connected(self, *, on_the_wire: bool = False) -> Connection:
        """The models' connection, with this behind it; as its HTTP session, if `on_the_wire`."""
        made, connections = _connection(on_the_wire=on_the_wire)
        for name, model in zip(TABLES, BASES.values(), strict=True):
            model._connection = connections[model]
            model.Meta.table_name = name
        client: Any = made.client
        if on_the_wire:
            self.serve(client)
        else:
            client._make_api_call = self._called
        return made

    def serve(self, client: Any) -> None:
        """Answer what a client of botocore's sends."""
        client._endpoint.http_session = self

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """As botocore's HTTP session does."""
        content: Any = request.body
        target: Any = request.headers["X-Amz-Target"]
        operation = (target if isinstance(target, str) else target.decode()).rpartition(".")[2]
        try:
            answer, status = self.call(operation, json.loads(content)), HTTPStatus.OK
        except ClientError as error:
            told: Any = {**error.response}
            code = told.pop("Error")["Code"]
            answer = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", **told}
            status = HTTPStatus.BAD_REQUEST
        raw = HTTPResponse(
            BytesIO(json.dumps(answer, default=_base64).encode()), preload_content=False
        )
        return AWSResponse(request.url, status, HTTPHeaders(), raw)

    def clear(self) -> None:
        again = {"page_bytes": self._page_bytes, "watch": self._watch, "clock": self._clock}
        self.__init__(**again)  # type: ignore[misc] # as new

    def all(self, table: str = "DataTable") -> list[Item]:
        return [*self.items[table].values()]

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """As botocore's client makes it. Raises ClientError, and what `watch` does."""
        self._watch(operation, request)
        self.operations.append(operation)
        if operation not in {"GetItem", "BatchGetItem", "Query"} and self.interferences:
            interference, *later = self.interferences
            # Whoever interferes is not interfered with.
            self.interferences = []
            interference()
            self.interferences = later
        with self._lock:
            answer: dict[str, Any] = getattr(self, f"_{operation}")(request)
            return answer

    def _called(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """By whatever stands for `call` by then."""
        return self.call(operation, request)

    def get_item(self, **request: Any) -> dict[str, Any]:
        return self.call("GetItem", request)

    def put_item(self, **request: Any) -> dict[str, Any]:
        return self.call("PutItem", request)

    def update_item(self, **request: Any) -> dict[str, Any]:
        return self.call("UpdateItem", request)

    def delete_item(self, **request: Any) -> dict[str, Any]:
        return self.call("DeleteItem", request)

    def query(self, **request: Any) -> dict[str, Any]:
        return self.call("Query", request)

    def scan(self, *, TableName: str) -> dict[str, Any]:  # noqa: N803 - as a client has it
        """For tests alone: no function scans."""
        return {"Items": self.all(TableName)}

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        return self.call("BatchGetItem", request)

    def batch_write_item(self, **request: Any) -> dict[str, Any]:
        return self.call("BatchWriteItem", request)

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        return self.call("TransactWriteItems", request)

    def _GetItem(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 - the operation's name
        item = self.items[request["TableName"]].get(_key(request["Key"]))
        return {"Item": _projected(item, request)} if item else {}

    def _BatchGetItem(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        found = {
            table: [
                {**self.items[table][_key(key)]}
                for key in wanted["Keys"]
                if _key(key) in self.items[table]
            ]
            for table, wanted in request["RequestItems"].items()
        }
        return {"Responses": found, "UnprocessedKeys": {}}

    def _PutItem(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        self._check(request)
        self._write("Put", request)
        return {}

    def _UpdateItem(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        self._check(request)
        return {"Attributes": {**self._write("Update", request)}}

    def _DeleteItem(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        self._check(request)
        old = self.items[request["TableName"]].get(_key_of(request))
        self._write("Delete", request)
        return {"Attributes": old} if old and request.get("ReturnValues") == "ALL_OLD" else {}

    def _TransactWriteItems(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        token = request.get("ClientRequestToken")
        if token in self._tokens:
            return {}
        writes = [entry for item in request["TransactItems"] for entry in item.items()]
        places = {(write["TableName"], _key_of(write)) for _, write in writes}
        if len(places) < len(writes) or len(writes) > WRITES_MAX:
            raise _error("ValidationException")
        reasons = [self._refusal(write) for _, write in writes]
        if any(reasons):
            told = [reason or {"Code": "None"} for reason in reasons]
            raise _error("TransactionCanceledException", CancellationReasons=told)
        for kind, write in writes:
            self._write(kind, write)
        if token:
            self._tokens.add(token)
        return {}

    def _BatchWriteItem(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        for table, writes in request["RequestItems"].items():
            for write in writes:
                [(kind, content)] = write.items()
                self._write(kind.removesuffix("Request"), {"TableName": table, **content})
        return {"UnprocessedItems": {}}

    def _Query(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        index = self._indexes[request["TableName"]][request.get("IndexName")]
        partition, sort = index.partition, index.sort
        condition = request["KeyConditionExpression"]
        # One of them is the partition's, which is equal to it: that is looked at before the rest.
        values = [*request["ExpressionAttributeValues"].values()]
        found = sorted(
            (
                item
                for item in self.items[request["TableName"]].values()
                if item.get(partition) in values
                and sort in item
                and holds(condition, request, item)
            ),
            key=lambda item: _order(item, sort),
            reverse=not request.get("ScanIndexForward", True),
        )
        start = request.get("ExclusiveStartKey")
        if start:
            places = [_order(item, sort) for item in found]
            found = found[_behind(places, _order(start, sort), request) :]
        page = self._page([*map(index.projected, found)], request.get("Limit"))
        more: dict[str, Any] = {}
        if len(page) < len(found) or (request.get("Limit") == len(page) and page):
            names = {"pk", "sk", partition, sort}
            more = {"LastEvaluatedKey": {name: page[-1][name] for name in names}}
        return {"Items": [_projected(item, request) for item in page], "Count": len(page), **more}

    def _page(self, found: list[Item], limit: int | None) -> list[Item]:
        page: list[Item] = []
        size = 0
        for item in found[:limit]:
            page.append(item)
            size += item_bytes(item)
            if size >= self._page_bytes:
                break
        return page

    def _check(self, request: Mapping[str, Any]) -> None:
        refusal = self._refusal(request)
        if refusal:
            more = {"Item": refusal["Item"]} if "Item" in refusal else {}
            raise _error("ConditionalCheckFailedException", **more)

    def _refusal(self, request: Mapping[str, Any]) -> dict[str, Any] | None:
        item = self.items[request["TableName"]].get(_key_of(request))
        if holds(request.get("ConditionExpression"), request, item):
            return None
        found = {"Item": {**item}} if item else {}
        return {"Code": "ConditionalCheckFailed", "Message": "no", **found}

    def _write(self, kind: str, request: Mapping[str, Any]) -> Item:
        items, key = self.items[request["TableName"]], _key_of(request)
        old = items.get(key)
        if kind == "Put":
            items[key] = {**request["Item"]}
        elif kind == "Update":
            known = items.get(key, {**request["Key"]})
            items[key] = updated(request["UpdateExpression"], request, known)
        else:
            items.pop(key, None)
        new = items.get(key)
        stream = self.streams.get(request["TableName"])
        if stream is not None and old != new:
            seconds = self._clock() // 1000
            stream.append(stream_record(len(stream) + 1, old, new, seconds=seconds))
        return new or {}


@cache
def _connection(*, on_the_wire: bool) -> tuple[Connection, dict[Any, Any]]:  # noqa: ARG001 - one for each
    """And what the models keep of it. Made once: a client takes botocore a third of a second.

    `on_the_wire`: one whose calls go all the way, another than that which is cut short.
    """
    connection = connect(SETTINGS)
    return connection, {model: model._connection for model in BASES.values()}


@dataclass(frozen=True, slots=True)
class _Index:
    """`names`: the attributes that its items have, None for all."""

    partition: str
    sort: str
    names: frozenset[str] | None = None

    def projected(self, item: Item) -> Item:
        if self.names is None:
            return item
        return {name: value for name, value in item.items() if name in self.names}


def stream_record(
    number: int,
    old: Item | None,
    new: Item | None,
    *,
    seconds: int = 1_795_336_200,
    epoch: str = "2026-11-22T08:00:00.000",
) -> dict[str, Any]:
    """Of the change that made `new` of `old`; the number is where it stands in the stream."""
    item = new or old or {}
    key = {name: item[name] for name in ("pk", "sk")}
    images = {"OldImage": old, "NewImage": new}
    return {
        "eventID": f"event-{number}",
        "eventName": "MODIFY" if old and new else "INSERT" if new else "REMOVE",
        "eventSourceARN": f"arn:aws:dynamodb:eu-central-1:123456789012:table/D/stream/{epoch}",
        "dynamodb": {
            "ApproximateCreationDateTime": seconds,
            "Keys": key,
            **{name: image for name, image in images.items() if image},
            # Longer than the number is, and than DynamoDB's own numbers can be.
            "SequenceNumber": f"{10**38 + number}",
        },
    }


@cache
def _indexes(table: str) -> dict[str | None, _Index]:
    properties = table_properties(table)
    indexes: dict[str | None, _Index] = {None: _Index("pk", "sk")}
    for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        for index in properties.get(kind, ()):
            partition, sort = (key["AttributeName"] for key in index["KeySchema"])
            projection = index["Projection"]
            keys = {"pk", "sk", partition, sort}
            names = frozenset(keys | {*projection.get("NonKeyAttributes", ())})
            is_all = projection["ProjectionType"] == "ALL"
            indexes[index["IndexName"]] = _Index(partition, sort, None if is_all else names)
    return indexes


def _projected(item: Item, request: Mapping[str, Any]) -> Item:
    """With the attributes that are asked for, all if none are."""
    names = request.get("ProjectionExpression")
    return {
        name: value for name, value in item.items() if names is None or name in names.split(", ")
    }


def _base64(content: bytes) -> str:
    return b64encode(content).decode()


def _key(key: Mapping[str, Any]) -> Key:
    return key["pk"]["S"], key["sk"]["S"]


def _key_of(request: Mapping[str, Any]) -> Key:
    return _key(request.get("Key") or request["Item"])


def _order(item: Mapping[str, Any], sort: str) -> tuple[bytes, ...]:
    return tuple(item[name]["S"].encode() for name in (sort, "pk", "sk"))


def _behind(places: Iterable[tuple[bytes, ...]], start: tuple[bytes, ...], request: Any) -> int:
    """How many of the places are not behind `start`."""
    forward = request.get("ScanIndexForward", True)
    return sum(place <= start if forward else place >= start for place in places)


def _error(code: str, **more: Any) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": 400, "RetryAttempts": 0},
        **more,
    }
    return ClientError(answer, "an operation")
