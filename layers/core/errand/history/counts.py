"""How much an account has of what lists show, kept with each entry of the log, as of its number.

A counter is the size of a range of keys of an index. So there is no second rule of what counts: a
change of that key is what puts an item on a list or takes it off, and the stream tells both keys.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from errand.codecs import Codec
from errand.records import Item

# Open tasks of an account; the last so many are looked at. An instance hears that they are half a
# minute late, and the log is a second behind: at 1,000 writes a minute that is 2,000 at most, and
# some for each instance.
OPEN_MAX = 100_000
NEARLY_MAX = OPEN_MAX - 3_000


class Counted(StrEnum):
    """Named as they are kept: another set of them takes another attribute of the entries."""

    OPEN = "o"
    COMPLETED = "c"
    DONE = "d"  # completed ones, and completed occurrences
    TRASH = "x"
    INBOX = "i"
    PRIORITY_1 = "1"
    PRIORITY_2 = "2"
    PRIORITY_3 = "3"


# The attribute that is the key of an index, and what it begins with.
KEYS: Mapping[Counted, tuple[str, str]] = MappingProxyType(
    {
        Counted.OPEN: ("vs", "o"),
        Counted.COMPLETED: ("vs", "c"),
        Counted.DONE: ("vd", "c"),
        Counted.TRASH: ("vd", "x"),
        Counted.INBOX: ("vp", "inbox#"),
        Counted.PRIORITY_1: ("vr", "1"),
        Counted.PRIORITY_2: ("vr", "2"),
        Counted.PRIORITY_3: ("vr", "3"),
    }
)

# What is not in it is 0.
type Counts = Mapping[Counted, int]

NOTHING: Counts = MappingProxyType({})


def counted(item: Item | None) -> Counts:
    """What one item is of; nothing for None."""
    return {
        one: 1
        for one, (name, prefix) in KEYS.items()
        if item is not None and _text(item.get(name)).startswith(prefix)
    }


def difference(old: Item | None, new: Item | None) -> Counts:
    """What becomes more, or less, when one image of an item becomes the other."""
    return plus(counted(new), {one: -number for one, number in counted(old).items()})


def plus(counts: Counts, more: Counts) -> Counts:
    """Both together."""
    sums = {one: counts.get(one, 0) + more.get(one, 0) for one in Counted}
    return {one: number for one, number in sums.items() if number}


def _text(attribute: Any) -> str:
    text = attribute.get("S") if isinstance(attribute, dict) else None
    return text if isinstance(text, str) else ""


def _take(text: str) -> Counts:
    """Raises ValueError, TypeError."""
    content = json.loads(text)
    if not isinstance(content, dict):
        raise TypeError("not an object")
    known = {*Counted}
    return {Counted(name): int(number) for name, number in content.items() if name in known}


COUNTS = Codec(
    tag="S",
    shape=dict[str, int],
    keep=lambda counts: json.dumps(dict(counts), separators=(",", ":")),
    take=_take,
)
