"""The best hits of several segments, and how many there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nlargest

from errand.search.looking import Hit, hits
from errand.search.query import Query
from errand.search.segments import Rows


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the segment with that number, as they were given."""

    segment: int
    hit: Hit


@dataclass(frozen=True, slots=True)
class Best:
    """`count`: of all rows that fit, with those of versions that are no more."""

    places: tuple[Place, ...]
    count: int


def best(
    segments: Iterable[Rows],
    query: Query,
    *,
    today: int,
    most: int,
    completed: bool | None = None,
) -> Best:
    """Best first, of equals the youngest; `segments`: youngest first."""
    count = 0

    def found() -> Iterator[Place]:
        nonlocal count
        for number, rows in enumerate(segments):
            for hit in hits(rows, query, today=today, completed=completed):
                count += 1
                yield Place(number, hit)

    places = nlargest(most, found(), key=_order)
    return Best(tuple(places), count)


def _order(place: Place) -> tuple[float, int, int]:
    return place.hit.score, -place.segment, place.hit.row
