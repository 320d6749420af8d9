"""The queues of hints: one for receivers that answer at once, one for those that may not."""

import logging
from collections.abc import Sequence
from typing import Protocol

from botocore.session import Session

from errand import aws
from errand.aws.queue import OutgoingQueue, SqsClient, delay
from errand.codecs import Instant
from errand.errors import StorageUnavailable
from errand.webhooks.hints import Hint, encode

_BATCH = 10
_log = logging.getLogger(__name__)


class Queues(Protocol):
    def send(self, hint: Hint, *, patient: bool, now: Instant) -> None: ...

    def send_all(self, hints: Sequence[tuple[Hint, bool]], *, now: Instant) -> None: ...


class SqsQueues:
    """`prompt_url` and `patient_url`: of the two."""

    def __init__(self, sqs: SqsClient, *, prompt_url: str, patient_url: str) -> None:
        self._sqs = sqs
        self._urls = {False: prompt_url, True: patient_url}

    def send(self, hint: Hint, *, patient: bool, now: Instant) -> None:
        """It comes when it is time, or after 15 minutes to be sent on."""
        self._sqs.send_message(
            QueueUrl=self._urls[patient],
            MessageBody=encode(hint),
            DelaySeconds=delay(hint.not_before, now),
        )

    def send_all(self, hints: Sequence[tuple[Hint, bool]], *, now: Instant) -> None:
        """Each with whether it is for the patient. Raises StorageUnavailable if one is not taken.

        What was taken may come again then: that does no harm.
        """
        for patient, url in self._urls.items():
            wanted = [hint for hint, is_patient in hints if is_patient is patient]
            for start in range(0, len(wanted), _BATCH):
                entries = [
                    {
                        "Id": str(number),
                        "MessageBody": encode(hint),
                        "DelaySeconds": delay(hint.not_before, now),
                    }
                    for number, hint in enumerate(wanted[start : start + _BATCH])
                ]
                answer = self._sqs.send_message_batch(QueueUrl=url, Entries=entries)
                if answer.get("Failed"):
                    raise StorageUnavailable


class QueueHints:
    """What a person has asked for, from the API."""

    def __init__(self, queue_url: str, *, session: Session | None = None) -> None:
        self._queue = OutgoingQueue(queue_url, session=session)

    def send(self, hint: Hint) -> None:
        """At least once. Raises StorageUnavailable."""
        try:
            self._queue.send(encode(hint))
        except aws.AWS_ERRORS as error:
            _log.warning("Delivery not queued", extra={"reason": aws.reason(error)})
            raise StorageUnavailable from None


def bury(sqs: SqsClient, queue_url: str, body: str, why: str) -> None:
    """Among dead letters, as it came: `make redrive` puts it back."""
    reason = {"DataType": "String", "StringValue": why}
    sqs.send_message(QueueUrl=queue_url, MessageBody=body, MessageAttributes={"reason": reason})
