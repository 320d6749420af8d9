"""Queues of SQS: when a message comes, and the API's end of one."""

from threading import Lock
from typing import Any, Protocol

from botocore.session import Session

from errand import aws, deadline

# What SQS keeps a message back for, at most: what is later goes round once more.
DELAY_MAX = 15 * 60
# Three attempts of 1 s to connect and 2 s to answer, and two pauses.
_LONGEST = 12.0


class SqsClient(Protocol):
    def send_message(self, **request: Any) -> dict[str, Any]: ...
    def send_message_batch(self, **request: Any) -> dict[str, Any]: ...


def delay(until: int, now: int) -> int:
    """Whole seconds, none too few, of instants in milliseconds."""
    return min(max(0, -(-(until - now) // 1000)), DELAY_MAX)


class OutgoingQueue:
    """Its client is made for the first message: most instances send none."""

    def __init__(self, queue_url: str, *, session: Session | None = None) -> None:
        self._queue_url = queue_url
        self._session = session
        self._client: Any = None
        self._lock = Lock()

    def send(self, body: str) -> None:
        """At least once. Raises what botocore does."""
        deadline.leave(_LONGEST)
        self._queue().send_message(QueueUrl=self._queue_url, MessageBody=body)

    def _queue(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = aws.client("sqs", read_timeout=2, session=self._session)
            return self._client
