"""Which segments of an account are written anew when documents are added: a log-structured merge.

The youngest segment is small and written again and again, the others hardly ever: each is several
times as large as the next younger one (O'Neil et al., The log-structured merge-tree, 1996).
"""

from collections.abc import Sequence

from errand.search.segments import PACKED_MAX

# Bytes of `texts`: as long as both together have no more they are one segment.
_YOUNG = 2_000
_RATIO = 2


def absorbed(sizes: Sequence[int], added: int) -> int:
    """How many of the youngest are merged with what is added. `sizes`: youngest first, in bytes."""
    total = added
    for count, size in enumerate(sizes):
        is_near = total + size <= _YOUNG or size <= _RATIO * total
        if not is_near or total + size > PACKED_MAX:
            return count
        total += size
    return len(sizes)
