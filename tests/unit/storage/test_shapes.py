"""Items of every shape that there has been are read; of one that is not known yet, none is."""

from typing import Any

import pytest

from errand.errors import MalformedRecord, NewerShape
from errand.fields import SHAPE, table_of
from errand.records import flat, kept, load
from errand.storage.kinds import KINDS, Kind, record_of, shape_of
from errand.storage.mapper import mapper
from errand_testkit.older import OLDER, Older

EVERY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
EVERY_OLDER = pytest.mark.parametrize(
    "older", OLDER, ids=lambda one: f"{one.kind.name} {one.shape}"
)


def _of_shape(kind: Kind, number: str) -> dict[str, Any]:
    """Nothing but its shape, where items of the kind have it."""
    shape = {SHAPE: {"N": number}}
    head = table_of(record_of(kind)).head
    return {head: {"M": shape}} if head else shape


@EVERY_KIND
def test_item_of_a_newer_release_is_not_guessed_at(kind: Kind) -> None:
    """It may have what this one would lose, and answers 503 until this one is replaced."""
    record: Any = record_of(kind)
    item = _of_shape(kind, str(shape_of(kind) + 1))
    with pytest.raises(NewerShape):
        load(record, item)
    with pytest.raises(NewerShape):
        mapper(kind, record).of(item)


@EVERY_KIND
@pytest.mark.parametrize("number", ["0", "-1", "one"])
def test_number_that_is_none_is_malformed(kind: Kind, number: str) -> None:
    with pytest.raises(MalformedRecord, match=f"^{SHAPE} "):
        load(record_of(kind), _of_shape(kind, number))


@EVERY_KIND
def test_every_older_shape_has_an_example(kind: Kind) -> None:
    shown = {one.shape for one in OLDER if one.kind is kind}
    assert shown == {*range(1, shape_of(kind))}


@EVERY_OLDER
def test_both_ways_read_every_older_shape(older: Older) -> None:
    record: Any = record_of(older.kind)
    read = load(record, older.item)
    assert mapper(older.kind, record).of(older.item) == read
    assert read == load(record, {**older.item, **older.now})


@EVERY_OLDER
def test_what_was_read_of_an_older_shape_is_written_in_todays(older: Older) -> None:
    record = record_of(older.kind)
    written = kept(load(record, older.item))
    assert flat(written, table_of(record))[SHAPE] == {"N": str(shape_of(older.kind))}
    assert load(record, {**older.item, **written}) == load(record, older.item)


@EVERY_OLDER
def test_upgrade_leaves_alone_what_is_in_the_next_shape(older: Older) -> None:
    """An update of one attribute writes it in today's form into an item of an older shape."""
    for upgrade in table_of(record_of(older.kind)).upgrades[older.shape - 1 :]:
        once = upgrade(older.item)
        assert upgrade(once) == once
