"""Queues of hints -> receivers of webhooks, twenty at once.

The same function serves both queues: that of receivers that answer at once, and that of those that
are slow or fail. Each has workers of its own, so that the latter hold up nobody.
"""

import asyncio
import logging
import os
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from errand.aws import AWS_ERRORS, client, reason
from errand.clock import Clock, system_clock
from errand.errors import ErrandError, MalformedRecord
from errand.links.guard import GuardedTransport
from errand.mails.outbox import QueueOutbox
from errand.storage.guarded import GuardedTables
from errand.storage.kinds import Table
from errand.webhooks.book import Book
from errand.webhooks.hints import Hint, decode
from errand.webhooks.ledger import Ledger
from errand.webhooks.mails import WebhookDisabled
from errand.webhooks.queues import Queues, SqsQueues, bury
from errand.webhooks.sending import SECONDS, Sender, public_web, this_machine_too
from errand.webhooks.working import SLOW_AFTER, Deliverer, Run

logger = logging.getLogger("errand.deliver_webhooks")
logger.setLevel(logging.INFO)


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivering:
    """`transport`: makes what connects; `bury` puts a message and a reason among dead letters."""

    book: Book
    ledger: Ledger
    queues: Queues
    transport: Callable[[], GuardedTransport]
    mail: Callable[[WebhookDisabled], None] | None
    bury: Callable[[str, str], None]
    run: Run = asyncio.to_thread
    clock: Clock = system_clock
    chance: Callable[[], float] = random.random
    seconds: float = SECONDS
    slow_after: float = SLOW_AFTER

    async def work(self, messages: Sequence[Mapping[str, Any]], *, is_patient: bool) -> list[str]:
        """The ids of the messages that failed and must come back."""
        failed: list[str] = []
        hints: dict[str, Hint] = {}
        for message in messages:
            message_id, body = message["messageId"], message.get("body", "")
            try:
                hints[message_id] = decode(body)
            except MalformedRecord as error:
                if not await self._is_buried(message_id, body, error.detail):
                    failed.append(message_id)
        async with Sender(self.transport(), seconds=self.seconds) as sender:
            deliverer = Deliverer(
                book=self.book,
                ledger=self.ledger,
                queues=self.queues,
                sender=sender,
                mail=self.mail,
                is_patient=is_patient,
                run=self.run,
                clock=self.clock,
                chance=self.chance,
                slow_after=self.slow_after,
            )
            late = await self._beyond_the_rate(hints)
            works = [
                self._is_done(
                    message_id, (deliverer.later if message_id in late else deliverer.handle), hint
                )
                for message_id, hint in hints.items()
            ]
            done = await asyncio.gather(*works)
        failed += [
            message_id for message_id, is_done in zip(hints, done, strict=True) if not is_done
        ]
        logger.info("Handled", extra={"messages": len(messages), "failed": len(failed)})
        return failed

    async def _beyond_the_rate(self, hints: Mapping[str, Hint]) -> set[str]:
        """Those that their account may not be sent in this minute."""
        now = self.clock()
        due = {message_id: hint for message_id, hint in hints.items() if hint.not_before <= now}
        late: set[str] = set()
        for user_id, wanted in Counter(hint.user_id for hint in due.values()).items():
            try:
                beyond = await self.run(self.ledger.too_many, user_id, wanted=wanted, now=now)
            except AWS_ERRORS as error:
                # What cannot be counted is sent: the bound protects receivers, and the bill.
                logger.warning("Not counted", extra={"reason": reason(error)})
                continue
            theirs = [message_id for message_id, hint in due.items() if hint.user_id == user_id]
            late |= {*theirs[wanted - beyond :]}
        return late

    async def _is_done(self, message_id: str, work: Callable[[Hint], Any], hint: Hint) -> bool:
        try:
            await work(hint)
        except ErrandError as error:
            _log_failure(message_id, error.code)
        except AWS_ERRORS as error:
            _log_failure(message_id, reason(error))
        else:
            return True
        return False

    async def _is_buried(self, message_id: str, body: str, why: str) -> bool:
        try:
            await self.run(self.bury, body, why)
        except AWS_ERRORS as error:
            _log_failure(message_id, reason(error))
            return False
        logger.warning("No hint", extra={"message_id": message_id, "reason": why})
        return True


def _log_failure(message_id: str, why: str) -> None:
    logger.warning("Not delivered", extra={"message_id": message_id, "reason": why})


@cache
def delivering() -> Delivering:
    names = {
        Table.DATA: os.environ["ERRAND_DATA_TABLE"],
        Table.EPHEMERAL: os.environ["ERRAND_EPHEMERAL_TABLE"],
    }
    tables = GuardedTables(dynamodb=client("dynamodb", read_timeout=2), names=names)
    sqs = client("sqs", read_timeout=3)
    mail_queue = os.environ["ERRAND_MAIL_QUEUE_URL"]
    reaches_loopback = os.environ["ERRAND_LOOPBACK_WEBHOOKS"] == "1"
    return Delivering(
        book=Book(tables),
        ledger=Ledger(tables),
        queues=SqsQueues(
            sqs,
            prompt_url=os.environ["ERRAND_WEBHOOK_QUEUE_URL"],
            patient_url=os.environ["ERRAND_PATIENT_WEBHOOK_QUEUE_URL"],
        ),
        transport=this_machine_too if reaches_loopback else public_web,
        mail=QueueOutbox(mail_queue).send if mail_queue else None,
        bury=partial(bury, sqs, os.environ["ERRAND_WEBHOOK_DEAD_LETTERS_URL"]),
    )


def _is_patient(event: Mapping[str, Any]) -> bool:
    """By the queue that the batch is of."""
    name: str = event["Records"][0]["eventSourceARN"].rpartition(":")[2]
    return name == os.environ["ERRAND_PATIENT_WEBHOOK_QUEUE_URL"].rpartition("/")[2]


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    work = delivering().work(event["Records"], is_patient=_is_patient(event))
    failed = asyncio.run(work)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
