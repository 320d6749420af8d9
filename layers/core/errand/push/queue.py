"""Who puts messages on the queue of browsers."""

import logging
from collections.abc import Sequence

from botocore.session import Session

from errand import aws
from errand.aws.queue import OutgoingQueue, SqsClient, delay
from errand.codecs import Instant
from errand.errors import StorageUnavailable
from errand.push.requests import KeyWanted, Notice

_BATCH = 10
_log = logging.getLogger(__name__)


class NoticeQueue:
    def __init__(self, *, sqs: SqsClient, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def send(self, notice: Notice, *, now: Instant) -> None:
        """It comes when it is time, or after 15 minutes to be sent on.

        Raises what botocore does.
        """
        self._sqs.send_message(
            QueueUrl=self._queue_url,
            MessageBody=notice.encoded(),
            DelaySeconds=delay(notice.not_before, now),
        )

    def send_all(self, notices: Sequence[Notice]) -> None:
        """At once. Raises StorageUnavailable if one is not taken, and what botocore does."""
        for start in range(0, len(notices), _BATCH):
            entries = [
                {"Id": str(number), "MessageBody": notice.encoded()}
                for number, notice in enumerate(notices[start : start + _BATCH])
            ]
            answer = self._sqs.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
            if answer.get("Failed"):
                raise StorageUnavailable


class KeyQueue:
    """What the API asks for."""

    def __init__(self, queue_url: str, *, session: Session | None = None) -> None:
        self._queue = OutgoingQueue(queue_url, session=session)

    def ask_for_key(self) -> None:
        """Raises StorageUnavailable."""
        try:
            self._queue.send(KeyWanted().encoded())
        except aws.AWS_ERRORS as error:
            _log.warning("Key not asked for", extra={"reason": aws.reason(error)})
            raise StorageUnavailable from None
