"""Documents that are added to the segments of an account: which are replaced, and by what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from errand.search.documents import Document, merged
from errand.search.levels import absorbed
from errand.search.segments import Packed, divided, packed, unpacked


@dataclass(frozen=True, slots=True)
class Replaced:
    """`count`: of the youngest segments; `by`: in their place, youngest first."""

    count: int
    by: tuple[Packed, ...]


def added(segments: Sequence[Packed], documents: Iterable[Document]) -> Replaced:
    """`segments`: youngest first. The same documents again, or late, change nothing in the end.

    A new version hides older ones in the segments that stay: who searches looks what they found up.
    """
    newest = merged(documents)
    count = absorbed([len(one.texts) for one in segments], len(packed(newest.values()).texts))
    together = merged(newest.values(), *(unpacked(one) for one in segments[:count]))
    if count == len(segments):
        # There is nothing older that what is gone would hide.
        together = {one.id: one for one in together.values() if not one.is_gone}
    return Replaced(count, tuple(divided(together.values()))[::-1])
