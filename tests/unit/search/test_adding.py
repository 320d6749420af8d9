"""However documents come, the segments of an account end with the newest of each."""

from random import Random

import pytest

from errand.ids import new_id
from errand.search.adding import Replaced, added
from errand.search.documents import DAY, Document, merged
from errand.search.levels import absorbed
from errand.search.segments import PACKED_MAX, Packed, unpacked


def document(task_id: str, version: int, title: str) -> Document:
    texts = {"title": title}
    return Document.of(task_id, version, updated_at=DAY, is_completed=False, texts=texts)


def after(segments: list[Packed], replaced: Replaced) -> list[Packed]:
    return [*replaced.by, *segments[replaced.count :]]


@pytest.mark.parametrize("seed", range(5))
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


def test_few_segments_and_little_rewritten_however_many_are_added() -> None:
    """100,000 changes of 20 bytes, one by one."""
    sizes: list[int] = []
    written = most = 0
    for _ in range(100_000):
        count = absorbed(sizes, 20)
        sizes = [20 + sum(sizes[:count]), *sizes[count:]]
        written += sizes[0]
        most = max(most, len(sizes))
    assert most <= 16
    assert max(sizes) <= PACKED_MAX
    # Most of it is the youngest: 1 KB on average.
    assert written / 100_000 < 2_000
