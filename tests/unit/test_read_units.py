"""The rules by which DynamoDB's sizes are told, on sizes that can be counted by hand."""

from typing import Any

import pytest

from errand_testkit.units import item_bytes, read_units


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"t": {"S": "milk"}}, 1 + 4),
        ({"t": {"S": "caf\u00e9"}}, 1 + 5),
        ({"v": {"N": "1"}}, 1 + 2),
        ({"ca": {"N": "1795336200123"}}, 2 + 8),
        ({"l": {"L": [{"S": "a"}, {"S": "bc"}]}}, 1 + 3 + 2 + 3),
        ({"ds": {"BOOL": True}}, 2 + 1),
        ({"pk": {"S": "a"}, "sk": {"S": "b"}}, 6),
    ],
)
def test_item_bytes(item: dict[str, Any], size: int) -> None:
    assert item_bytes(item) == size


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4096, 1), (4097, 2), (8192, 2), (8193, 3)])
def test_a_query_is_rounded_up_once(size: int, units: int) -> None:
    items = [{"t": {"S": "x" * (size - 1)}}] if size else []
    assert read_units(items) == units
