"""Queue of reminders whose time has come -> the event bus, mails, and browsers.

A message may come any number of times: what is sent by a channel is on record.
"""

import logging
import os
from collections.abc import Sequence
from functools import cache
from typing import Any

from errand.aws import client
from errand.aws.batches import Message, failures
from errand.clock import system_clock
from errand.push.book import Browsers
from errand.push.channel import PushChannel
from errand.push.queue import NoticeQueue
from errand.reminding.channels import EventChannel, MailChannel
from errand.reminding.keeping import Tasks
from errand.reminding.requests import decode
from errand.reminding.sending import Channel, Sender
from errand.reminding.sent import SentReminders
from errand.storage.guarded import GuardedTables
from errand.storage.kinds import Table
from errand.storage.plain import PlainTables

logger = logging.getLogger("errand.send_reminders")
logger.setLevel(logging.INFO)


class Worker:
    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def work(self, messages: Sequence[Message]) -> list[str]:
        """The ids of the messages that failed and must come back."""
        failed = failures(messages, self._handle, _log_failure)
        logger.info("Reminded", extra={"messages": len(messages), "failed": len(failed)})
        return failed

    def _handle(self, message: Message) -> None:
        self._sender.send(decode(message.get("body", "")))


def _log_failure(message_id: str, why: str) -> None:
    logger.warning("Not reminded", extra={"message_id": message_id, "reason": why})


@cache
def worker() -> Worker:
    data_table = os.environ["ERRAND_DATA_TABLE"]
    dynamodb = client("dynamodb", read_timeout=3)
    events = client("events", read_timeout=3)
    channels: dict[str, Channel] = {
        "event": EventChannel(events=events, bus=os.environ["ERRAND_EVENT_BUS"])
    }
    mail_queue = os.environ["ERRAND_MAIL_QUEUE_URL"]
    if mail_queue:
        channels["mail"] = MailChannel(sqs=client("sqs", read_timeout=3), queue_url=mail_queue)
    ephemeral_table = os.environ["ERRAND_EPHEMERAL_TABLE"]
    push_queue = os.environ["ERRAND_PUSH_QUEUE_URL"]
    if push_queue:
        ephemeral = GuardedTables(dynamodb=dynamodb, names={Table.EPHEMERAL: ephemeral_table})
        channels["push"] = PushChannel(
            browsers=Browsers(ephemeral),
            queue=NoticeQueue(sqs=client("sqs", read_timeout=3), queue_url=push_queue),
            clock=system_clock,
        )
    plain = PlainTables(dynamodb=dynamodb, names={Table.DATA: data_table})
    sent = SentReminders(dynamodb=dynamodb, table=ephemeral_table, clock=system_clock)
    tasks = Tasks(plain, dynamodb=dynamodb, table=data_table)
    return Worker(Sender(tasks=tasks, sent=sent, channels=channels, clock=system_clock))


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    failed = worker().work(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
