"""`make rollback`: the version before serves, and only one that is there."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from tools.deployment import Refused
from tools.rollback import roll_back

ALIAS = {"FunctionName": "api", "Name": "live"}


@pytest.fixture
def functions() -> Any:
    return boto3.client("lambda", region_name="eu-central-1")


@pytest.fixture
def stubber(functions: Any) -> Iterator[Stubber]:
    with Stubber(functions) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def there_are(stubber: Stubber, *versions: str, serves: str) -> None:
    found = [{"Version": name} for name in ("$LATEST", *versions)]
    stubber.add_response("get_alias", {"FunctionVersion": serves, "RevisionId": "r1"}, ALIAS)
    stubber.add_response("list_versions_by_function", {"Versions": found}, {"FunctionName": "api"})


def is_moved(stubber: Stubber, version: str) -> None:
    """All of it, also in the middle of a canary, and by nobody else meanwhile."""
    moved = {
        "FunctionVersion": version,
        "RoutingConfig": {"AdditionalVersionWeights": {}},
        "RevisionId": "r1",
    }
    stubber.add_response("update_alias", {}, ALIAS | moved)


def test_the_version_before_serves(functions: Any, stubber: Stubber) -> None:
    there_are(stubber, "9", "10", "11", serves="11")
    is_moved(stubber, "10")
    assert roll_back(functions, "api", to=None) == (11, 10)


def test_twice_leads_further_back(functions: Any, stubber: Stubber) -> None:
    there_are(stubber, "9", "10", "11", serves="10")
    is_moved(stubber, "9")
    assert roll_back(functions, "api", to=None) == (10, 9)


def test_any_that_is_there_can_serve(functions: Any, stubber: Stubber) -> None:
    there_are(stubber, "9", "11", serves="9")
    is_moved(stubber, "11")
    assert roll_back(functions, "api", to=11) == (9, 11)


@pytest.mark.parametrize(("to", "why"), [(None, "no version before 9"), (8, "there are 9, 11")])
def test_what_is_not_there_cannot(
    functions: Any, stubber: Stubber, to: int | None, why: str
) -> None:
    there_are(stubber, "9", "11", serves="9")
    with pytest.raises(Refused, match=why):
        roll_back(functions, "api", to=to)
