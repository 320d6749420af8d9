"""When the next attempt is: soon at first, then less and less often, for a day."""

from itertools import pairwise

import pytest

from errand.webhooks.retries import ASKED_MAX, LASTS, LONGEST, SHORTEST, asked_by, next_attempt

NOW = 1_795_336_200_000


def _attempts(chance: float) -> list[int]:
    """After the first, in milliseconds since it."""
    found, now = [], 0
    while (following := next_attempt(begun_at=0, now=now, chance=chance)) is not None:
        found.append(following)
        now = following
    return found


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_attempts_grow_apart_and_end_after_a_day(chance: float) -> None:
    attempts = _attempts(chance)
    assert attempts[-1] == LASTS
    assert 10 < len(attempts) < 30
    pauses = [later - sooner for sooner, later in pairwise([0, *attempts])]
    assert min(pauses) >= SHORTEST * 0.8
    assert max(pauses) <= LONGEST * 1.2


def test_what_failed_together_does_not_come_again_together() -> None:
    begun, now = NOW, NOW + 60_000
    first, last = (next_attempt(begun_at=begun, now=now, chance=one) for one in (0.0, 1.0))
    assert (first, last) == (now + 48_000, now + 72_000)


def test_nothing_is_tried_after_a_day_whatever_is_asked_for() -> None:
    assert next_attempt(begun_at=NOW, now=NOW + LASTS, chance=0.5, asked=1000) is None
    late = NOW + LASTS - 1000
    assert next_attempt(begun_at=NOW, now=late, chance=0.5, asked=ASKED_MAX) == NOW + LASTS


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        (None, 0),
        ("", 0),
        ("30", 30_000),
        (" 30 ", 30_000),
        ("9" * 5000, ASKED_MAX),
        ("-1", 0),
        ("1e3", 0),
        ("٣", 0),
        ("Sun, 22 Nov 2026 08:31:00 GMT", 60_000),
        ("Sun, 22 Nov 2020 08:31:00 GMT", 0),
        ("Sun, 22 Nov 2099 08:31:00 GMT", ASKED_MAX),
        ("Sun, 99 Nov 2026 99:31:00 GMT", 0),
    ],
)
def test_retry_after(text: str | None, wait: int) -> None:
    assert asked_by(text, now=NOW) == wait
