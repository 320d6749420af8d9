"""Documents are the same after they were stored, whichever way they came."""

from dataclasses import replace
from itertools import permutations
from random import Random

import pytest

from errand.ids import new_id
from errand.search.documents import DAY, Document, merged
from errand.search.segments import (
    IDS_OF_A_BLOCK,
    Damaged,
    Packed,
    divided,
    id_at,
    ids_of,
    packed,
    rows,
    unpacked,
)


def document(title: str = "Pay the rent", version: int = 1, *, task_id: str = "") -> Document:
    return Document.of(
        task_id or new_id(),
        version,
        updated_at=DAY * 20_000,
        is_completed=False,
        texts={"title": title},
    )


def many(count: int) -> list[Document]:
    random = Random(5)  # noqa: S311 - texts, not secrets
    return [document(f"Task {random.getrandbits(200):x}") for _ in range(count)]


def test_documents_are_what_they_were() -> None:
    documents = [
        document("Café 東京"),
        replace(document(), is_completed=True, day=0xFFFF, version=2**32 - 1),
        replace(document(), day=0),
        document(""),
        Document.gone(new_id(), 7, updated_at=DAY),
    ]
    assert [*unpacked(packed(documents))] == documents


def test_large_segment_of_words_that_come_again_is_what_it_was() -> None:
    random = Random(5)  # noqa: S311 - texts, not secrets
    words = [f"word{number}" for number in range(300)]
    documents = [document(" ".join(random.choices(words, k=8))) for _ in range(2_000)]
    segment = packed(documents)
    assert [*unpacked(segment)] == documents
    # 300 words are 8.2 bits each, and a task has eight of them.
    assert len(segment.texts) < 2_000 * 8 * 1.2


def test_nothing_is_a_segment_too() -> None:
    assert [*unpacked(packed([]))] == []


def test_same_documents_make_the_same_bytes_in_whatever_order_they_come() -> None:
    documents = many(50)
    assert packed(documents) == packed(reversed(documents))


def test_day_of_a_change_is_within_what_is_kept() -> None:
    for instant, day in ((-DAY, 0), (DAY * 70_000, 0xFFFF)):
        one = Document.of(new_id(), 1, updated_at=instant, is_completed=False, texts={})
        assert one.day == day


def test_id_of_a_row_is_found_in_its_block() -> None:
    documents = many(2 * IDS_OF_A_BLOCK + 1)
    blocks = packed(documents).ids
    assert [len(block) for block in blocks] == [3840, 3840, 16]
    for row in (0, IDS_OF_A_BLOCK - 1, IDS_OF_A_BLOCK, 2 * IDS_OF_A_BLOCK):
        block, place = id_at(row)
        assert ids_of(blocks[block])[place] == documents[row].id


def test_newest_version_holds_in_whatever_order_and_however_often_they_come() -> None:
    task_id = new_id()
    first = document("First", 1, task_id=task_id)
    second = document("Second", 2, task_id=task_id)
    gone = Document.gone(task_id, 2, updated_at=DAY)
    restored = document("Restored", 3, task_id=task_id)
    other = document("Other")
    for order in permutations((first, second, gone, other)):
        assert merged(order, order) == {task_id: gone, other.id: other}
    for order in permutations((first, gone, restored)):
        assert merged(*([one] for one in order)) == {task_id: restored}


def test_segment_that_grew_too_large_is_divided_by_age() -> None:
    documents = many(400)
    segments = [*divided(reversed(documents), most=4_000)]
    assert len(segments) > 1
    assert all(len(segment.texts) <= 4_000 for segment in segments)
    assert [one for segment in segments for one in unpacked(segment)] == documents


def test_document_that_is_too_large_alone_is_a_segment() -> None:
    [segment] = divided(many(1), most=10)
    assert len([*unpacked(segment)]) == 1


def test_what_is_damaged_is_no_segment() -> None:
    good = packed(many(3))
    for texts in (b"", good.texts[:4], b"\x09" + good.texts[1:], good.texts[:-9]):
        with pytest.raises(Damaged):
            rows(texts)
    wrong_count = good.texts[:1] + (4).to_bytes(4, "little") + good.texts[5:]
    with pytest.raises(Damaged):
        rows(wrong_count)
    with pytest.raises(Damaged):
        [*unpacked(Packed(good.texts, packed(many(2)).ids, good.versions))]
    words_for_codes = b"\x02" + packed([document("Café")]).texts[1:]
    with pytest.raises(Damaged):
        rows(words_for_codes)
