"""Versions of a function that nothing leads to any more.

One with a snapshot is paid for until it is deleted; without there is nothing to roll back to.
"""

from collections.abc import Collection, Iterable
from typing import Any

KEPT = 3  # what serves, and the two before it


def superseded(versions: Iterable[int], led_to: Collection[int]) -> list[int]:
    """All but the last few and those that an alias leads to, also if it does for a part."""
    last = sorted(versions)[-KEPT:]
    return sorted({*versions} - {*last} - {*led_to})


def versions_of(functions: Any, name: str) -> list[int]:
    """All that were published. `functions`: a client of Lambda."""
    return [
        int(one["Version"])
        for page in functions.get_paginator("list_versions_by_function").paginate(FunctionName=name)
        for one in page["Versions"]
        if one["Version"] != "$LATEST"
    ]


def prune(functions: Any, name: str) -> list[str]:
    """Delete those; return which."""
    versions = versions_of(functions, name)
    led_to: set[int] = set()
    for page in functions.get_paginator("list_aliases").paginate(FunctionName=name):
        for alias in page["Aliases"]:
            weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
            led_to |= {int(one) for one in (alias["FunctionVersion"], *weights)}
    gone = superseded(versions, led_to)
    for version in gone:
        functions.delete_function(FunctionName=name, Qualifier=str(version))
    return [str(version) for version in gone]
