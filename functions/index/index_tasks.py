"""Queue of events of tasks and comments -> the index of texts that GET /search looks through.

Which tasks have changed, or what is said of them, the events tell; what they are now is read. So
messages may come again, late, and in any order. Accounts are kept one by one: the messages of one
that failed come back.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from errand.aws import AWS_ERRORS, client, reason
from errand.clock import system_clock
from errand.config import epoch_of
from errand.errors import ErrandError, MalformedRecord
from errand.search.changes import searched
from errand.search.gathering import Gatherer
from errand.search.keeping import IndexKeeper
from errand.search.store import IndexStore
from errand.storage.kinds import Table

logger = logging.getLogger("errand.index_tasks")
logger.setLevel(logging.INFO)


@dataclass(slots=True)
class Touched:
    """What a batch tells of an account, and in which messages."""

    at: int = 0
    task_ids: set[str] = field(default_factory=set)
    messages: list[str] = field(default_factory=list)


class Indexer:
    """`stream`: the label of the data table's, by which an index knows its table."""

    def __init__(self, *, keeper: IndexKeeper, stream: str) -> None:
        self._keeper = keeper
        self._stream = stream

    def index(self, messages: Sequence[Mapping[str, Any]]) -> list[str]:
        """The ids of the messages that failed and must come back."""
        touched: dict[str, Touched] = {}
        failed: list[str] = []
        for message in messages:
            try:
                _add(touched, message)
            except MalformedRecord as error:
                _log_failure(error.code, 1)
                failed.append(message["messageId"])
        for user_id, one in touched.items():
            if not self._is_kept(user_id, one):
                failed += one.messages
        logger.info("Indexed", extra={"messages": len(messages), "accounts": len(touched)})
        return failed

    def _is_kept(self, user_id: str, touched: Touched) -> bool:
        try:
            self._keeper.keep(user_id, touched.task_ids, stream=self._stream, at=touched.at)
        except ErrandError as error:
            _log_failure(error.code, len(touched.messages))
        except AWS_ERRORS as error:
            _log_failure(reason(error), len(touched.messages))
        else:
            return True
        return False


def _add(touched: dict[str, Touched], message: Mapping[str, Any]) -> None:
    """Raises MalformedRecord."""
    change = searched(message.get("body", ""))
    if change is None:
        return
    one = touched.setdefault(change.user_id, Touched())
    one.at = max(one.at, change.at)
    one.task_ids.add(change.task_id)
    one.messages.append(message["messageId"])


def _log_failure(why: str, messages: int) -> None:
    logger.warning("Not indexed", extra={"reason": why, "messages": messages})


@cache
def indexer() -> Indexer:
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
    return Indexer(keeper=keeper, stream=epoch_of(os.environ["ERRAND_DATA_STREAM"]))


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    failed = indexer().index(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
