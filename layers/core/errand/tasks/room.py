"""How many open tasks an account may have."""

from collections.abc import Callable

from errand.clock import Clock
from errand.errors import InvalidInput
from errand.identity.caller import Caller
from errand.storage.receipts import Receipt, check_unanswered
from errand.tasks.ports import CountsOfTasks


class Room:
    """By what the log has counted, a second ago. `most`: that many, 100,000 unless told."""

    def __init__(
        self, *, counts: Callable[[], CountsOfTasks], clock: Clock, most: int | None = None
    ) -> None:
        self._counts = counts
        self._clock = clock
        self._most = most

    def check(self, caller: Caller, more: int, *, receipt: Receipt | None = None) -> None:
        """For so many more open tasks; looked up for several, or where there is not much room.

        Raises InvalidInput; AnsweredBefore if they have been made with this receipt.
        """
        if more <= 0 or (more == 1 and not caller.is_nearly_full):
            return
        from errand.history.counts import OPEN_MAX, Counted  # noqa: PLC0415 - for hardly anybody

        most = OPEN_MAX if self._most is None else self._most
        counts = self._counts().counts(user_id=caller.user_id)
        if counts is None or counts.get(Counted.OPEN, 0) + more <= most:
            return
        check_unanswered(receipt, owner=caller.user_id, now=self._clock())
        raise InvalidInput(f"An account has at most {most:,} open tasks")
