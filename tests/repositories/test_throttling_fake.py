"""The counters in memory do what the ones on DynamoDB do."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errand.throttling.model import Attempt, Place, Policy, Step
from errand.throttling.repository import CounterRepository, DynamoCounters
from errand_testkit.fakes import ManualClock
from errand_testkit.throttling import InMemoryCounters

pytestmark = pytest.mark.usefixtures("tables")

KNOCK = Policy(name="knock", free=2, first_pause=1, longest_pause=4, memory=60)
RING = Policy(name="ring", free=4, first_pause=10, longest_pause=10, memory=60)
examples = count()
policies = st.sampled_from([KNOCK, RING])
some = st.lists(policies, unique=True)
steps_ahead = st.sampled_from([0, 0, 1, 999, 1000, 4000, 60_000])
operations = st.one_of(
    st.tuples(st.just("count"), st.lists(policies, min_size=1, unique=True)),
    st.tuples(st.just("settle"), st.tuples(some, some, st.booleans())),
    st.tuples(st.just("is_known"), st.none()),
    st.tuples(st.just("forget_places"), st.none()),
)


def _counted(
    repository: CounterRepository, attempts: Sequence[Attempt], now: int
) -> list[list[Step]]:
    """What each of three tries answers, whoever has to wait."""
    steps, answers = [Step(attempt=attempt) for attempt in attempts], []
    for _ in range(3):
        if steps:
            steps = repository.count(steps, now=now)
            answers.append(steps)
    return answers


@settings(
    derandomize=True,
    deadline=None,
    max_examples=60,
    # Every example has names of its own, so the tables may stay.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(operations, steps_ahead), max_size=15))
def test_counters(run: list[tuple[tuple[str, Any], int]]) -> None:
    repositories: list[CounterRepository] = [InMemoryCounters(), DynamoCounters()]
    name, now = f"user-{next(examples)}", ManualClock().now
    place = Place.of(name, "192.0.2.1")
    for (operation, how), ahead in run:
        now += ahead
        answers: list[object] = []
        for repository in repositories:
            if operation == "count":
                answers.append(_counted(repository, [policy.by(name) for policy in how], now))
            elif operation == "settle":
                forgotten, refunded, with_place = how
                repository.settle(
                    forgotten=[policy.by(name) for policy in forgotten],
                    refunded=[each.by(name) for each in refunded if each not in forgotten],
                    place=place if with_place else None,
                    now=now,
                )
            elif operation == "forget_places":
                repository.forget_places(place.account)
            else:
                answers.append(repository.is_known(place, now=now))
        assert answers[:1] == answers[1:], (operation, how)
