"""The forms of a value: in a record, as DynamoDB keeps it, and as JSON shows it."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any

from errand.epoch import utc

# Types of fields that say more than Python's own.
Instant = Annotated[int, "epoch milliseconds"]
Seconds = Annotated[int, "epoch seconds"]


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Codec:
    """`tag`: the type of the attribute (S, N, BOOL, L, SS, B); `shape`: of the JSON, for schemas.

    `keep` makes what such an attribute takes, `take` reads what DynamoDB answers for it and `show`
    makes JSON of a value. They raise TypeError, ValueError or OverflowError. `of`: of the entries
    of a list.
    """

    tag: str
    shape: Any
    keep: Callable[[Any], Any] = _same
    take: Callable[[Any], Any] = _same
    show: Callable[[Any], Any] = _same
    of: "Codec | None" = None


@lru_cache(maxsize=4096)
def instant(milliseconds: int) -> str:
    """The one form of an instant: ISO 8601, UTC, three decimals."""
    return utc(milliseconds).isoformat(timespec="milliseconds")[:-6] + "Z"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not true or false")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(entry["S"]) for entry in value)


def _binary(value: Any) -> bytes:
    return b64decode(value) if isinstance(value, str) else bytes(value)


def listed(one: Codec) -> Codec:
    """Of a tuple of what `one` is of, each a text to DynamoDB."""
    return Codec(
        tag="L",
        shape=list,
        keep=lambda values: [one.keep(value) for value in values],
        take=lambda entries: tuple([one.take(entry["S"]) for entry in entries]),
        show=lambda values: [one.show(value) for value in values],
        of=one,
    )


TEXT = Codec(tag="S", shape=str, take=_text)
NUMBER = Codec(tag="N", shape=int, take=int)
FLAG = Codec(tag="BOOL", shape=bool, take=_flag)
DAY = Codec(
    tag="S",
    shape=date,
    keep=date.isoformat,
    take=date.fromisoformat,
    show=date.isoformat,
)
INSTANT = Codec(tag="N", shape=datetime, take=int, show=instant)
SECONDS = Codec(
    tag="N",
    shape=datetime,
    take=int,
    show=lambda seconds: instant(seconds * 1000),
)
TEXTS = Codec(tag="L", shape=list[str], keep=list, take=_texts, show=list)
TEXT_SET = Codec(tag="SS", shape=list[str], keep=set, take=frozenset, show=sorted)
BYTES = Codec(
    tag="S",
    shape=str,
    keep=lambda content: b64encode(content).decode(),
    take=b64decode,
    show=lambda content: b64encode(content).decode(),
)
# As plain clients and the API's, which leaves what DynamoDB writes as it is, have it.
BINARY = Codec(tag="B", shape=str, take=_binary)
# What stands between the first # of a key and the next, if there is one.
FIRST_ID = Codec(tag="S", shape=str, take=lambda key: str.split(key, "#")[1])
# What stands behind the first # of a key.
ID = Codec(tag="S", shape=str, take=lambda key: _text(key).partition("#")[2])
# What stands behind its last #.
LAST_ID = Codec(tag="S", shape=str, take=lambda key: _text(key).rpartition("#")[2])

OF_TYPE: dict[Any, Codec] = {
    str: TEXT,
    int: NUMBER,
    bool: FLAG,
    date: DAY,
    Instant: INSTANT,
    Seconds: SECONDS,
    tuple[str, ...]: TEXTS,
    frozenset[str]: TEXT_SET,
    bytes: BYTES,
}
