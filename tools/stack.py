"""What functions are given in the stack of `make run`, so that they can run outside of it."""

import os
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tools.local.environment import REGION, for_clients
from tools.local.instance import Instance, find
from tools.local.settings import LOOPBACK, data_dir
from tools.local.stack import STACK

NOWHERE = f"http://{LOOPBACK}:9"  # the port of discard: no embedded AWS is there
_CONFIG = Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1})


def instance() -> Instance:
    """Return the `make run` of AWS_ENDPOINT_URL, else of AWS_PORT, else of DATA_DIR.

    Raises LookupError if DATA_DIR has none.
    """
    if url := os.environ.get("AWS_ENDPOINT_URL"):
        return Instance(endpoint=url, stack=STACK)
    if port := os.environ.get("AWS_PORT"):
        return Instance(endpoint=f"http://{LOOPBACK}:{port}", stack=STACK)
    folder = data_dir(os.environ)
    if found := find(folder):
        return found
    raise LookupError(f"no `make run` is at work on {folder} (DATA_DIR)")


def environment() -> dict[str, str]:
    """Return this process's environment, led to the embedded AWS and nowhere else."""
    try:
        endpoint = instance().endpoint
    except LookupError:
        endpoint = NOWHERE
    return for_clients(os.environ, endpoint=endpoint)


def variables() -> dict[str, dict[str, str]]:
    """Return each deployed function's variables by its logical id; LookupError if none answers."""
    to = instance()
    try:
        stacks, functions = (_client(service, to) for service in ("cloudformation", "lambda"))
        resources = stacks.describe_stack_resources(StackName=to.stack)["StackResources"]
        found = {
            resource["LogicalResourceId"]: functions.get_function_configuration(
                FunctionName=resource["PhysicalResourceId"]
            )
            for resource in resources
            if resource["ResourceType"] == "AWS::Lambda::Function"
        }
    except (BotoCoreError, ClientError) as error:
        raise LookupError(f"`make run` does not answer at {to.endpoint}") from error
    return {name: function["Environment"]["Variables"] for name, function in found.items()}


def _client(service: str, to: Instance) -> Any:
    return botocore.session.get_session().create_client(
        service,
        endpoint_url=to.endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the embedded AWS takes any
        config=_CONFIG,
    )
