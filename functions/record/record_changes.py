"""DataTable's stream -> the log of changes.

Records are appended in order, up to the first that fails; its sequence number is reported, and
Lambda comes back with it and all after it, for as long as the stream keeps them. What was appended
before is known again. What can never be understood, or is too large for an entry, goes to the dead
letters and holds up nothing.
With a task that is gone for good go its comments and completions. Of an account that is gone the
log tells that it is: with that its events end, and the purge of all else begins.
"""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from errand.aws import AWS_ERRORS, client, reason
from errand.comments.model import commented
from errand.errors import MalformedRecord, StorageUnavailable
from errand.history.accounts import Accounts, Known
from errand.history.changes import Action, Change
from errand.history.counts import difference
from errand.history.recording import ChangeLog, change_of
from errand.storage.kinds import ACCOUNT, COMPLETION, Table
from errand.storage.leftovers import Leftovers
from errand.streams import images, letter, position

logger = logging.getLogger("errand.record_changes")
logger.setLevel(logging.INFO)


class Recorder:
    """`bury` puts a text among the dead letters."""

    def __init__(
        self,
        *,
        log: ChangeLog,
        accounts: Accounts,
        leftovers: Leftovers,
        bury: Callable[[str], None],
    ) -> None:
        self._log = log
        self._accounts = accounts
        self._leftovers = leftovers
        self._bury = bury

    def record(self, records: Sequence[object]) -> str | None:
        """The sequence number of the first record that must come again, None if none must."""
        # Looked up anew for each batch: an account may be deleted, and none comes back.
        accounts: dict[str, Known | None] = {}
        changes = 0
        for record in records:
            try:
                changes += self._append(record, accounts)
            except MalformedRecord as error:
                if not self._is_buried(record, error.detail):
                    return position(record)
            except StorageUnavailable as error:
                return self._failed(record, error.code)
            except AWS_ERRORS as error:
                return self._failed(record, reason(error))
        logger.info("Recorded", extra={"records": len(records), "changes": changes})
        return None

    def _append(self, record: object, accounts: dict[str, Known | None]) -> bool:
        """Whether it is a change that the log tells of."""
        change = change_of(record)
        if change is None:
            return False
        user_id = change.user_id
        if user_id not in accounts:
            accounts[user_id] = self._accounts.find(user_id)
        account = accounts[user_id]
        is_farewell = change.kind_of_record is ACCOUNT and change.action is Action.DELETED
        if account is None and not is_farewell:
            return False
        if self._is_leftover(change):
            # Nobody has undone it: there is no event of it.
            change = replace(change, besides=None)
        last = self._log.append(change, difference(*images(record)))
        if account is not None:
            accounts[user_id] = self._accounts.follow(account, last)
            self._leftovers.follow(record)
        return True

    def _is_leftover(self, change: Change) -> bool:
        """Whether a completion went with its task, and not because it was undone."""
        if change.kind_of_record is not COMPLETION or change.action is not Action.DELETED:
            return False
        task_id, _, _ = change.place.removeprefix(COMPLETION.prefix).partition("#")
        return self._leftovers.are_of_none(change.user_id, task_id)

    def _is_buried(self, record: object, why: str) -> bool:
        about = {"sequence_number": position(record), "reason": why}
        try:
            self._bury(letter(record, why))
        except AWS_ERRORS as error:
            logger.warning("Not buried", extra={**about, "reason": reason(error)})
            return False
        logger.warning("Never to be recorded", extra=about)
        return True

    def _failed(self, record: object, why: str) -> str:
        place = position(record)
        logger.warning("Not recorded", extra={"sequence_number": place, "reason": why})
        return place


@cache
def recorder() -> Recorder:
    queue_url = os.environ["ERRAND_LOG_DEAD_LETTERS_URL"]

    def bury(letter: str) -> None:
        # Made here because hardly any batch needs it.
        queue = client("sqs", read_timeout=3)
        queue.send_message(QueueUrl=queue_url, MessageBody=letter)

    dynamodb, data_table = client("dynamodb", read_timeout=3), os.environ["ERRAND_DATA_TABLE"]
    log = ChangeLog(
        dynamodb=dynamodb,
        names={
            Table.DATA: data_table,
            Table.LOG: os.environ["ERRAND_LOG_TABLE"],
        },
    )
    leftovers = Leftovers(dynamodb=dynamodb, table=data_table, commented=commented)
    accounts = Accounts(dynamodb=dynamodb, table=data_table)
    return Recorder(log=log, accounts=accounts, leftovers=leftovers, bury=bury)


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    failed = recorder().record(event["Records"])
    return {"batchItemFailures": [] if failed is None else [{"itemIdentifier": failed}]}
