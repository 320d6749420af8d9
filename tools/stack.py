"""What the stack of `make run` calls its resources, so that functions can run outside of it."""

import os
from collections.abc import Mapping
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


def physical_ids() -> dict[str, str]:
    """Return physical ids by logical id; LookupError where no stack answers."""
    try:
        client: Any = botocore.session.get_session().create_client(
            "cloudformation",
            endpoint_url=endpoint(),
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the embedded AWS takes any
            config=_CONFIG,
        )
        found = client.describe_stack_resources(StackName=STACK)["StackResources"]
    except (BotoCoreError, ClientError) as error:
        raise LookupError(f"`make run` does not answer at {endpoint()}") from error
    return {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in found}


def resolve(variables: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, str]:
    """Return a function's variables with each `Ref` to a resource resolved, the rest left out."""
    resolved = {
        name: ids.get(value["Ref"]) if isinstance(value, dict) and "Ref" in value else value
        for name, value in variables.items()
    }
    return {name: value for name, value in resolved.items() if isinstance(value, str)}
