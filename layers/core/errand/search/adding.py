"""Documents that are added to the segments of an account: which are replaced, and by what."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from errand.search.documents import Document, merged
from errand.search.levels import Size, absorbed
from errand.search.segments import Packed, divided, packed, unpacked


@dataclass(frozen=True, slots=True)
class Replaced:
    """`count`: of the youngest segments; `by`: in their place, youngest first."""

    count: int
    by: tuple[Packed, ...]


def added(
    sizes: Sequence[Size],
    documents: Iterable[Document],
    *,
    read: Callable[[int], Packed],
    keeps_gone: bool = False,
) -> Replaced:
    """`sizes`: of the segments, youngest first; `read`: one of them, by its number.

    The same documents again, or late, change nothing in the end. A new version hides older ones in
    the segments that stay: who searches looks what they found up. `keeps_gone`: what is gone may
    hide what is added yet.
    """
    newest = merged(documents)
    count = absorbed(sizes, Size.of(packed(newest.values())))
    together = merged(newest.values(), *(unpacked(read(number)) for number in range(count)))
    if count == len(sizes) and not keeps_gone:
        # There is nothing older that what is gone would hide.
        together = {one.id: one for one in together.values() if not one.is_gone}
    return Replaced(count, tuple(divided(together.values()))[::-1])
