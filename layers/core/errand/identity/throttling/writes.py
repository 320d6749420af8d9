"""How much an account may write in a minute, so that it costs nobody else.

Each process counts by itself, and tells the others only of every so many writes: who writes little,
as nearly everybody does, costs nothing. So an account is stopped at the limit, or up to a step for
each process beyond it.
"""

from contextlib import suppress

from errand.clock import Clock
from errand.errors import StorageUnavailable, TooManyWrites
from errand.identity.throttling.model import Counter
from errand.storage.kinds import COUNTER
from errand.storage.mapper import mapper
from errand.storage.operations import Update
from errand.storage.unit import Store, Unit, overtaken

WRITES_MAX = 1_000
WINDOW_SECONDS = 60
_STEP = 50
# Accounts that a process has in mind; beyond that it begins anew.
_ACCOUNTS_MAX = 1_000
_COUNTERS = mapper(COUNTER, Counter)


class WriteLimit:
    """A fixed window: what is left comes back all at once, with the next minute."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._window = 0
        # By account: writes in this process, and those that all processes told of.
        self._own: dict[str, int] = {}
        self._told: dict[str, int] = {}

    def count(self, user_id: str) -> bool:
        """Whether the others are to be told (`tell`). Raises TooManyWrites."""
        now = self._clock() // 1000
        window = now // WINDOW_SECONDS
        if window != self._window or len(self._own) > _ACCOUNTS_MAX:
            self._window, self._own, self._told = window, {}, {}
        own = self._own.get(user_id, 0)
        if max(own, self._told.get(user_id, 0) + own % _STEP) >= WRITES_MAX:
            raise TooManyWrites(
                limit=WRITES_MAX,
                window=WINDOW_SECONDS,
                retry_after=(window + 1) * WINDOW_SECONDS - now,
            )
        self._own[user_id] = own + 1
        return (own + 1) % _STEP == 0

    def tell(self, user_id: str) -> None:
        """Of so many more, and learn what others told: one unit written."""
        key = COUNTER.key(f"writes#{user_id}#{self._window}")
        attempts, latest = _COUNTERS["attempts"], _COUNTERS["latest"]
        expires_at = _COUNTERS["expires_at"]
        actions = [
            attempts.add(_STEP),
            latest.set(self._clock()),
            expires_at.set((self._window + 2) * WINDOW_SECONDS),
        ]
        is_any = _COUNTERS.is_free | _COUNTERS.exists
        unit = Unit()
        unit.add(Update(_COUNTERS.at(key), actions, is_any), overtaken)
        # Not to be counted by others for once is no reason to fail.
        with suppress(StorageUnavailable):
            counted: Counter = _COUNTERS.of(self._store.commit(unit))
            self._told[user_id] = counted.attempts
