"""What was measured, and the bars it is held to."""

from collections.abc import Iterator
from dataclasses import dataclass, field

# Which artifact, and what was asked of it: ("ours", "page").
type Case = tuple[str, str]

# Instructions that each operation beyond the two of the peers may add to a cold start.
PER_ROUTE = 9_000_000


@dataclass(kw_only=True)
class Figures:
    """Cold: import and first request, beyond the bare runtime. Warm: one request.

    Seconds are medians of user and system time.
    """

    cold_instructions: dict[Case, float] = field(default_factory=dict)
    cold_seconds: dict[Case, float] = field(default_factory=dict)
    client_instructions: dict[Case, float] = field(default_factory=dict)
    client_seconds: dict[Case, float] = field(default_factory=dict)
    warm_instructions: dict[Case, float] = field(default_factory=dict)
    warm_seconds: dict[Case, float] = field(default_factory=dict)
    zipped_bytes: dict[str, int] = field(default_factory=dict)
    operations: int = 0
    rounds: int = 0

    @property
    def per_route(self) -> float:
        """Instructions that an operation beyond the two adds to a cold start."""
        more = self.cold_instructions["ours", "page"] - self.cold_instructions["two", "page"]
        return more / (self.operations - 2)


@dataclass(frozen=True)
class Bar:
    what: str
    measured: float
    limit: float
    unit: str = ""

    @property
    def verdict(self) -> str:
        return "met" if self.measured <= self.limit else "not met"


def bars(figures: Figures) -> Iterator[Bar]:
    """Those of a cold start are in instructions, the others as they say."""
    cold, warm = figures.cold_instructions, figures.warm_seconds
    allowance = PER_ROUTE * (figures.operations - 2)
    for event in ("page", "create"):
        ours = cold["ours", event]
        floor = (ours - allowance) / cold["d*", event]
        yield Bar(f"cold {event}, less 9 M for each further route, of (d*)", floor, 1.55)
        yield Bar(f"cold {event} of (c*)", ours / cold["c*", event], 0.92)
        yield Bar(f"cold {event} of (a), as deployed", ours / cold["a", event], 0.3)
    yield Bar("warm page, CPU of (c*)", warm["ours", "page"] / warm["c*", "page"], 0.45)
    yield Bar("warm create, CPU of (c*)", warm["ours", "create"] / warm["c*", "create"], 0.9)
    for event in ("changes", "purge", "mail"):
        yield Bar(f"cold {event} of (d*)", cold["ours", event] / cold["d*", "page"], 1.1)
    yield Bar("package of the API", figures.zipped_bytes["ours"] / 1e6, 8, " MB")
