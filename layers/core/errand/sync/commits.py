"""Committing what the commands of a batch have gathered, with the receipt of the batch."""

from errand.clock import Clock
from errand.errors import AnsweredBefore, BatchTooLarge
from errand.identity.caller import Caller
from errand.storage.receipts import Receipt, commit_once_with
from errand.storage.staging import WRITES_MAX, Staging
from errand.storage.unit import Store

# One more is the receipt.
RECORDS_MAX = WRITES_MAX - 1


class Commits:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def check(self, staging: Staging, *, command: str) -> None:
        """Raises BatchTooLarge; `command`: the latest."""
        if len(staging) > RECORDS_MAX:
            raise BatchTooLarge(command, most=RECORDS_MAX)

    def commit(self, *, caller: Caller, staging: Staging, receipt: Receipt, answer: str) -> str:
        """In one transaction. The answer, or what the same batch got that was faster.

        Raises Overtaken if something has changed since it was read; IdempotencyKeyReused.
        """
        unit = staging.unit()
        commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=self._clock())
        try:
            self._store.commit(unit)
        except AnsweredBefore as before:
            return before.answer
        return answer
