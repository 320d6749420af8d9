"""Ranges of keys: in both directions, in every index, a slice at a time."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from errand.cursors import Position
from errand.pages import Slice
from errand.records import Item
from errand.storage.ranges import BY_AGE, BY_STATUS, KeyRange, read
from errand.storage.tables import DataItem, EphemeralItem
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.wire import Answer, Wire

MINE = KeyRange(model=DataItem, partition="USER#1", prefix="TASK#", ascending=True)
OPEN = replace(MINE, index=BY_STATUS, prefix="o")
EVERYBODY = KeyRange(model=DataItem, partition="ACCOUNT", index=BY_AGE, ascending=True)
RANGES = {"table": MINE, "local index": OPEN, "global index": EVERYBODY}
each = pytest.mark.parametrize("keys", RANGES.values(), ids=RANGES)
both_ways = pytest.mark.parametrize("ascending", [True, False], ids=["up", "down"])


def _put(fake: FakeDynamo, table: str = "DataTable", **attributes: str) -> Item:
    item = {name: {"S": value} for name, value in attributes.items()}
    fake.put_item(TableName=table, Item=item)
    return item


@pytest.fixture
def items(fake: FakeDynamo) -> dict[str, list[Item]]:
    """In each of RANGES, in ascending order, among others that are not in it."""
    mine = [_put(fake, pk="USER#1", sk=f"TASK#{number}", vs=f"o{number}") for number in range(5)]
    people = [_put(fake, pk=f"USER#{number}", sk="ACCOUNT", ak="ACCOUNT") for number in range(5)]
    _put(fake, pk="USER#1", sk="TASKS", vs="completed")
    _put(fake, pk="USER#2", sk="TASK#1", vs="o1")
    _put(fake, pk="USER#7", sk="ACCOUNT", ak="ELSEWHERE")
    _put(fake, "EphemeralTable", pk="USER#1", sk="TASK#5", vs="o5")
    return {"table": mine, "local index": mine, "global index": people}


def _slices(keys: KeyRange, limit: int) -> list[Slice[Item]]:
    slices = [read(keys, after=None, limit=limit)]
    while slices[-1].reached:
        slices.append(read(keys, after=slices[-1].reached, limit=limit))
    return slices


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
@both_ways
def test_slices_are_full_and_the_last_one_not_empty(
    items: dict[str, list[Item]], name: str, limit: int, *, ascending: bool
) -> None:
    expected = items[name] if ascending else items[name][::-1]
    slices = _slices(replace(RANGES[name], ascending=ascending), limit)
    assert [list(found.items) for found in slices] == [
        expected[start : start + limit] for start in range(0, len(expected), limit)
    ]


@each
@both_ways
@pytest.mark.usefixtures("fake")
def test_range_without_items_is_one_empty_slice(keys: KeyRange, *, ascending: bool) -> None:
    assert read(replace(keys, ascending=ascending), after=None, limit=3) == Slice([], None)


@pytest.mark.parametrize(
    ("name", "position"),
    [
        ("table", {"sk": "TASK#1"}),
        ("local index", {"sk": "TASK#1", "vs": "o1"}),
        ("global index", {"pk": "USER#1", "sk": "ACCOUNT"}),
    ],
    ids=RANGES,
)
def test_position_is_the_keys_of_the_last_item_without_the_partition(
    items: dict[str, list[Item]], name: str, position: Position
) -> None:
    assert len(items[name]) > 2
    assert read(RANGES[name], after=None, limit=2).reached == position


def test_position_may_be_that_of_an_item_that_is_gone(
    fake: FakeDynamo, items: dict[str, list[Item]]
) -> None:
    reached = read(MINE, after=None, limit=2).reached
    del fake.items["DataTable"]["USER#1", "TASK#1"]
    assert read(MINE, after=reached, limit=10) == Slice(items["table"][2:], None)


def test_range_without_a_prefix_is_the_whole_partition(items: dict[str, list[Item]]) -> None:
    found = read(replace(MINE, prefix=""), after=None, limit=100)
    assert len(found.items) == len(items["table"]) + 2
    assert read(KeyRange(model=EphemeralItem, partition="USER#1"), after=None, limit=9).items


@each
@both_ways
def test_slice_ends_where_the_page_does(
    monkeypatch: pytest.MonkeyPatch, fake: FakeDynamo, keys: KeyRange, *, ascending: bool
) -> None:
    monkeypatch.setattr(fake, "_page_bytes", 300)
    for number in range(7):
        _put(fake, pk="USER#1", sk=f"TASK#{number}", vs=f"o{number}", h="x" * 100)
        _put(fake, pk=f"USER#{number}", sk="ACCOUNT", ak="ACCOUNT", un="x" * 100)
    slices = _slices(replace(keys, ascending=ascending), limit=7)
    assert [len(found.items) for found in slices] == [3, 3, 1]


@pytest.mark.parametrize(
    ("keys", "is_consistent"), [(MINE, True), (OPEN, True), (EVERYBODY, False)], ids=RANGES
)
def test_all_but_global_indexes_are_read_consistently(
    answer_with: Callable[..., Wire], keys: KeyRange, *, is_consistent: bool
) -> None:
    wire = answer_with(Answer({"Items": []}))
    read(keys, after=None, limit=1)
    assert wire.requests[0]["ConsistentRead"] is is_consistent
