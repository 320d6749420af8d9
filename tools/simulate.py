"""A day of a million accounts: requests, units, instances, the busiest account and the price.

`python -m tools.simulate`; each assumption is an option. Prices, units and durations are those of
tools/cost.py. A sample of accounts is drawn, and counts for all: what is rare is computed instead.
"""

import sys
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from math import exp, log
from random import Random
from statistics import NormalDist

from tools.cost import LOOKUP_UNITS, LOOKUPS, WRITES, average, serverless, table, total

MINUTES = 24 * 60
DAYS = 30.4  # of a month
# What one account has: one partition (docs/scale.md).
PARTITION_READS, PARTITION_WRITES = 3_000, 1_000
# What an account's writes are held to, a minute.
WRITES_A_MINUTE = 1_000
# Of people's requests by the hour of their own day.
BY_HOUR = (1, 1, 0, 0, 0, 1, 3, 6, 9, 9, 7, 6, 6, 6, 6, 6, 6, 6, 5, 5, 5, 4, 3, 2)
# Where people are: hours from UTC, and how many of a hundred.
ZONES = {-8: 12, -5: 18, -3: 8, 0: 10, 1: 22, 3: 8, 5: 10, 8: 8, 9: 4}


def _assume(default: float, meaning: str, *, least: float = 0, most: float = 1) -> float:
    value: float = field(default=default, metadata={"help": meaning, "least": least, "most": most})
    return value


@dataclass(frozen=True, kw_only=True, slots=True)
class Assumptions:
    accounts: float = _assume(1e6, "accounts", least=1, most=1e9)
    active: float = _assume(0.2, "share of them that are used on a day")
    requests: float = _assume(40, "requests of half of these people, or fewer", least=1, most=1e6)
    spread: float = _assume(
        1.2, "sigma of the log-normal distribution of people's requests", most=3
    )
    session: float = _assume(10, "requests that a person sends within a minute", least=1, most=1e4)
    scripts: float = _assume(0.0005, "share of accounts that scripts use, evenly")
    script_requests: float = _assume(20_000, "requests of each of these", most=1e6)
    sample: float = _assume(20_000, "people that are drawn", least=1, most=1e6)
    seed: float = _assume(1, "of chance", most=1e9)


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """`by_minute`: requests of all accounts; `busiest`: of one account in its busiest minute."""

    by_minute: Sequence[float]
    busiest: float

    @property
    def requests(self) -> float:
        return sum(self.by_minute)

    @property
    def peak(self) -> float:
        """A second, in the busiest minute."""
        return max(self.by_minute) / 60


def simulate(assumed: Assumptions) -> Day:
    """The same for the same assumptions."""
    random = Random(assumed.seed)  # noqa: S311 - chance that comes again
    people = assumed.accounts * assumed.active
    drawn = int(assumed.sample)
    by_minute = [0.0] * MINUTES
    zones, shares = zip(*ZONES.items(), strict=True)
    for _ in range(drawn):
        [zone] = random.choices(zones, shares)
        left = random.lognormvariate(log(assumed.requests), assumed.spread)
        while left > 0:
            [hour] = random.choices(range(24), BY_HOUR)
            minute = ((hour - zone) * 60 + random.randrange(60)) % MINUTES
            by_minute[minute] += min(left, assumed.session)
            left -= assumed.session
    scripts = assumed.accounts * assumed.scripts * assumed.script_requests / MINUTES
    return Day(
        by_minute=[one * people / drawn + scripts for one in by_minute],
        busiest=_busiest(assumed, people),
    )


def _busiest(assumed: Assumptions, people: float) -> float:
    """Of the one in so many people with most requests, whose sessions meet in the busiest hour."""
    rarest = NormalDist().inv_cdf(1 - 1 / max(people, 2))
    most = exp(log(assumed.requests) + assumed.spread * rarest)
    in_an_hour = most * max(BY_HOUR) / sum(BY_HOUR)
    # Sessions of a minute, at random in an hour: four standard deviations above their mean.
    sessions = in_an_hour / assumed.session / 60
    by_hand = (sessions + 4 * sessions**0.5) * assumed.session
    return float(max(by_hand, assumed.session, assumed.script_requests / MINUTES))


def report(assumed: Assumptions) -> str:
    """Markdown."""
    day = simulate(assumed)
    reads = average("read_units") + LOOKUPS * LOOKUP_UNITS
    writes = average("write_units")
    month = day.requests * DAYS
    price = total(serverless(month))
    # Whoever writes more in a minute is told to come back.
    held = min(day.busiest * WRITES, WRITES_A_MINUTE) / WRITES
    rows = [
        ("requests", f"{day.requests:,.0f}", f"{day.peak:,.0f}"),
        ("read units", f"{day.requests * reads:,.0f}", f"{day.peak * reads:,.0f}"),
        ("write units", f"{day.requests * writes:,.0f}", f"{day.peak * writes:,.0f}"),
        ("changes, events", f"{day.requests * WRITES:,.0f}", f"{day.peak * WRITES:,.0f}"),
        ("instances of the API", "", f"{day.peak * average('duration_ms') / 1000:,.1f}"),
        ("busiest account, read units", "", f"{held * reads / 60:,.1f} of {PARTITION_READS:,}"),
        ("busiest account, write units", "", f"{held * writes / 60:,.1f} of {PARTITION_WRITES:,}"),
    ]
    told = table(("", "a day", "a second, at its peak"), rows)
    each = price / assumed.accounts * 1000
    return (
        f"{told}\n\n${price:,.0f} a month: ${each:,.2f} for 1,000 accounts, "
        f"${price / month * 1e6:,.2f} for a million requests."
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the assumptions, print."""
    parser = ArgumentParser(
        prog="simulate",
        description="A day of many accounts.",
        formatter_class=ArgumentDefaultsHelpFormatter,
    )
    for one in fields(Assumptions):
        name = f"--{one.name.replace('_', '-')}"
        parser.add_argument(name, type=float, default=one.default, help=one.metadata["help"])
    given = vars(parser.parse_args(argv))
    for one in fields(Assumptions):
        least, most = one.metadata["least"], one.metadata["most"]
        if not least <= given[one.name] <= most:
            parser.error(f"{one.metadata['help']}: a number from {least:g} to {most:g}")
    print(report(Assumptions(**given)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
