"""One call of DynamoDB, in as many attempts as it takes and the request has time for.

Everything botocore can raise is told apart here and nowhere else: a failed condition comes with
the item that failed it, what passes by itself is StorageUnavailable, the rest is a defect.

botocore would repeat as well, but counts every repetition that ends in a failed condition against
a quota for the whole process, as ours do that find their own write: soon it repeats nothing.
"""

import random
import time
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    SSLError,
)
from botocore.exceptions import ConnectionError as ConnectFailed
from pynamodb.exceptions import PynamoDBException, VerboseClientError

from errand import deadline
from errand.errors import StorageUnavailable
from errand.records import Item
from errand.storage.room import no_room
from errand.storage.tables import DataItem

ATTEMPTS = 3
# To connect and to answer, by the time-outs in errand.storage.tables.
LONGEST = 4.0
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
_SERVER_ERROR = 500
# Whoever could not be reached has nothing to carry out.
_NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError, SSLError)


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


class Unanswered(StorageUnavailable):
    """The call may have been carried out, or may yet be."""


def send(operation: str, request: dict[str, Any], *, is_once: bool = False) -> dict[str, Any]:
    """The answer. Raises ConditionFailed, TransactionFailed, StorageUnavailable or its kinds.

    `is_once`: what may still be carried out is not sent again.
    """
    connection = DataItem._get_connection().connection  # noqa: SLF001 - the one of both tables
    for attempt in range(1, ATTEMPTS + 1):
        deadline.leave(LONGEST)
        try:
            answer: dict[str, Any] = connection.dispatch(operation, request)
        except (PynamoDBException, ClientError, HTTPClientError, ConnectFailed) as error:
            cause = error.cause if isinstance(error, PynamoDBException) else error
            told = _translate(cause, retried=attempt > 1)
            is_passing = isinstance(told, StorageUnavailable)
            is_left = is_passing and not isinstance(told, TransactionConflict)
            if not is_left or attempt == ATTEMPTS or (is_once and isinstance(told, Unanswered)):
                raise told from error
        else:
            return answer
        time.sleep(pause(attempt))
    raise AssertionError


def pause(attempt: int) -> float:
    """Seconds."""
    return random.uniform(0.02, 0.05) * (1 << attempt)  # noqa: S311 - jitter


def _translate(error: Exception | None, *, retried: bool) -> Exception:
    if isinstance(error, (HTTPClientError, ConnectFailed)):
        return StorageUnavailable() if isinstance(error, _NEVER_SENT) else Unanswered()
    if not isinstance(error, ClientError):
        return error or StorageUnavailable()
    # PynamoDB keeps code and reasons only; the whole answer is in the error it wrapped.
    origin = error.__cause__ if isinstance(error.__cause__, ClientError) else error
    answer: Any = origin.response
    code = answer["Error"]["Code"]
    if code == f"{_FAILED_CONDITION}Exception":
        return ConditionFailed(answer.get("Item"), retried=retried)
    if code == "TransactionCanceledException" and isinstance(error, VerboseClientError):
        return _cancelled(error, retried=retried)
    if code in _PASSING:
        return StorageUnavailable()
    # Of somebody on the way, perhaps, who did not wait for DynamoDB's.
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    hopeless = no_room(code, answer["Error"].get("Message"))
    return Unanswered() if status >= _SERVER_ERROR else hopeless or origin


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
    for reason in filter(None, reasons):
        if told := no_room(reason.code, reason.message):
            return told
    if codes <= {_CONFLICT}:
        return TransactionConflict(
            frozenset(position for position, reason in enumerate(reasons) if reason)
        )
    return StorageUnavailable() if codes <= _PASSING else error
