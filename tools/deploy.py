"""`make deploy`: `sam deploy`, and what it leaves to do on the first and on every other day.

The first deployment of a stack makes its tables without deletion protection, which a second one
switches on: CloudFormation takes everything back that it made, if it fails, but for what is
protected. A deployment after `make rollback` goes to all at once: by parts, the version that was
rolled back would get the other part. And old versions of the API are deleted, once there are newer
ones to roll back to.
"""

import subprocess
import sys
import tomllib
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from tools.deployment import Deployment, Refused, carry_out, enter
from tools.rollback import ALIAS
from tools.versions import prune

from errand.aws import client

CONFIG = Path("samconfig.toml")
UNPROTECTED = "TableProtection=false"
AT_ONCE = "DeploymentPreference=AllAtOnce"

type Run = Callable[[Sequence[str]], None]


def deploy(
    settings: dict[str, Any],
    environment: str,
    *,
    is_there: bool,
    run: Run,
    is_rolled_back: bool = False,
) -> None:
    """`settings`: of samconfig.toml for that environment."""
    command = ["sam", "deploy", "--config-env", environment]
    given = settings["deploy"]["parameters"].get("parameter_overrides", [])
    if not is_there:
        run([*command, "--parameter-overrides", *given, UNPROTECTED])
    if is_rolled_back:
        run([*command, "--parameter-overrides", *given, AT_ONCE])
    else:
        run(command)


def is_there(cloudformation: Any, stack: str) -> bool:
    """Whether it has ever been made; what is left of an attempt that took all back is deleted.

    Of any other state `sam deploy` tells by itself.
    """
    try:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return False
        raise
    status = found[0]["StackStatus"]
    if status == "ROLLBACK_COMPLETE":
        # Nothing can be deployed to it, and there is nothing in it.
        cloudformation.delete_stack(StackName=stack)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)
    # The latter: of a change set that was never carried out.
    return status not in {"ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"}


def is_rolled_back(cloudformation: Any, functions: Any, stack: str) -> bool:
    """Whether another version serves than the one that CloudFormation takes to do so."""
    ids = {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        for one in page["StackResourceSummaries"]
        if not one["ResourceStatus"].startswith("DELETE")
    }
    if "ApiFunctionAliaslive" not in ids:
        return False
    alias = functions.get_alias(FunctionName=ids["ApiFunction"], Name=ALIAS)
    served: str = alias["FunctionVersion"]
    # SAM names them by a hash of what they are of.
    deployed = [one for name, one in ids.items() if name.startswith("ApiFunctionVersion")]
    return served not in {one.rpartition(":")[2] for one in deployed}


def main(argv: Sequence[str] | None = None) -> int:
    parser = ArgumentParser(prog="deploy", description="Deploy as samconfig.toml says.")
    parser.add_argument("environment", help="of samconfig.toml: default or prod")
    environment = parser.parse_args(argv).environment
    return carry_out("deploy", lambda: _deploy(environment))


def _deploy(environment: str) -> str:
    settings = tomllib.loads(CONFIG.read_text())[environment]
    stack = settings["global"]["parameters"]["stack_name"]
    cloudformation = client("cloudformation", read_timeout=10)
    functions = client("lambda", read_timeout=20)
    known = is_there(cloudformation, stack)
    went_back = known and is_rolled_back(cloudformation, functions, stack)
    if went_back:
        print("deploy: after `make rollback` it goes to all at once", file=sys.stderr)
    deploy(settings, environment, is_there=known, is_rolled_back=went_back, run=_run)
    target: Deployment = enter(stack)
    gone = prune(functions, target.output("ApiFunctionName"))
    return f"{stack} is deployed; versions deleted: {', '.join(gone) or 'none'}"


def _run(command: Sequence[str]) -> None:
    """Raises Refused if it fails; it has said why."""
    if subprocess.run(command, check=False).returncode:
        raise Refused("`sam deploy` failed: the reason is above")


if __name__ == "__main__":
    sys.exit(main())
