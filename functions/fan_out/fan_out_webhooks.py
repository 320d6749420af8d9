"""Queue of events of the bus -> a delivery for each webhook that is to know, and a hint to send it.

A message may come any number of times: its deliveries are known again, and what has been delivered
is not sent again. What is no event goes to the dead letters at once.
"""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from errand.aws import AWS_ERRORS, client, reason
from errand.clock import Clock, system_clock
from errand.errors import ErrandError, MalformedRecord
from errand.storage.guarded import GuardedTables
from errand.storage.kinds import Table
from errand.webhooks.book import Book
from errand.webhooks.fanning import Fan
from errand.webhooks.happenings import happening
from errand.webhooks.hints import Hint
from errand.webhooks.ledger import Ledger
from errand.webhooks.model import Webhook
from errand.webhooks.queues import Queues, SqsQueues, bury

logger = logging.getLogger("errand.fan_out_webhooks")
logger.setLevel(logging.INFO)


class FanOut:
    """`bury` puts a message among the dead letters, with the reason."""

    def __init__(
        self,
        *,
        book: Book,
        ledger: Ledger,
        queues: Queues,
        bury: Callable[[str, str], None],
        clock: Clock,
    ) -> None:
        self._book = book
        self._fan = Fan(book, ledger, clock)
        self._queues = queues
        self._bury = bury
        self._clock = clock

    def work(self, messages: Sequence[Mapping[str, Any]]) -> list[str]:
        """The ids of the messages that failed and must come back."""
        failed: list[str] = []
        hints: list[tuple[Hint, bool]] = []
        # Of a batch: a webhook that is changed meanwhile is looked at again when it is sent to.
        webhooks: Callable[[str], Sequence[Webhook]] = cache(self._book.of)
        for message in messages:
            message_id, body = message["messageId"], message.get("body", "")
            try:
                hints += self._fan.deliveries(happening(body), webhooks)
            except MalformedRecord as error:
                if not self._is_buried(message_id, body, error.detail):
                    failed.append(message_id)
            except ErrandError as error:
                failed.append(_log_failure(message_id, error.code))
            except AWS_ERRORS as error:
                failed.append(_log_failure(message_id, reason(error)))
        try:
            self._queues.send_all(hints, now=self._clock())
        except (*AWS_ERRORS, ErrandError) as error:
            why = error.code if isinstance(error, ErrandError) else reason(error)
            return [_log_failure(message["messageId"], why) for message in messages]
        logger.info("Fanned out", extra={"messages": len(messages), "deliveries": len(hints)})
        return failed

    def _is_buried(self, message_id: str, body: str, why: str) -> bool:
        try:
            self._bury(body, why)
        except AWS_ERRORS as error:
            _log_failure(message_id, reason(error))
            return False
        logger.warning("No event", extra={"message_id": message_id, "reason": why})
        return True


def _log_failure(message_id: str, why: str) -> str:
    logger.warning("Not fanned out", extra={"message_id": message_id, "reason": why})
    return message_id


@cache
def fan_out() -> FanOut:
    names = {
        Table.DATA: os.environ["ERRAND_DATA_TABLE"],
        Table.EPHEMERAL: os.environ["ERRAND_EPHEMERAL_TABLE"],
    }
    tables = GuardedTables(dynamodb=client("dynamodb", read_timeout=2), names=names)
    sqs = client("sqs", read_timeout=3)
    return FanOut(
        book=Book(tables),
        ledger=Ledger(tables),
        queues=SqsQueues(
            sqs,
            prompt_url=os.environ["ERRAND_WEBHOOK_QUEUE_URL"],
            patient_url=os.environ["ERRAND_PATIENT_WEBHOOK_QUEUE_URL"],
        ),
        bury=partial(bury, sqs, os.environ["ERRAND_WEBHOOK_EVENT_DEAD_LETTERS_URL"]),
        clock=system_clock,
    )


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    failed = fan_out().work(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
