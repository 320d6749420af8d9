"""The log of changes -> the index of texts that GET /search looks through.

Which tasks have changed, or what is said of them, the log tells; what they are now is read. So a
batch may come again, in part or late. Accounts are kept one by one: the first record of one that
failed is reported, and Lambda comes back with it and all after it. What can never be understood
goes to the dead letters and holds up nothing.
"""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from errand.aws import AWS_ERRORS, client, reason
from errand.clock import system_clock
from errand.errors import MalformedRecord, StorageUnavailable
from errand.history.changes import Change
from errand.messages import member
from errand.records import load
from errand.search.changes import searched
from errand.search.gathering import Gatherer
from errand.search.keeping import IndexKeeper
from errand.search.store import IndexStore
from errand.storage.kinds import Table
from errand.streams import images, letter, position

logger = logging.getLogger("errand.index_tasks")
logger.setLevel(logging.INFO)


@dataclass(slots=True)
class Touched:
    """What a batch tells of an account. `first`: the number of its first record."""

    first: int
    stream: str = ""
    at: int = 0
    task_ids: set[str] = field(default_factory=set)


class Indexer:
    """`bury` puts a text among the dead letters."""

    def __init__(self, *, keeper: IndexKeeper, bury: Callable[[str], None]) -> None:
        self._keeper = keeper
        self._bury = bury

    def index(self, records: Sequence[object]) -> str | None:
        """The sequence number of the first record that must come again, None if none must."""
        touched: dict[str, Touched] = {}
        failed: set[int] = set()
        for number, record in enumerate(records):
            try:
                _add(touched, number, record)
            except MalformedRecord as error:
                if not self._is_buried(record, error.detail):
                    failed.add(number)
        for user_id, one in touched.items():
            if not self._is_kept(user_id, one, records[one.first]):
                failed.add(one.first)
        logger.info("Indexed", extra={"records": len(records), "accounts": len(touched)})
        return position(records[min(failed)]) if failed else None

    def _is_kept(self, user_id: str, touched: Touched, record: object) -> bool:
        try:
            self._keeper.keep(user_id, touched.task_ids, stream=touched.stream, at=touched.at)
        except MalformedRecord as error:
            # Something that is stored, and stays.
            return self._is_buried(record, error.detail)
        except StorageUnavailable as error:
            logger.warning("Not indexed", extra={"reason": error.code})
        except AWS_ERRORS as error:
            logger.warning("Not indexed", extra={"reason": reason(error)})
        else:
            return True
        return False

    def _is_buried(self, record: object, why: str) -> bool:
        about = {"sequence_number": position(record), "reason": why}
        try:
            self._bury(letter(record, why))
        except AWS_ERRORS as error:
            logger.warning("Not buried", extra={**about, "reason": reason(error)})
            return False
        logger.warning("Never to be indexed", extra=about)
        return True


def _add(touched: dict[str, Touched], number: int, record: object) -> None:
    """Raises MalformedRecord."""
    if member(record, "eventName", str) != "INSERT":
        # Entries never change, and when one expires there is nothing new.
        return
    change = load(Change, images(record)[1] or {})
    task_id = searched(change)
    if task_id is None:
        return
    one = touched.setdefault(change.user_id, Touched(number))
    one.stream, one.at = change.stream or one.stream, max(one.at, change.at)
    one.task_ids.add(task_id)


@cache
def indexer() -> Indexer:
    queue_url = os.environ["ERRAND_INDEX_DEAD_LETTERS_URL"]

    def bury(letter: str) -> None:
        # Made here because hardly any batch needs it.
        queue = client("sqs", read_timeout=3)
        queue.send_message(QueueUrl=queue_url, MessageBody=letter)

    dynamodb = client("dynamodb", read_timeout=5)
    names = {
        Table.DATA: os.environ["ERRAND_DATA_TABLE"],
        Table.EPHEMERAL: os.environ["ERRAND_EPHEMERAL_TABLE"],
    }
    keeper = IndexKeeper(
        store=IndexStore(dynamodb=dynamodb, names=names),
        gatherer=Gatherer(dynamodb=dynamodb, names=names),
        clock=system_clock,
    )
    return Indexer(keeper=keeper, bury=bury)


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    failed = indexer().index(event["Records"])
    return {"batchItemFailures": [] if failed is None else [{"itemIdentifier": failed}]}
