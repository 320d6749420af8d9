"""Queue of files that were uploaded -> tasks of whoever uploaded them.

A message may come any number of times: an import goes on where it is. One that does not fit into an
invocation puts its message back into the queue, to go on in a fresh one.
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from errand.aws import client
from errand.aws.batches import Message, failures
from errand.clock import system_clock
from errand.identity.accounts.repository import DynamoAccounts
from errand.labels.repository import DynamoLabels
from errand.projects.repository import DynamoProjects
from errand.sections.repository import DynamoSections
from errand.storage.tables import connect
from errand.storage.unit import DynamoStore
from errand.tasks.repository import DynamoTasks
from errand.transfer.importing import Importer
from errand.uploads.files import S3Files
from errand.uploads.notices import Arrival, arrivals
from errand.uploads.repository import DynamoUploads
from errand.uploads.run import HasTime, Tools
from errand.uploads.working import Outcome, UploadWorker

logger = logging.getLogger("errand.import_tasks")
logger.setLevel(logging.INFO)

# Room for the step that is under way, each of its attempts included, and for handing over.
MARGIN = 45_000  # milliseconds
# Before a run that DynamoDB was too busy for is followed by another.
LATER = 60  # seconds


class LambdaContext(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


class ImportConsumer:
    """`again` sends a message's body to the queue it came from, after so many seconds."""

    def __init__(self, *, worker: UploadWorker, again: Callable[[str, int], None]) -> None:
        self._worker = worker
        self._again = again

    def work(self, messages: Sequence[Message], *, has_time: HasTime) -> list[str]:
        """The ids of the messages that failed and must come back."""

        def handle(message: Message) -> None:
            message_id, body = message["messageId"], message.get("body", "")
            outcomes = {self._outcome(one, message_id, has_time) for one in arrivals(body)}
            if outcomes & {Outcome.MORE, Outcome.LATER}:
                self._again(body, LATER if Outcome.LATER in outcomes else 0)

        return failures(messages, handle, _log_failure)

    def _outcome(self, arrival: Arrival, message_id: str, has_time: HasTime) -> Outcome:
        outcome = self._worker.work(arrival, has_time=has_time)
        about = {"message_id": message_id, "import_id": arrival.upload_id}
        logger.info("Worked off", extra={**about, "outcome": outcome.name})
        return outcome


def _log_failure(message_id: str, why: str) -> None:
    logger.warning("Not worked off", extra={"message_id": message_id, "reason": why})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tables:
    data_table: str
    ephemeral_table: str
    log_table: str = "-"  # nothing here asks for it, and its role may not


@cache
def consumer() -> ImportConsumer:
    queue_url = os.environ["ERRAND_IMPORT_QUEUE_URL"]
    connect(
        _Tables(
            data_table=os.environ["ERRAND_DATA_TABLE"],
            ephemeral_table=os.environ["ERRAND_EPHEMERAL_TABLE"],
        )
    )

    def again(body: str, delay: int) -> None:
        # Made here because hardly any import needs it.
        queue = client("sqs", read_timeout=3)
        queue.send_message(QueueUrl=queue_url, MessageBody=body, DelaySeconds=delay)

    store = DynamoStore()
    tools = Tools(
        uploads=DynamoUploads(),
        importer=Importer(
            tasks=DynamoTasks(),
            projects=DynamoProjects(),
            sections=DynamoSections(),
            labels=DynamoLabels(),
            store=store,
        ),
        accounts=DynamoAccounts(),
        store=store,
        clock=system_clock,
        pause=time.sleep,
    )
    s3 = client("s3", read_timeout=10)
    files = S3Files(s3, bucket=os.environ["ERRAND_IMPORT_BUCKET"])
    return ImportConsumer(worker=UploadWorker(tools, files=files), again=again)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > MARGIN

    failed = consumer().work(event["Records"], has_time=has_time)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
