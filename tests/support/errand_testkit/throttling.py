"""Counters of attempts in memory."""

from collections.abc import Sequence
from dataclasses import replace

from errand.throttling.model import KNOWN_SECONDS, Attempt, Counter, Place, Step


class InMemoryCounters:
    """CounterRepository; `calls` counts what would be round trips."""

    def __init__(self) -> None:
        self.stored: dict[Attempt, Counter] = {}
        self.known: dict[Place, int] = {}
        self.calls = 0

    def count(self, steps: Sequence[Step], *, now: int) -> list[Step]:
        self.calls += 1
        if not all(self._holds(step, now) for step in steps):
            return [
                step
                if self._holds(step, now)
                else replace(step, seen=self.stored.get(step.attempt))
                for step in steps
            ]
        for attempt in (step.attempt for step in steps):
            nothing = Counter(attempts=0, latest=now, expires_at=attempt.policy.expires_at(now))
            run = self.stored.get(attempt, nothing)
            self.stored[attempt] = attempt.policy.counted(run, now=now)
        return []

    def settle(
        self,
        *,
        forgotten: Sequence[Attempt] = (),
        refunded: Sequence[Attempt] = (),
        place: Place | None = None,
        now: int,
    ) -> None:
        self.calls += 1
        for attempt in forgotten:
            self.stored.pop(attempt, None)
        for attempt in refunded:
            run = self.stored.get(attempt)
            if run and run.attempts:
                self.stored[attempt] = replace(run, attempts=run.attempts - 1)
        if place:
            self.known[place] = max(self.known.get(place, 0), now // 1000 + KNOWN_SECONDS)

    def is_known(self, place: Place, *, now: int) -> bool:
        self.calls += 1
        return self.known.get(place, 0) > now // 1000

    def forget_places(self, account: str) -> None:
        self.calls += 1
        for place in [place for place in self.known if place.account == account]:
            del self.known[place]

    def _holds(self, step: Step, now: int) -> bool:
        run = self.stored.get(step.attempt)
        if step.seen:
            return run is not None and (run.attempts, run.latest) == (
                step.seen.attempts,
                step.seen.latest,
            )
        return run is None or (
            run.attempts <= step.attempt.policy.free and run.expires_at > now // 1000
        )
