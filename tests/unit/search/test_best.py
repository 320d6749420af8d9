"""The best of several segments together."""

from errand.ids import new_id
from errand.search.best import best
from errand.search.documents import DAY, Document
from errand.search.query import parse
from errand.search.segments import Rows, packed, rows

TODAY = 20_000


def segment(*titles: str, days: int = 0, is_completed: bool = False) -> Rows:
    return rows(
        packed(
            Document.of(
                new_id(),
                1,
                updated_at=(TODAY - days) * DAY,
                is_completed=is_completed,
                texts={"title": title},
            )
            for title in titles
        ).texts
    )


def test_best_of_all_segments_and_how_many_there_are() -> None:
    segments = [segment("Rental", "Milk"), segment("Milk", "Rent"), segment("Rent", days=200)]
    found = best(iter(segments), parse("rent"), today=TODAY, most=2)
    assert [(place.segment, place.hit.row) for place in found.places] == [(1, 1), (0, 0)]
    assert found.count == 3


def test_of_equals_the_youngest_comes_first() -> None:
    segments = [segment("Rent", "Rent"), segment("Rent", "Rent")]
    found = best(segments, parse("rent"), today=TODAY, most=3)
    assert [(place.segment, place.hit.row) for place in found.places] == [(0, 1), (0, 0), (1, 1)]


def test_only_what_is_asked_for_is_counted() -> None:
    segments = [segment("Rent"), segment("Rent", "Rent", is_completed=True)]
    found = best(segments, parse("rent"), today=TODAY, most=10, completed=True)
    assert [place.segment for place in found.places] == [1, 1]
    assert found.count == 2


def test_nothing_is_found_in_nothing() -> None:
    assert best([], parse("rent"), today=TODAY, most=10).places == ()
    assert best([segment()], parse("rent"), today=TODAY, most=10).count == 0
