"""Items and changes in the data file, beside the dictionaries and lists of ministack."""

import copy
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tools.local.changes import Changes
from tools.local.items import Items
from tools.local.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path) as opened:
        yield opened


@pytest.fixture
def items(store: Store) -> Items:
    found = Items(store.database, "Data")
    found["a"]["2"] = item("two")
    found["a"]["1"] = item("one")
    found["b"]["1"] = item("other")
    Items(store.database, "Other")["a"]["1"] = item("of another table")
    return found


def item(title: str) -> dict[str, Any]:
    return {"t": {"S": title}}


def test_they_read_as_ministack_reads_its_own(items: Items) -> None:
    assert items.get("a", {}).get("1") == item("one")
    assert items.get("a", {}).get("3") is None
    assert items.get("c", {}).get("1") is None
    assert "a" in items
    assert "c" not in items
    assert "1" in items["a"]
    assert sorted(items.keys()) == ["a", "b"]
    assert [sorted(collection) for _, collection in sorted(items.items())] == [["1", "2"], ["1"]]
    assert len(items) == 2
    assert len(items["a"]) == 2
    assert items.count() == 3


def test_a_collection_is_made_by_its_first_item(items: Items) -> None:
    items.setdefault("c", {})["1"] = item("first")
    assert dict(items["c"]) == {"1": item("first")}


def test_an_item_takes_the_place_of_the_one_before(items: Items) -> None:
    items["a"]["1"] = item("changed")
    assert items["a"]["1"] == item("changed")
    assert items.count() == 3


def test_a_collection_goes_with_its_last_item(items: Items) -> None:
    collection = items["b"]
    assert collection.pop("1", None) == item("other")
    assert collection.pop("1", None) is None
    assert not collection
    del items["b"]
    assert list(items) == ["a"]


def test_a_deep_copy_is_apart(items: Items) -> None:
    copied = defaultdict(dict, copy.deepcopy(dict(items)))
    items["a"]["1"] = item("changed")
    assert copied["a"] == {"1": item("one"), "2": item("two")}


def test_items_are_put_in_place_of_all(items: Items, store: Store) -> None:
    items.clear()
    items.update({"c": {"1": item("new")}})
    assert {pk: dict(found) for pk, found in items.items()} == {"c": {"1": item("new")}}
    assert Items(store.database, "Other").count() == 1


def test_what_is_narrowed_is_all_there_is(items: Items) -> None:
    with items.narrowed({"b": {"1": item("other")}}):
        assert dict(items["a"]) == {}
        assert dict(items["b"]) == {"1": item("other")}
        assert items.keys_narrowed_to == [("b", "1")]
    assert len(items["a"]) == 2
    assert items.keys_narrowed_to is None


def test_only_what_has_passed_expires(items: Items) -> None:
    items.expire_by("ends")
    items["a"]["past"] = {"ends": {"N": "99"}}
    items["a"]["now"] = {"ends": {"N": "100"}}
    items["a"]["later"] = {"ends": {"N": "100.5"}}
    items["a"]["text"] = {"ends": {"S": "99"}}
    assert sorted(items.expired("ends", 100.0)) == [("a", "now"), ("a", "past")]


def test_changes_read_as_a_list(store: Store) -> None:
    changes = Changes(store.database, "Data", delivered=0)
    like: list[dict[str, Any]] = []
    assert not changes
    for number in range(5):
        changes.append({"n": number})
        like.append({"n": number})
    assert changes
    for part in (slice(1, 3), slice(2, 100), slice(3, None), slice(7, 9), slice(None, -1)):
        assert changes[part] == like[part]
    assert [changes[0], changes[4], changes[-1]] == [like[0], like[4], like[-1]]
    assert [changes[place] for place in range(len(changes))] == like
    with pytest.raises(IndexError):
        changes[5]
    del changes[:2], like[:2]
    assert len(changes) == 3
    assert changes[:] == like


def test_delivered_changes_are_forgotten_and_numbers_go_on(store: Store) -> None:
    before = Changes(store.database, "Data", delivered=0)
    for number in range(5):
        before.append({"n": number})
    after = Changes(store.database, "Data", delivered=3)
    assert after.first == 3
    assert after[:] == [{"n": 3}, {"n": 4}]
    nothing_left = Changes(store.database, "Data", delivered=5)
    nothing_left.append({"n": 5})
    assert Changes(store.database, "Data", delivered=5)[:] == [{"n": 5}]


def test_changes_of_other_tables_are_others(store: Store) -> None:
    Changes(store.database, "Data", delivered=0).append({"n": 0})
    assert not Changes(store.database, "Other", delivered=0)
