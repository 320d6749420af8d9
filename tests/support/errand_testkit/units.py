"""Size and read units of raw items, by DynamoDB's rules: emulators report one unit for any read.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

_READ_UNIT_BYTES = 4096


def item_bytes(item: Mapping[str, Mapping[str, Any]]) -> int:
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def read_units(items: Iterable[Mapping[str, Mapping[str, Any]]]) -> int:
    """Of one strongly consistent Query that reads all of them."""
    return max(1, ceil(sum(map(item_bytes, items)) / _READ_UNIT_BYTES))


def _value_bytes(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S" | "B":
            return len(content if isinstance(content, bytes) else content.encode())
        case "N":
            # "Approximately" one byte for two significant digits and one more: rounded up.
            return ceil(len(content.strip("-").replace(".", "").strip("0")) / 2) + 1
        case "L":
            return 3 + sum(1 + _value_bytes(element) for element in content)
        case "M":
            # Three for the map, and one for each entry beside its name and its value.
            return 3 + len(content) + item_bytes(content)
        case "SS":
            return sum(len(element.encode()) for element in content)
        case "BOOL":
            return 1
    raise NotImplementedError(kind)
