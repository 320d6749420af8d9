"""Reads and conditional writes of single items, and transactions of them.

Everything botocore can raise is told apart here and nowhere else: a failed condition comes with
the item that failed it, what passes by itself is StorageUnavailable, the rest is a defect.
"""

import random
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as ConnectFailed
from pynamodb.connection import Connection
from pynamodb.constants import ALL_NEW, ALL_OLD
from pynamodb.exceptions import PynamoDBException, VerboseClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from errand.errors import StorageUnavailable
from errand.records import Item
from errand.storage.kinds import Key
from errand.storage.tables import DataItem

_CONFLICT = "TransactionConflict"
_FAILED_CONDITION = "ConditionalCheckFailed"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_PASSING = frozenset(
    {
        _CONFLICT,
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
_TRANSACTION_ATTEMPTS = 4
_BATCH_ATTEMPTS = 3
_SERVER_ERROR = 500


class ConditionFailed(Exception):
    """A condition did not hold; `item` is what was stored, None if nothing was."""

    def __init__(self, item: Item | None, *, retried: bool) -> None:
        super().__init__("condition failed")
        self.item = item
        # An earlier attempt of this very call may have been carried out, its answer lost.
        self.retried = retried


class TransactionFailed(Exception):
    """At least one condition did not hold; `failures` stand in the order of the writes."""

    def __init__(self, failures: Sequence[ConditionFailed | None]) -> None:
        super().__init__("transaction failed")
        self.failures = failures


class TransactionConflict(StorageUnavailable):
    """Another transaction held the items at `positions`; nothing was written."""

    def __init__(self, positions: frozenset[int]) -> None:
        super().__init__()
        self.positions = positions


@dataclass(frozen=True)
class Put:
    item: Model
    condition: Condition

    @cached_property
    def request(self) -> dict[str, Any]:
        return self.item.get_save_kwargs_from_instance(
            condition=self.condition, return_values_on_condition_failure=ALL_OLD
        )


@dataclass(frozen=True)
class Update:
    item: Model
    actions: list[Action]
    condition: Condition

    @cached_property
    def request(self) -> dict[str, Any]:
        return self.item.get_update_kwargs_from_instance(
            self.actions, self.condition, return_values_on_condition_failure=ALL_OLD
        )


@dataclass(frozen=True)
class Delete:
    item: Model
    condition: Condition

    @cached_property
    def request(self) -> dict[str, Any]:
        return self.item.get_delete_kwargs_from_instance(
            self.condition, return_values_on_condition_failure=ALL_OLD
        )


type Write = Put | Update | Delete


def get(model: type[Model], key: Key, *, consistent: bool = True) -> Item | None:
    request = {"TableName": model.Meta.table_name, "Key": _attributes(key)}
    item: Item | None = ask("GetItem", {**request, "ConsistentRead": consistent}).get("Item")
    return item


def get_together(*keys: tuple[type[Model], Key]) -> list[Item | None]:
    """Items of either table in one round trip, consistently, in the order of `keys`."""
    wanted: dict[str, Any] = {}
    for model, key in keys:
        table = wanted.setdefault(model.Meta.table_name, {"Keys": [], "ConsistentRead": True})
        table["Keys"].append(_attributes(key))
    found: dict[tuple[str, str, str], Item] = {}
    for attempt in range(_BATCH_ATTEMPTS):
        if attempt:
            time.sleep(_pause(attempt))
        answer = ask("BatchGetItem", {"RequestItems": wanted})
        for table, items in answer["Responses"].items():
            found |= {(table, item["pk"]["S"], item["sk"]["S"]): item for item in items}
        wanted = answer.get("UnprocessedKeys", {})
        if not wanted:
            return [found.get((model.Meta.table_name, *key)) for model, key in keys]
    raise StorageUnavailable


def ask(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Any operation that reads, by its name; errors are those of this module."""
    with _translated():
        answer: dict[str, Any] = _connection().dispatch(operation, request)
    return answer


def execute(write: Write) -> Item:
    """The item as it is after an Update, empty for the others. Raises ConditionFailed."""
    # A copy: here and in PynamoDB more is put into it.
    request = {**write.request}
    if isinstance(write, Update):
        request["ReturnValues"] = ALL_NEW
    with _translated():
        answer = _connection().dispatch(f"{type(write).__name__}Item", request)
    item: Item = answer.get("Attributes", {})
    return item


def transact(writes: Sequence[Write]) -> None:
    """All of `writes` or none. Raises TransactionFailed; TransactionConflict if it stays."""
    items = [{type(write).__name__: write.request} for write in writes]
    for attempt in range(1, _TRANSACTION_ATTEMPTS + 1):
        try:
            with _translated():
                _connection().dispatch("TransactWriteItems", {"TransactItems": items})
        except TransactionConflict:
            if attempt == _TRANSACTION_ATTEMPTS:
                raise
            time.sleep(_pause(attempt))
        else:
            return


def _attributes(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def _pause(attempt: int) -> float:
    return random.uniform(0.02, 0.05) * (1 << attempt)  # noqa: S311 - jitter


def _connection() -> Connection:
    return DataItem._get_connection().connection  # noqa: SLF001 - the one connection of both tables


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except PynamoDBException as error:
        raise _translate(error.cause) from error
    except (ClientError, HTTPClientError, ConnectFailed) as error:
        raise _translate(error) from error


def _translate(error: Exception | None) -> Exception:
    if isinstance(error, (HTTPClientError, ConnectFailed)):
        return StorageUnavailable()
    if not isinstance(error, ClientError):
        return error or StorageUnavailable()
    # PynamoDB keeps code and reasons only; the whole answer is in the error it wrapped.
    origin = error.__cause__ if isinstance(error.__cause__, ClientError) else error
    answer: Any = origin.response
    metadata = answer.get("ResponseMetadata", {})
    retried = metadata.get("RetryAttempts", 0) > 0
    code = answer["Error"]["Code"]
    if code == f"{_FAILED_CONDITION}Exception":
        return ConditionFailed(answer.get("Item"), retried=retried)
    if code == "TransactionCanceledException" and isinstance(error, VerboseClientError):
        return _cancelled(error, retried=retried)
    if code in _PASSING or metadata.get("HTTPStatusCode", 0) >= _SERVER_ERROR:
        return StorageUnavailable()
    return origin


def _cancelled(error: VerboseClientError, *, retried: bool) -> Exception:
    reasons = error.cancellation_reasons
    codes = {reason.code for reason in reasons if reason}
    if _FAILED_CONDITION in codes:
        return TransactionFailed(
            [
                ConditionFailed(reason.raw_item, retried=retried)
                if reason and reason.code == _FAILED_CONDITION
                else None
                for reason in reasons
            ]
        )
    if codes <= {_CONFLICT}:
        return TransactionConflict(
            frozenset(position for position, reason in enumerate(reasons) if reason)
        )
    return StorageUnavailable() if codes <= _PASSING else error
