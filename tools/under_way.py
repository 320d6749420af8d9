"""Deployments of CodeDeploy that are moving the alias of the API."""

from typing import Any

from botocore.exceptions import ClientError

# As SAM calls them. https://github.com/aws/serverless-application-model, generated_resources.rst
APPLICATION, GROUP = "ServerlessDeploymentApplication", "ApiFunctionDeploymentGroup"
_STATUSES = ["Created", "Queued", "InProgress", "Baking", "Ready"]


def under_way(cloudformation: Any, codedeploy: Any, stack: str) -> list[str]:
    """Their ids; none of a stack of a release that did without CodeDeploy."""
    try:
        application, group = (
            cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=name)
            for name in (APPLICATION, GROUP)
        )
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return []
        raise
    found = codedeploy.list_deployments(
        applicationName=application["StackResourceDetail"]["PhysicalResourceId"],
        deploymentGroupName=group["StackResourceDetail"]["PhysicalResourceId"],
        includeOnlyStatuses=_STATUSES,
    )
    ids: list[str] = found["deployments"]
    return ids


def stop(codedeploy: Any, ids: list[str]) -> None:
    """The alias goes back to what it led to before; CloudFormation takes the rest back."""
    for one in ids:
        codedeploy.stop_deployment(deploymentId=one, autoRollbackEnabled=True)
