"""An index that documents are added to: its next head, and what is written and removed with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import count

from errand.search.adding import added
from errand.search.documents import Document
from errand.search.head import Head, Segment, is_young
from errand.search.segments import Packed


@dataclass(frozen=True, slots=True)
class Growth:
    """`head`: in its next version; `new`: segments that it has since; `old`: has no more."""

    head: Head
    new: tuple[tuple[Segment, Packed], ...] = ()
    old: tuple[Segment, ...] = ()


def grown(
    head: Head,
    documents: Iterable[Document],
    *,
    read: Callable[[Segment], Packed],
    new_stamp: Callable[[], str],
) -> Growth:
    """`read`: a segment that is not the youngest. Raises Damaged, and what `read` does."""
    replaced = added(
        head.sizes,
        documents,
        read=lambda number: read(head.segments[number - 1]) if number else head.young,
        keeps_gone=not head.is_complete,
    )
    stack = [one for one in replaced.by if one.rows]
    if not replaced.count and head.young.rows:
        stack.append(head.young)
    young = stack.pop(0) if stack and is_young(stack[0]) else None
    gone = max(replaced.count - 1, 0)
    old, kept = head.segments[:gone], head.segments[gone:]
    taken = {one.place for one in kept}
    free = (place for place in count() if place not in taken)
    new = tuple(
        (Segment(next(free), new_stamp(), segment.rows, len(segment.texts)), segment)
        for segment in stack
    )
    segments = (*(told for told, _ in new), *kept)
    following = replace(head, version=head.version + 1, segments=segments)
    return Growth(following.with_young(young), new, old)
