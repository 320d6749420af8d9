"""How long the next attempt has to wait."""

import pytest

from errand.identity.throttling import model
from errand.identity.throttling.model import Attempt, Counter, Known, Place, Policy
from errand_testkit.fakes import ManualClock

NOW = ManualClock().now
POLICY = Policy(name="knock", free=3, first_pause=2, longest_pause=15, memory=60)
EVERY_POLICY = [each for each in vars(model).values() if isinstance(each, Policy)]


def _run(attempts: int) -> Counter:
    return Counter(attempts=attempts, latest=NOW, expires_at=NOW // 1000 + 60)


def test_pause_doubles_from_the_first_attempt_that_is_not_free() -> None:
    assert [POLICY.pause(attempts) for attempts in range(9)] == [0, 0, 0, 0, 2, 4, 8, 15, 15]


def test_pause_of_a_run_without_end_is_the_longest() -> None:
    assert POLICY.pause(10**9) == 15


@pytest.mark.parametrize(
    ("passed_ms", "left"), [(0, 4), (1, 4), (1000, 3), (3001, 1), (3999, 1), (4000, 0), (9000, 0)]
)
def test_wait_is_what_is_left_of_the_pause_in_seconds_rounded_up(passed_ms: int, left: int) -> None:
    assert POLICY.wait(_run(5), now=NOW + passed_ms) == left


def test_free_attempts_do_not_wait() -> None:
    assert POLICY.wait(_run(3), now=NOW) == 0


def test_counting_adds_to_the_run_and_does_not_prolong_it() -> None:
    counted = POLICY.counted(_run(5), now=NOW + 59_999)
    assert counted == Counter(attempts=6, latest=NOW + 59_999, expires_at=NOW // 1000 + 60)


def test_run_is_forgotten_some_time_after_it_began() -> None:
    later = NOW + 60_000
    run = Counter(attempts=9, latest=later - 1, expires_at=NOW // 1000 + 60)
    assert POLICY.wait(run, now=later) == 0
    assert POLICY.counted(run, now=later) == Counter(
        attempts=1, latest=later, expires_at=later // 1000 + 60
    )


@pytest.mark.parametrize("policy", EVERY_POLICY, ids=lambda policy: policy.name)
def test_pauses_end_before_they_are_forgotten(policy: Policy) -> None:
    assert 0 < policy.first_pause <= policy.longest_pause <= policy.memory


def test_policies_count_apart() -> None:
    assert len({policy.name for policy in EVERY_POLICY}) == len(EVERY_POLICY)


def test_spellings_of_a_name_are_one() -> None:
    assert POLICY.by("Ada") == POLICY.by("ADA") == POLICY.by("\uff41\uff44\uff41")  # noqa: RUF100, RUF001 - full width


@pytest.mark.parametrize(
    "other",
    [POLICY.by("adab", "ob"), POLICY.by("ada"), POLICY.by('ada", "bob'), POLICY.by("bob", "ada")],
)
def test_others_are_others(other: Attempt) -> None:
    assert other != POLICY.by("ada", "bob")


def test_nobody_can_be_read_in_a_key() -> None:
    texts = [POLICY.by("ada").key, Place.of(Known("ada", 0), "1").address]
    assert [len(bytes.fromhex(text)) for text in texts] == [32, 32]


def test_half_a_character_is_a_name_like_any_other() -> None:
    assert POLICY.by("\ud800") != POLICY.by("\udbff")
