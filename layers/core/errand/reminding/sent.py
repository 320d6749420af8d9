"""A reminder goes out once by each channel, however often, and in how many places, it is time.

Who sends one claims it for as long as a message of the queue is out of sight: if they never say
that it is sent, whoever gets the message next sends it.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from errand.aws import FAILED_CONDITION, reason
from errand.clock import Clock
from errand.codecs import FIRST_ID, Instant, Seconds
from errand.errors import Contended
from errand.fields import NOWHERE, Shown, kept
from errand.records import kept as attributes_of
from errand.reminding.requests import TimeToRemind
from errand.storage.kinds import REMINDED, attributes

# Shorter than the time for which the queue hides what somebody works on.
CLAIM_MS = 2 * 60 * 1000
REMEMBERED_SECONDS = 14 * 24 * 3600
_SENT, _LONG_AGO = 0, 1


class DynamoClient(Protocol):
    def put_item(self, **request: Any) -> dict[str, Any]: ...
    def get_item(self, **request: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminded:
    """`claimed_until`: by whoever sends it; 0: it is sent."""

    task_id: str = kept("sk", codec=FIRST_ID, shown=Shown.EXPORTS, meaning="Of what task")
    claimed_until: Instant = kept("cu", shown=NOWHERE)
    expires_at: Seconds = kept(
        "expires_at", shown=Shown.EXPORTS, meaning="When it is forgotten that it was sent"
    )


class SentReminders:
    def __init__(self, *, dynamodb: DynamoClient, table: str, clock: Clock) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._clock = clock

    def claim(self, when: TimeToRemind, channel: str) -> bool:
        """False: it is sent. Raises Contended while another sends it, and what botocore does."""
        now = self._clock()
        try:
            self._put(
                when,
                channel,
                now + CLAIM_MS,
                ConditionExpression="attribute_not_exists(pk) OR cu BETWEEN :one AND :now",
                ExpressionAttributeValues={":one": {"N": "1"}, ":now": {"N": str(now)}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if reason(error) != FAILED_CONDITION:
                raise
            item: Any = error.response.get("Item") or {}
            if item.get("cu") == {"N": "0"}:
                return False
            raise Contended from None
        return True

    def done(self, when: TimeToRemind, channel: str) -> None:
        self._put(when, channel, _SENT)

    def release(self, when: TimeToRemind, channel: str) -> None:
        """It was not sent: whoever gets the message next may claim it at once."""
        self._put(when, channel, _LONG_AGO)

    def _put(self, when: TimeToRemind, channel: str, until: Instant, **condition: Any) -> None:
        key = REMINDED.key(when.user_id, when.task_id, str(when.at), channel)
        expires = self._clock() // 1000 + REMEMBERED_SECONDS
        record = Reminded(task_id=when.task_id, claimed_until=until, expires_at=expires)
        item = {**attributes_of(record), **attributes(key)}
        self._dynamodb.put_item(TableName=self._table, Item=item, **condition)
