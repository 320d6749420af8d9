"""All event functions as one chain, each killed anywhere: nothing is lost, no double is unknown.

What becomes of calls, batches and messages is in errand_testkit/chain. `make faults` runs it for
500 events.
"""

import os
from collections.abc import Callable

import pytest

from errand.mails.sent import SentMails
from errand.reminding.sent import SentReminders
from errand_testkit.chain.figures import figures
from errand_testkit.chain.functions import FUNCTIONS
from errand_testkit.chain.reckoning import broken
from errand_testkit.chain.world import World
from errand_testkit.depth import times

SEED = int(os.environ.get("SEED", "1"))
EVENTS = times(60, deep=500)


@pytest.mark.deeper
@pytest.mark.parametrize("seed", range(SEED, SEED + times(1, deep=3)))
def test_what_is_promised_of_events_holds_whoever_is_killed(
    seed: int, record_property: Callable[[str, object], None]
) -> None:
    world = World(seed)
    world.run(EVENTS)
    lost = broken(world)
    told = {"seed": seed, **figures(world), "lost": sum(map(len, lost.values()))}
    record_property("chain", told)
    print(told)  # noqa: T201 - what `make faults` shows
    assert lost == {}
    assert len(world.bus.published) >= EVENTS
    assert world.killed.keys() == FUNCTIONS.keys()


# Each may be done once more whenever somebody asks.
UNGUARDED = {
    "channels of reminders": (SentReminders, "claim", True),
    "mails": (SentMails, "has", False),
}


@pytest.mark.deep
@pytest.mark.parametrize(("owner", "name", "answer"), UNGUARDED.values(), ids=[*UNGUARDED])
def test_what_nobody_guards_is_doubled(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, *, answer: bool
) -> None:
    """So the test above would tell; not of every run, as it takes some bad luck."""
    monkeypatch.setattr(owner, name, lambda *_: answer)
    assert any(_is_doubled(seed) for seed in range(SEED, SEED + 5))


def _is_doubled(seed: int) -> bool:
    world = World(seed)
    world.run(200)
    return (
        not broken(world)
        .keys()
        .isdisjoint({"each reminder is sent once", "each digest comes once a day"})
    )
