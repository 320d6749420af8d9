"""Queue of reminders whose time has come -> the event bus, and mails.

A message may come any number of times: what is sent by a channel is on record.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from errand.aws import AWS_ERRORS, client, reason
from errand.clock import system_clock
from errand.errors import ErrandError
from errand.reminding.channels import EventChannel, MailChannel, NotTaken
from errand.reminding.keeping import Tasks
from errand.reminding.requests import decode
from errand.reminding.sending import Channel, Sender
from errand.reminding.sent import SentReminders
from errand.storage.kinds import Table
from errand.storage.plain import PlainTables

logger = logging.getLogger("errand.send_reminders")
logger.setLevel(logging.INFO)


class Worker:
    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def work(self, messages: Sequence[Mapping[str, Any]]) -> list[str]:
        """The ids of the messages that failed and must come back."""
        failed, sent = [], 0
        for message in messages:
            message_id = message["messageId"]
            try:
                sent += self._sender.send(decode(message.get("body", "")))
            except ErrandError as error:
                _log_failure(message_id, error.code)
                failed.append(message_id)
            except AWS_ERRORS as error:
                _log_failure(message_id, reason(error))
                failed.append(message_id)
            except NotTaken as error:
                _log_failure(message_id, str(error))
                failed.append(message_id)
        logger.info("Reminded", extra={"messages": len(messages), "sent": sent})
        return failed


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
    plain = PlainTables(dynamodb=dynamodb, names={Table.DATA: data_table})
    sent = SentReminders(
        dynamodb=dynamodb, table=os.environ["ERRAND_EPHEMERAL_TABLE"], clock=system_clock
    )
    tasks = Tasks(plain, dynamodb=dynamodb, table=data_table)
    return Worker(Sender(tasks=tasks, sent=sent, channels=channels, clock=system_clock))


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    failed = worker().work(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
