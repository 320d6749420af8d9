"""Accounts as the writer of the log sees them: whether they are there, and nearly full.

Who creates a task has read the account to know who asks, half a minute ago at most. So it says
there whether its open tasks are to be looked at, and at those of all others nobody has to look.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from errand.aws import FAILED_CONDITION, reason
from errand.history.changes import Last
from errand.history.counts import NEARLY_MAX, Counted
from errand.storage.kinds import ACCOUNT, attributes
from errand.storage.room import FULL

# `nearly_full` of the account.
_MARK = "nf"


class DynamoClient(Protocol):
    def get_item(self, **request: Any) -> dict[str, Any]: ...
    def update_item(self, **request: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Known:
    """`is_nearly_full`: by what it says of itself."""

    user_id: str
    is_nearly_full: bool

    @classmethod
    def of(cls, user_id: str, item: Mapping[str, Any]) -> "Known":
        return cls(user_id, _MARK in item)


class Accounts:
    """In `table`. `nearly`: so many open tasks are nearly too many."""

    def __init__(self, *, dynamodb: DynamoClient, table: str, nearly: int = NEARLY_MAX) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._nearly = nearly

    def find(self, user_id: str) -> Known | None:
        """None for one that was deleted: what is left of it is purged."""
        answer = self._dynamodb.get_item(
            TableName=self._table,
            Key=attributes(ACCOUNT.key(user_id)),
            ProjectionExpression=f"pk, {_MARK}",
            ConsistentRead=True,
        )
        return Known.of(user_id, answer["Item"]) if "Item" in answer else None

    def follow(self, known: Known, last: Last) -> Known:
        """What it says since, which is written if the last entry says otherwise."""
        if last.counts is None:
            return known
        is_now = last.counts.get(Counted.OPEN, 0) >= self._nearly
        if is_now != known.is_nearly_full:
            self._write(known.user_id, last.number, is_now=is_now)
        return Known(known.user_id, is_now)

    def _write(self, user_id: str, number: int, *, is_now: bool) -> None:
        """The number of the entry, so that an attempt that comes late undoes nothing."""
        is_new = f"attribute_exists(pk) AND (attribute_not_exists({_MARK}) OR {_MARK} < :number)"
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=attributes(ACCOUNT.key(user_id)),
                UpdateExpression=f"SET {_MARK} = :number" if is_now else f"REMOVE {_MARK}",
                ConditionExpression=is_new if is_now else f"{_MARK} < :number",
                ExpressionAttributeValues={":number": {"N": str(number)}},
            )
        except ClientError as error:
            # Whose collection is full can have no more tasks, marked or not.
            if reason(error) not in {FAILED_CONDITION, *FULL}:
                raise
