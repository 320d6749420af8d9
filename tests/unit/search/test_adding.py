"""However documents come, the segments of an account end with the newest of each."""

from collections.abc import Iterable
from random import Random

import pytest

from errand.ids import new_id
from errand.search import adding
from errand.search.adding import Replaced
from errand.search.documents import DAY, Document, merged
from errand.search.levels import Size, absorbed
from errand.search.segments import PACKED_MAX, Packed, packed, unpacked
from errand_testkit.depth import times


def document(task_id: str, version: int, title: str) -> Document:
    texts = {"title": title}
    return Document.of(task_id, version, updated_at=DAY, is_completed=False, texts=texts)


def added(
    segments: list[Packed], documents: Iterable[Document], *, keeps_gone: bool = False
) -> Replaced:
    sizes = [Size.of(one) for one in segments]
    return adding.added(sizes, documents, read=segments.__getitem__, keeps_gone=keeps_gone)


def after(segments: list[Packed], replaced: Replaced) -> list[Packed]:
    return [*replaced.by, *segments[replaced.count :]]


@pytest.mark.deeper
@pytest.mark.parametrize("seed", range(times(1, deep=5)))
def test_batches_that_come_twice_and_out_of_order_end_with_the_newest(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - texts, not secrets
    ids = [new_id() for _ in range(60)]
    changes = [
        document(task_id, version, f"{random.getrandbits(80):x}")
        for task_id in ids
        for version in (1, 2, 3)
    ]
    changes += [Document.gone(task_id, 3, updated_at=DAY) for task_id in ids[::4]]
    random.shuffle(changes)
    segments: list[Packed] = []
    for start in range(0, len(changes), 7):
        batch = changes[start : start + 7]
        for attempt in (batch[:4], batch, batch):
            segments = after(segments, added(segments, attempt))
    found = merged(*(unpacked(one) for one in segments))
    expected = merged(changes)
    alive = {one.id: one for one in found.values() if not one.is_gone}
    # One that went and whose older version came later is left for who looks it up.
    assert {key: alive[key] for key in {*alive} - {*ids[::4]}} == {
        key: one for key, one in expected.items() if not one.is_gone
    }


def test_what_is_gone_takes_no_room_once_there_is_nothing_older() -> None:
    first = document(new_id(), 1, "Rent")
    segments = after([], added([], [first]))
    gone = Document.gone(first.id, 1, updated_at=DAY)
    [left] = after(segments, added(segments, [gone]))
    assert [*unpacked(left)] == []


def test_what_is_gone_hides_what_older_segments_have() -> None:
    gone = Document.gone(new_id(), 1, updated_at=DAY)
    random = Random(1)  # noqa: S311 - texts, not secrets
    old = [document(new_id(), 1, f"{random.getrandbits(160):x}") for _ in range(200)]
    [large] = added([], old).by
    replaced = added([large], [gone])
    assert replaced.count == 0
    assert [*unpacked(replaced.by[0])] == [gone]


def test_what_is_gone_is_kept_where_older_ones_are_to_come() -> None:
    gone = Document.gone(new_id(), 1, updated_at=DAY)
    [left] = after([], added([], [gone], keeps_gone=True))
    assert [*unpacked(left)] == [gone]


def test_segments_that_stay_are_not_even_read() -> None:
    sizes = [Size(100, 2), Size(50_000, 1_000)]
    read: list[int] = []

    def reading(number: int) -> Packed:
        read.append(number)
        return packed([document(new_id(), 1, "Old")])

    assert adding.added(sizes, [document(new_id(), 2, "New")], read=reading).count == 1
    assert read == [0]


@pytest.mark.deep
def test_few_segments_and_little_rewritten_however_many_are_added() -> None:
    """100,000 changes of 20 bytes, one by one."""
    sizes: list[Size] = []
    added, written, most = Size(20, 1), 0, 0
    for _ in range(100_000):
        count = absorbed(sizes, added)
        together = added
        for size in sizes[:count]:
            together = together.with_(size)
        sizes = [together, *sizes[count:]]
        written += together.weight
        most = max(most, len(sizes))
    assert most <= 11
    assert max(size.texts for size in sizes) <= PACKED_MAX
    # Most of it is the youngest: 1 KB on average.
    assert written / 100_000 < 2_000


def test_what_is_gone_counts_by_its_id() -> None:
    """Its row has no texts, which is packed to nothing."""
    sizes = [Size(60, 5_000)]
    assert absorbed(sizes, Size(20, 1)) == 0
