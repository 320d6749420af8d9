"""What was measured, and the bars it is held to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

# Which artifact, and what was asked of it: ("ours", "page"); if warm, also with which token.
type Case = tuple[str, ...]

# A token that the process has met before, and one that it has not.
SEEN, NEW = "seen", "new"


@dataclass(kw_only=True)
class Figures:
    """Cold: import and first request, beyond the bare runtime. Warm: one request.

    Seconds are of user and system time: medians, or one for each round.
    """

    cold_instructions: dict[Case, float] = field(default_factory=dict)
    cold_seconds: dict[Case, float] = field(default_factory=dict)
    client_instructions: dict[Case, float] = field(default_factory=dict)
    client_seconds: dict[Case, float] = field(default_factory=dict)
    warm_instructions: dict[Case, float] = field(default_factory=dict)
    warm_seconds: dict[Case, list[float]] = field(default_factory=dict)
    zipped_bytes: dict[str, int] = field(default_factory=dict)
    operations: int = 0
    rounds: int = 0


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
    cold = figures.cold_instructions
    for event in ("page", "create"):
        for peer, limit in (("d*", 0.9), ("c*", 0.6), ("a", 0.3)):
            deployed = ", as deployed" if peer == "a" else ""
            ratio = cold["ours", event] / cold[peer, event]
            yield Bar(f"cold {event} of ({peer}){deployed}", ratio, limit)
    for token, page, create in ((SEEN, 0.42, 0.8), (NEW, 0.75, 1)):
        for event, limit in (("page", page), ("create", create)):
            ratio = _warm_ratio(figures, event, token)
            yield Bar(f"warm {event}, token {token}, CPU of (c*)", ratio, limit)
    for event in ("changes", "purge", "mail"):
        yield Bar(f"cold {event} of (d*)", cold["ours", event] / cold["d*", "page"], 1.1)
    yield Bar("package of the API", figures.zipped_bytes["ours"] / 1e6, 8, " MB")


def _warm_ratio(figures: Figures, event: str, token: str) -> float:
    """Of runs that are a second apart: from minute to minute a shared machine changes."""
    ours, peers = (figures.warm_seconds[key, event, token] for key in ("ours", "c*"))
    return median(own / other for own, other in zip(ours, peers, strict=True))
