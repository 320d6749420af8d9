"""Queue of user.deleted events -> everything those accounts left behind is removed.

A message may come any number of times: a purge looks up what is left and removes that. One that
does not fit into an invocation puts its message back into the queue, to go on in a fresh one.
"""

import logging
import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Protocol

from errand.aws import client
from errand.aws.batches import Message, failures
from errand.events.deletions import deleted_user_id
from errand.identity.accounts.purge import AccountPurger, OutOfTime

logger = logging.getLogger("errand.purge_accounts")
logger.setLevel(logging.INFO)

# Room for the batch that is under way, its pauses included, and for sending the message again.
MARGIN = 10_000  # milliseconds


class LambdaContext(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


class PurgeWorker:
    """`again` sends a message's body to the queue it came from."""

    def __init__(self, *, purger: AccountPurger, again: Callable[[str], None]) -> None:
        self._purger = purger
        self._again = again

    def work(self, messages: Sequence[Message], *, has_time: Callable[[], bool]) -> list[str]:
        """The ids of the messages that failed and must come back."""
        progress = 0

        def handle(message: Message) -> None:
            nonlocal progress
            removed = self._purge(message.get("body", ""), has_time, progress)
            progress += removed
            about = {"message_id": message["messageId"], "items": removed}
            logger.info("Purged", extra=about)

        return failures(messages, handle, _log_failure)

    def _purge(self, body: str, has_time: Callable[[], bool], progress: int) -> int:
        try:
            return self._purger.purge(deleted_user_id(body), has_time=has_time)
        except OutOfTime as stopped:
            # The queue counts failures but never new messages: an invocation that got nowhere must
            # fail, or it would go round for ever.
            if progress + stopped.removed == 0:
                raise
            self._again(body)
            return stopped.removed


def _log_failure(message_id: str, why: str) -> None:
    logger.warning("Not purged", extra={"message_id": message_id, "reason": why})


@cache
def worker() -> PurgeWorker:
    queue_url = os.environ["ERRAND_PURGE_QUEUE_URL"]

    def again(body: str) -> None:
        # Made here because hardly any purge needs it.
        queue = client("sqs", read_timeout=3)
        queue.send_message(QueueUrl=queue_url, MessageBody=body, DelaySeconds=0)

    purger = AccountPurger(
        dynamodb=client("dynamodb", read_timeout=5),
        data_table=os.environ["ERRAND_DATA_TABLE"],
        # The log last: it must not tell of what is removed here.
        others=[os.environ["ERRAND_EPHEMERAL_TABLE"], os.environ["ERRAND_LOG_TABLE"]],
    )
    return PurgeWorker(purger=purger, again=again)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > MARGIN

    failed = worker().work(event["Records"], has_time=has_time)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
