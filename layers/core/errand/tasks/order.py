"""Manual order: keys between which there is always another one, so that a move is one write.

A task that was never moved stands where its id does: behind all that are older. Keys are digits of
fractions to the base 32, with chance in them: two who move to one place at once hardly ever choose
the same (https://www.figma.com/blog/realtime-editing-of-ordered-sequences/).
"""

import random
from collections.abc import Callable

_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_BASE = len(_DIGITS)
# What a key may take; one that would be longer is a reason to spread its neighbours anew.
LONGEST = 48
# Between two keys, at least: that makes the same choice of two at once improbable.
_ROOM = _BASE**3
# Of an id: all but its chance.
_OF_TIME = 13
_JITTER = 4
_FRONT = "00"
# And before every id: these begin with 06 by now.
BEHIND_FRONTS = "01"
_MIRRORED = str.maketrans(_DIGITS, _DIGITS[::-1])

type Choose = Callable[[int, int], int]


def between(before: str, behind: str, *, choose: Choose = random.randint) -> str | None:
    """A key between two; None if there is none as short as keys may be.

    `choose`: a whole number from one to another, both included.
    """
    if before >= behind:
        return None
    for digits in range(1, LONGEST + 1):
        first, last = _number(before, digits), _number(behind, digits)
        gap = last - first
        if gap > _ROOM:
            # Near the middle, or whoever always moves to the same side would use all up.
            chosen = _text(first + choose(gap * 3 // 8, gap * 5 // 8), digits).rstrip("0")
            if before < chosen < behind:
                return chosen
    return None


def first(new_id: str, *, ahead_of: str = BEHIND_FRONTS, choose: Choose = random.randint) -> str:
    """Before all that was moved to the front before, and before every id.

    `new_id`: they begin with when they were made, and here with how long that is before the end of
    all time. `ahead_of`: before that front, too, if a faster clock made it, and as near to it as
    later fronts need it to be.
    """
    left = _number(new_id.translate(_MIRRORED), _OF_TIME)
    if ahead_of < BEHIND_FRONTS:
        left = min(left, _number(ahead_of.removeprefix(_FRONT), _OF_TIME) - 1)
    chance = _text(choose(1, _BASE**_JITTER - 1), _JITTER)
    return f"{_FRONT}{_text(left, _OF_TIME)}{chance}".rstrip("0")


def spread(before: str, behind: str, count: int) -> list[str] | None:
    """So many keys between two, as far from each other as can be; None if they do not fit."""
    for digits in range(1, LONGEST + 1):
        low, high = _number(before, digits), _number(behind, digits)
        step = (high - low) // (count + 1)
        if step > _ROOM:
            return [_text(low + step * one, digits).rstrip("0") for one in range(1, count + 1)]
    return None


def _number(key: str, digits: int) -> int:
    """Of the first digits of a key, as if it had more of them."""
    return int(key[:digits].ljust(digits, "0"), _BASE)


def _text(number: int, digits: int) -> str:
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, _BASE)
        text = _DIGITS[digit] + text
    return text
