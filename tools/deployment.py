"""Which deployment a command is for: the running `make run`, or a stack on AWS by its name."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import ClientError
from tools import stack

from errand.aws import AWS_ERRORS, client, reason
from errand.config import Settings
from errand.errors import ErrandError
from errand.storage.tables import connect


class Refused(Exception):
    """What a command cannot do; the message is one line for its user."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """`name`: for people; `stack`: of CloudFormation."""

    name: str
    outputs: dict[str, str]
    stack: str = ""

    def output(self, name: str) -> str:
        """Raises Refused."""
        try:
            return self.outputs[name]
        except KeyError:
            raise Refused(f"{self.name} is none of Errand's: it has no output {name}") from None

    def connect(self) -> None:
        """Lead the models to its tables. Raises Refused."""
        connect(
            Settings(
                data_table=self.output("DataTableName"),
                log_table=self.output("LogTableName"),
                ephemeral_table=self.output("EphemeralTableName"),
                signing_secret=self.output("SigningSecretName"),
                on_lambda=False,
            )
        )


def add_option(parser: ArgumentParser) -> None:
    parser.add_argument("--stack", help="name of a CloudFormation stack; default: `make run`")


def enter(name: str | None) -> Deployment:
    """Lead this process to the stack `name` with its user's credentials, or to `make run` (None).

    Raises Refused if it does not answer.
    """
    called, stack_id = f"the stack {name}", name
    if name is None:
        try:
            to = stack.instance()
        except LookupError as error:
            raise Refused(str(error)) from None
        called, stack_id = f"`make run` at {to.endpoint}", to.stack
        environment = stack.environment()
        os.environ.clear()
        os.environ.update(environment)
    try:
        found = client("cloudformation", read_timeout=10).describe_stacks(StackName=stack_id)
    except AWS_ERRORS as error:
        raise Refused(f"{called} does not answer: {_why(error)}") from None
    outputs = found["Stacks"][0].get("Outputs", [])
    told = {one["OutputKey"]: one["OutputValue"] for one in outputs}
    return Deployment(called, told, found["Stacks"][0]["StackName"])


def carry_out(command: str, act: Callable[[], str]) -> int:
    """Print what `act` tells, or on stderr why it could not; return the exit code."""
    try:
        print(act())
    except Refused as error:
        why = str(error)
    except ErrandError as error:
        why = error.detail
    except AWS_ERRORS as error:
        # Not its message: that may quote what was sent.
        why = f"AWS refused it: {reason(error)}"
    else:
        return 0
    print(f"{command}: {why}", file=sys.stderr)
    return 1


def _why(error: Exception) -> str:
    return error.response["Error"]["Message"] if isinstance(error, ClientError) else str(error)
