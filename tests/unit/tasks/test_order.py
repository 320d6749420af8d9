"""Keys of manual order: always another one between two, none of them long."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errand.ids import new_id
from errand.tasks.order import BEHIND_FRONTS, LONGEST, between, first, spread

LONG_AGO = "06" + "0" * 24
KEYS = st.text("0123456789abcdefghijklmnopqrstuv", min_size=1, max_size=LONGEST).map(
    lambda key: key.rstrip("0") or "1"
)


@given(KEYS, KEYS)
def test_key_between_two_is_between_them(one: str, other: str) -> None:
    before, behind = sorted((one, other))
    key = between(before, behind)
    if before == behind:
        assert key is None
    elif key is not None:
        assert before < key < behind
        assert len(key) <= LONGEST


def test_there_is_one_between_any_two_ids() -> None:
    ids = sorted(new_id() for _ in range(100))
    for before, behind in pairwise(ids):
        assert between(before, behind)


def test_two_who_choose_at_once_hardly_ever_choose_the_same() -> None:
    before, behind = sorted((new_id(), new_id()))
    assert len({between(before, behind) for _ in range(100)}) > 95


@pytest.mark.deep
def test_random_moves_leave_keys_about_as_short_as_ids() -> None:
    chance = random.Random(7)  # noqa: S311 - a test
    keys = sorted(new_id() for _ in range(100))
    for _ in range(10_000):
        moved = keys.pop(chance.randrange(len(keys)))
        place = chance.randrange(1, len(keys))
        key = between(keys[place - 1], keys[place], choose=chance.randint)
        assert key, moved
        keys.insert(place, key)
    assert keys == sorted(keys)
    # An id has 26 characters; ids themselves are of chance here.
    assert max(map(len, keys)) <= 36


def test_nested_moves_take_a_hundred_before_keys_are_spread_anew() -> None:
    chance = random.Random(7)  # noqa: S311 - a test
    before, behind = sorted((new_id(), new_id()))
    moves = 0
    while key := between(before, behind, choose=chance.randint):
        before, behind = (key, behind) if chance.random() < 0.5 else (before, key)
        moves += 1
    assert moves > 100


@given(KEYS, KEYS, st.integers(1, 41))
def test_spread_keys_are_in_order_and_far_apart(one: str, other: str, count: int) -> None:
    before, behind = sorted((one, other))
    keys = spread(before, behind, count)
    if keys is not None:
        line = [before, *keys, behind]
        assert line == sorted(set(line))
        assert all(between(*pair) for pair in pairwise(line))


def test_spread_finds_room_where_keys_are_used_up() -> None:
    before, behind = sorted((new_id(), new_id()))
    keys = spread(before, behind, 41)
    assert keys
    assert max(map(len, keys)) < 26


def test_fronts_are_before_every_id_and_later_ones_first() -> None:
    # Also of the same millisecond.
    fronts = [first(new_id()) for _ in range(100)]
    assert fronts == sorted(fronts, reverse=True)
    assert max(fronts) < BEHIND_FRONTS < LONG_AGO


def test_front_ahead_of_that_of_a_faster_clock_is_behind_later_ones() -> None:
    slow, fast, later, latest = (f"06h1uu{at}nvlt3l9ni75tlfc4l98" for at in "1234")
    assert first(latest) < first(later, ahead_of=first(fast)) < first(fast)
    assert first(later) < first(slow, ahead_of=first(fast)) < first(fast)


@pytest.mark.parametrize("key", ["", "0"])
def test_there_is_room_before_the_first(key: str) -> None:
    found = between(key, first(LONG_AGO))
    assert found
    assert key < found < first(LONG_AGO)
