"""Which segments of an account are written anew when documents are added: a log-structured merge.

The youngest segment is small and written again and again, the others hardly ever: each is several
times as large as the next younger one (O'Neil et al., The log-structured merge-tree, 1996).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from errand.search.segments import ID_BYTES, PACKED_MAX, Packed

# Bytes: as long as both together have no more they are one segment.
YOUNG = 2_000
_RATIO = 3


@dataclass(frozen=True, slots=True)
class Size:
    """Of a segment: `texts` in bytes as stored, and how many rows."""

    texts: int
    rows: int

    @classmethod
    def of(cls, segment: Packed) -> "Size":
        return cls(len(segment.texts), segment.rows)

    @property
    def weight(self) -> int:
        """What is written with it."""
        return self.texts + ID_BYTES * self.rows

    def with_(self, other: "Size") -> "Size":
        return Size(self.texts + other.texts, self.rows + other.rows)


def absorbed(sizes: Sequence[Size], added: Size) -> int:
    """How many of the youngest are merged with what is added. `sizes`: youngest first."""
    total = added
    for count, size in enumerate(sizes):
        both = total.with_(size)
        is_near = both.weight <= YOUNG or size.weight <= _RATIO * total.weight
        if not is_near or both.texts > PACKED_MAX:
            return count
        total = both
    return len(sizes)
