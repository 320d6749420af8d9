"""`make rollback` in the middle of a deployment stops it."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber
from tools.under_way import stop, under_way

from errand_testkit.stubs import stubbed


@pytest.fixture
def cloudformation() -> Iterator[tuple[Any, Stubber]]:
    with stubbed("cloudformation") as made:
        yield made


@pytest.fixture
def codedeploy() -> Iterator[tuple[Any, Stubber]]:
    with stubbed("codedeploy") as made:
        yield made


def there_is(stubber: Stubber, logical_id: str) -> None:
    detail = {
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": f"errand-{logical_id}",
        "ResourceType": "AWS::CodeDeploy",
        "ResourceStatus": "UPDATE_COMPLETE",
        "LastUpdatedTimestamp": "2026-11-27T10:00:00Z",
    }
    asked = {"StackName": "errand", "LogicalResourceId": logical_id}
    stubber.add_response("describe_stack_resource", {"StackResourceDetail": detail}, asked)


@pytest.mark.parametrize("ids", [[], ["d-1"]])
def test_deployments_of_the_api_that_have_not_ended_are_found(
    cloudformation: tuple[Any, Stubber], codedeploy: tuple[Any, Stubber], ids: list[str]
) -> None:
    there_is(cloudformation[1], "ServerlessDeploymentApplication")
    there_is(cloudformation[1], "ApiFunctionDeploymentGroup")
    asked = {
        "applicationName": "errand-ServerlessDeploymentApplication",
        "deploymentGroupName": "errand-ApiFunctionDeploymentGroup",
        "includeOnlyStatuses": ["Created", "Queued", "InProgress", "Baking", "Ready"],
    }
    codedeploy[1].add_response("list_deployments", {"deployments": ids}, asked)
    assert under_way(cloudformation[0], codedeploy[0], "errand") == ids


def test_stack_of_a_release_without_codedeploy_has_none(
    cloudformation: tuple[Any, Stubber], codedeploy: tuple[Any, Stubber]
) -> None:
    why = "Resource ServerlessDeploymentApplication does not exist for stack errand"
    cloudformation[1].add_client_error("describe_stack_resource", "ValidationError", why)
    assert under_way(cloudformation[0], codedeploy[0], "errand") == []


def test_what_is_stopped_is_taken_back(codedeploy: tuple[Any, Stubber]) -> None:
    asked = {"deploymentId": "d-1", "autoRollbackEnabled": True}
    codedeploy[1].add_response("stop_deployment", {"status": "Pending"}, asked)
    stop(codedeploy[0], ["d-1"])
