"""Pages of lists: the one way in which every list of the API goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from errand import cursors
from errand.cursors import Position
from errand.keys import Keys

# Reads of which all is left out, for one page.
_IN_VAIN = 10


@dataclass(frozen=True, slots=True)
class Page[Item]:
    """`cursor`: where the next page begins, None for the last; `total`: of all, if asked for."""

    items: Sequence[Item]
    cursor: str | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Slice[Item]:
    """What was read at once; `reached`: the last item's position if there is more behind it."""

    items: Sequence[Item]
    reached: Position | None


class Read[Item](Protocol):
    """At most `limit` items behind a position, from the beginning for None."""

    def __call__(self, *, after: Position | None, limit: int) -> Slice[Item]: ...


class Identified(Protocol):
    @property
    def id(self) -> str: ...


def page_of_all[Item: Identified](
    items: Sequence[Item], *, after: Position | None, limit: int
) -> Slice[Item]:
    """Of what is read as a whole, in the order of its ids."""
    behind = [one for one in items if after is None or one.id > after["id"]]
    shown = behind[:limit]
    return Slice(shown, {"id": shown[-1].id} if len(behind) > limit else None)


class Pager:
    """Cursors are bound to `view`: whose list it is, which one, and in what order."""

    def __init__(self, ring: Keys) -> None:
        self._ring = ring

    def page[Item](
        self, read: Read[Item], *, view: str, limit: int, cursor: str | None, skip: int = 0
    ) -> Page[Item]:
        """Raises InvalidCursor."""
        after = (
            cursors.unseal(self._ring, cursor=cursor, context=view) if cursor is not None else None
        )
        found = read(after=after, limit=skip + limit)
        left, in_vain = skip, 0
        # A page of DynamoDB ends at 1 MB: large items may take several to skip over. Where much is
        # left out of a list, an empty page is told, and where it goes on.
        while found.reached and len(found.items) <= left and in_vain < _IN_VAIN:
            in_vain += not found.items
            left -= len(found.items)
            found = read(after=found.reached, limit=left + limit)
        following = (
            cursors.seal(self._ring, position=found.reached, context=view)
            if found.reached
            else None
        )
        return Page(found.items[left:], following)
