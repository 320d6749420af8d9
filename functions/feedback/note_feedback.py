"""Queue of bounces and complaints, which Amazon SES tells of -> a mark on the account.

A message may come any number of times, and of an address that the account no longer has.
"""

import logging
import os
from collections.abc import Sequence
from functools import cache
from typing import Any

from errand.aws import client
from errand.aws.batches import Message, failures
from errand.clock import Clock, system_clock
from errand.errors import Contended
from errand.identity.accounts.model import Account
from errand.mails.feedback import decode
from errand.records import load
from errand.storage.guarded import GuardedTables, Refused
from errand.storage.kinds import ACCOUNT, Table

logger = logging.getLogger("errand.note_feedback")
logger.setLevel(logging.INFO)


class FeedbackWriter:
    def __init__(self, *, tables: GuardedTables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock

    def work(self, messages: Sequence[Message]) -> list[str]:
        """The ids of the messages that failed and must come back."""
        return failures(messages, self._handle, _log_failure)

    def _handle(self, message: Message) -> None:
        self._note(message.get("body", ""))
        logger.info("Handled", extra={"message_id": message["messageId"]})

    def _note(self, body: str) -> None:
        feedback = decode(body)
        if feedback.reason is None:
            return
        key = ACCOUNT.key(feedback.user_id)
        item = self._tables.get(ACCOUNT, key)
        account = load(Account, item) if item else None
        if account is None or not feedback.is_about(account):
            return
        marks = feedback.marks(account, now=self._clock())
        try:
            self._tables.change(
                ACCOUNT,
                key,
                Account,
                marks,
                counted=("version",),
                only_if="{version} = :read",
                read=account.version,
            )
        except Refused:
            raise Contended from None


def _log_failure(message_id: str, why: str) -> None:
    logger.warning("Not noted", extra={"message_id": message_id, "reason": why})


@cache
def writer() -> FeedbackWriter:
    names = {Table.DATA: os.environ["ERRAND_DATA_TABLE"]}
    tables = GuardedTables(dynamodb=client("dynamodb", read_timeout=2), names=names)
    return FeedbackWriter(tables=tables, clock=system_clock)


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    failed = writer().work(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
