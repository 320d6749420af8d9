"""A clock that goes when it is told to."""


class ManualClock:
    """Epoch milliseconds, starting on 2026-11-22T08:30:00Z."""

    def __init__(self, now: int = 1_795_336_200_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += round(seconds * 1000)
