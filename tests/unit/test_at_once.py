"""Calls at once: what each gives, and the first that fails."""

from contextvars import ContextVar
from threading import Barrier

import pytest

from errand.at_once import at_once

_ASKED = ContextVar("asked", default="nobody")


def test_they_wait_for_each_other_and_know_who_asks() -> None:
    barrier = Barrier(3, timeout=10)

    def call(number: int) -> tuple[int, str]:
        barrier.wait()
        return number, _ASKED.get()

    token = _ASKED.set("ada")
    try:
        found = at_once(*(lambda number=number: call(number) for number in range(3)))
    finally:
        _ASKED.reset(token)
    assert found == [(0, "ada"), (1, "ada"), (2, "ada")]


def test_one_alone_needs_no_thread() -> None:
    assert at_once(lambda: 7) == [7]


@pytest.mark.parametrize("failing", [0, 1])
def test_what_one_raises_is_raised(failing: int) -> None:
    def call(number: int) -> int:
        if number == failing:
            raise LookupError(str(number))
        return number

    with pytest.raises(LookupError, match=str(failing)):
        at_once(lambda: call(0), lambda: call(1))
