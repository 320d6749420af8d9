"""What functions are given in the stack of `make run`, so that they can run outside of it."""

import os
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tools.local.environment import REGION, for_clients
from tools.local.settings import LOOPBACK, USUAL_AWS_PORT
from tools.local.stack import STACK

_CONFIG = Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1})


def endpoint() -> str:
    """Return the address of the embedded AWS: AWS_ENDPOINT_URL, else AWS_PORT, else the usual."""
    port = os.environ.get("AWS_PORT", USUAL_AWS_PORT)
    return os.environ.get("AWS_ENDPOINT_URL", f"http://{LOOPBACK}:{port}")


def environment() -> dict[str, str]:
    """Return this process's environment, led to the embedded AWS and nowhere else."""
    return for_clients(os.environ, endpoint=endpoint())


def variables() -> dict[str, dict[str, str]]:
    """Return each deployed function's variables by its logical id; LookupError if none answers."""
    try:
        stacks, functions = _client("cloudformation"), _client("lambda")
        resources = stacks.describe_stack_resources(StackName=STACK)["StackResources"]
        found = {
            resource["LogicalResourceId"]: functions.get_function_configuration(
                FunctionName=resource["PhysicalResourceId"]
            )
            for resource in resources
            if resource["ResourceType"] == "AWS::Lambda::Function"
        }
    except (BotoCoreError, ClientError) as error:
        raise LookupError(f"`make run` does not answer at {endpoint()}") from error
    return {name: function["Environment"]["Variables"] for name, function in found.items()}


def _client(service: str) -> Any:
    return botocore.session.get_session().create_client(
        service,
        endpoint_url=endpoint(),
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the embedded AWS takes any
        config=_CONFIG,
    )
