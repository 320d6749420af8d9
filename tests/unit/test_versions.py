"""What is left of a function's versions: what serves, and what to roll back to."""

from typing import Any

import pytest
from tools.versions import prune, superseded

from errand_testkit.stubs import stubbed

FUNCTION = {"FunctionName": "api"}


@pytest.mark.parametrize(
    ("versions", "led_to", "gone"),
    [
        ([], set(), []),
        ([1], {1}, []),
        ([1, 2, 3], {3}, []),
        ([1, 2, 3, 4, 5], {5}, [1, 2]),
        ([10, 9, 2], {10}, []),
        # Rolled back: what serves stays, however old.
        ([1, 2, 3, 4, 5], {1}, [2]),
        # Half way through a canary.
        ([1, 2, 3, 4, 5], {1, 2}, []),
    ],
)
def test_all_but_the_last_three_and_what_serves(
    versions: list[int], led_to: set[int], gone: list[int]
) -> None:
    assert superseded(versions, led_to) == gone


def test_nothing_an_alias_leads_to_is_deleted() -> None:
    versions = [{"Version": name} for name in ("$LATEST", "1", "2", "3", "4", "5", "6")]
    live: dict[str, Any] = {
        "FunctionVersion": "2",
        "RoutingConfig": {"AdditionalVersionWeights": {"3": 0.1}},
    }
    with stubbed("lambda") as (client, stubber):
        stubber.add_response("list_versions_by_function", {"Versions": versions}, FUNCTION)
        stubber.add_response("list_aliases", {"Aliases": [live]}, FUNCTION)
        stubber.add_response("delete_function", {}, FUNCTION | {"Qualifier": "1"})
        assert prune(client, "api") == ["1"]
