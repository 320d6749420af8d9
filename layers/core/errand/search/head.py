"""What the index of an account is made of: its head tells which segments there are.

The youngest segment is in the head itself, so that most changes are one write of one item. The
texts of the others stand under keys that whoever searches can guess: numbered places.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import batched
from typing import Self

from errand.codecs import BINARY, Codec, Instant
from errand.fields import NOWHERE, kept
from errand.search.levels import YOUNG, Size
from errand.search.segments import ID_BYTES, IDS_OF_A_BLOCK, Packed, packed

# Bytes of the ids in a block.
_BLOCK = ID_BYTES * IDS_OF_A_BLOCK
_NOTHING = packed(())


@dataclass(frozen=True, slots=True)
class Segment:
    """`place`: where its texts are; `stamp`: a name that no other segment ever has."""

    place: int
    stamp: str
    rows: int
    texts: int

    @property
    def size(self) -> Size:
        return Size(self.texts, self.rows)

    @property
    def blocks(self) -> int:
        """Of ids."""
        return -(-self.rows // IDS_OF_A_BLOCK)


def _keep(segments: tuple[Segment, ...]) -> str:
    told = [[one.place, one.stamp, one.rows, one.texts] for one in segments]
    return json.dumps(told, separators=(",", ":"))


def _take(text: str) -> tuple[Segment, ...]:
    return tuple(Segment(*told) for told in json.loads(text))


_SEGMENTS = Codec(tag="S", shape=list, keep=_keep, take=_take)


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """`version` counts what was written, and is that of the documents that came with it.

    `stream`: of the table that it tells of; one that was restored has another. `reached`: the last
    task that was read to make the index; None: it has all. `at`: of the newest change it knows.
    """

    version: int = kept("v", shown=NOWHERE)
    stream: str = kept("st", shown=NOWHERE)
    reached: str | None = kept("re", default=None, shown=NOWHERE)
    at: Instant = kept("at", shown=NOWHERE)
    segments: tuple[Segment, ...] = kept("sg", codec=_SEGMENTS, default=(), shown=NOWHERE)
    texts: bytes = kept("t", codec=BINARY, default=b"", shown=NOWHERE)
    ids: bytes = kept("i", codec=BINARY, default=b"", shown=NOWHERE)
    versions: bytes = kept("n", codec=BINARY, default=b"", shown=NOWHERE)

    @classmethod
    def empty(cls, *, stream: str, at: Instant, version: int = 0) -> Self:
        """Of an account of which no task has been read yet."""
        return cls(version=version, stream=stream, at=at, reached="")

    @property
    def is_complete(self) -> bool:
        return self.reached is None

    @property
    def young(self) -> Packed:
        """The youngest segment; of no rows, if there is none."""
        if not self.texts:
            return _NOTHING
        return Packed(self.texts, _blocks(self.ids), self.versions)

    @property
    def sizes(self) -> list[Size]:
        """Of all segments, the youngest first."""
        return [Size.of(self.young), *(one.size for one in self.segments)]

    def with_young(self, young: Packed | None) -> Self:
        if young is None or not young.rows:
            return replace(self, texts=b"", ids=b"", versions=b"")
        return replace(self, texts=young.texts, ids=b"".join(young.ids), versions=young.versions)


def is_young(segment: Packed) -> bool:
    """Whether it is small enough to stand in the head."""
    return Size.of(segment).weight <= YOUNG


def _blocks(ids: bytes) -> tuple[bytes, ...]:
    return tuple(bytes(one) for one in batched(ids, _BLOCK, strict=False))


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """`stamp`: of the segment that it is of; texts are told by nothing else."""

    stamp: str = kept("sp", default="", shown=NOWHERE)
    content: bytes = kept("c", codec=BINARY, shown=NOWHERE)


def texts_at(place: int) -> Sequence[str]:
    """What follows the kind in the key of a piece."""
    return ("texts", f"{place:03}")


def block_of(stamp: str, number: int) -> Sequence[str]:
    return (stamp, f"{number:04}")


def versions_of(stamp: str) -> Sequence[str]:
    return (stamp, "versions")
