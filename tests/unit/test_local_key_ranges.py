"""How SQLite reads them. That what it reads is right: tests/e2e/test_local_queries.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tools.local.items import Items
from tools.local.key_ranges import KeyRange, View, can_be_read, make_index, read
from tools.local.store import Store

OWN = View(index=None, partition="pk", sort="sk")
LOCAL = View(index="by_status", partition="pk", sort="vs")
GLOBAL = View(index="accounts", partition="ak", sort="pk")
INVERTED = View(index="inverted", partition="sk", sort="pk")
AFTER = {"pk": "a", "sk": "1", "vs": "o1", "ak": "x"}


@pytest.fixture
def items(tmp_path: Path) -> Iterator[Items]:
    with Store(tmp_path) as store:
        items = Items(store.database, "Data")
        for view in (LOCAL, GLOBAL, INVERTED):
            make_index(items, view)
        items.expire_by("ends")
        yield items


def plans(items: Items, statements: list[str]) -> str:
    """What SQLite does for them."""
    return "; ".join(
        detail
        for statement in statements
        for *_, detail in items.database.execute(f"explain query plan {statement}")
    )


@pytest.fixture
def statements(items: Items) -> list[str]:
    """Those that were executed since."""
    executed: list[str] = []
    items.database.set_trace_callback(executed.append)
    return executed


@pytest.mark.parametrize("view", [OWN, LOCAL, GLOBAL, INVERTED])
@pytest.mark.parametrize("after", [None, AFTER])
@pytest.mark.parametrize("bounds", [(), ((">=", "o"), ("<", "p"))])
@pytest.mark.parametrize("forward", [True, False])
def test_a_range_is_read_in_order_and_nothing_else(
    items: Items,
    statements: list[str],
    view: View,
    after: dict[str, str] | None,
    bounds: tuple[tuple[str, str], ...],
    *,
    forward: bool,
) -> None:
    asked = KeyRange(view=view, partition="a", bounds=bounds, after=after, forward=forward)
    assert can_be_read(items, view)
    assert list(read(items, asked)) == []
    items.database.set_trace_callback(None)
    plan = plans(items, statements)
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan
    if view is not OWN:
        assert f"by_{view.partition}_{view.sort}" in plan


def test_an_index_that_was_added_later_is_left_to_ministack(items: Items) -> None:
    assert not can_be_read(items, View(index="new", partition="pk", sort="new"))


def test_what_expires_is_found_by_its_time(items: Items, statements: list[str]) -> None:
    items.expired("ends", 0)
    items.database.set_trace_callback(None)
    assert "by_ends" in plans(items, statements)
