"""FakeDynamo next to moto: both are asked the same, and have to answer the same."""

from collections.abc import Mapping
from typing import Any, Self

from botocore.exceptions import ClientError

from errand_testkit.dynamo import TABLES, FakeDynamo

# What only one of them tells, or what nobody reads.
_UNREAD = {"ResponseMetadata", "ConsumedCapacity", "ItemCollectionMetrics", "ScannedCount"}

type Answer = dict[str, Any]


class Compared:
    """Behind a client of moto; `asked` are the operations that were compared."""

    def __init__(self, client: Any, fake: FakeDynamo) -> None:
        self._client = client
        self._moto = client._make_api_call
        self._fake = fake
        self.asked: set[str] = set()

    def __enter__(self) -> Self:
        self._client._make_api_call = self._call
        return self

    def __exit__(self, *_: object) -> None:
        self._client._make_api_call = self._moto

    def _call(self, operation: str, request: Mapping[str, Any]) -> Answer:
        # botocore adds to what it is given.
        theirs = _outcome(self._moto, operation, {**request})
        ours = _outcome(self._fake.call, operation, request)
        self.asked.add(operation)
        if "Limit" in request:
            _without_the_end(ours, theirs, request["Limit"])
        assert _told(ours) == _told(theirs), (operation, request)
        assert self._contents(ours=True) == self._contents(ours=False), (operation, request)
        if isinstance(theirs, ClientError):
            raise theirs
        return theirs

    def _contents(self, *, ours: bool) -> list[Any]:
        items = (
            self._fake.all(table) if ours else self._moto("Scan", {"TableName": table})["Items"]
            for table in TABLES
        )
        return [_in_order(found) for found in items]


def _without_the_end(ours: Any, theirs: Any, limit: int) -> None:
    """AWS cannot tell that nothing is behind a full page, moto can."""
    if len(ours["Items"]) == limit and "LastEvaluatedKey" not in theirs:
        del ours["LastEvaluatedKey"]


def _outcome(call: Any, operation: str, request: Mapping[str, Any]) -> Answer | ClientError:
    try:
        answer: Answer = call(operation, request)
    except ClientError as error:
        return error
    return answer


def _told(outcome: Answer | ClientError) -> Any:
    if isinstance(outcome, ClientError):
        answer: Any = outcome.response
        reasons = answer.get("CancellationReasons", ())
        return (
            answer["Error"]["Code"],
            _plain(answer.get("Item")),
            [(reason["Code"], _plain(reason.get("Item"))) for reason in reasons],
        )
    told = {name: value for name, value in outcome.items() if name not in _UNREAD}
    if "Responses" in told:
        # In no order.
        told["Responses"] = {
            table: _in_order(items) for table, items in told["Responses"].items() if items
        }
    return _plain(told)


def _in_order(items: list[Answer]) -> list[Any]:
    return sorted(map(_plain, items), key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def _plain(value: Any) -> Any:
    """With sets of DynamoDB in one order."""
    if isinstance(value, Mapping):
        return {
            name: sorted(content) if name == "SS" else _plain(content)
            for name, content in value.items()
        }
    return [_plain(entry) for entry in value] if isinstance(value, list) else value
