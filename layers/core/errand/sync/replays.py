"""What commands of a batch were answered, so that one that is sent again is not carried out again.

Kept right after a command was carried out, not with it: if the process ends just between, and only
then, the command is carried out once more. What creates something has a receipt of its own.
"""

from errand.clock import Clock
from errand.errors import AnsweredBefore, IdempotencyKeyReused
from errand.identity.caller import Caller
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit


class Replays:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def answer(self, *, caller: Caller, receipt: Receipt) -> str | None:
        """Of the same command before. Raises IdempotencyKeyReused for another one."""
        try:
            check_unanswered(receipt, owner=caller.user_id, now=self._clock())
        except AnsweredBefore as before:
            return before.answer
        return None

    def keep(self, *, caller: Caller, receipt: Receipt, answer: str) -> None:
        unit = Unit()
        commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=self._clock())
        try:
            self._store.commit(unit)
        except (AnsweredBefore, IdempotencyKeyReused):
            # Another device of the client was faster with the same command.
            return
