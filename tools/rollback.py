"""Has a former version of the API serve again: `make rollback STACK=errand-prod`.

The alias that the HTTP API calls is moved, which takes effect at once; nothing else of the stack
changes, and the next deployment leads on to its own version. A deployment that is under way would
move it again: it is stopped instead, and what served before it serves.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from tools import deployment
from tools.deployment import Refused
from tools.under_way import stop, under_way
from tools.versions import versions_of

from errand.aws import client

ALIAS = "live"


def roll_back(functions: Any, name: str, *, to: int | None) -> tuple[int, int]:
    """Which version served, and which does now. `to`: None for the one before. Raises Refused.

    On the condition that nobody moves the alias meanwhile.
    """
    alias = functions.get_alias(FunctionName=name, Name=ALIAS)
    serves = int(alias["FunctionVersion"])
    versions = versions_of(functions, name)
    before = max((one for one in versions if one < serves), default=None)
    wanted = before if to is None else to
    if wanted is None:
        raise Refused(f"there is no version before {serves}, which serves")
    if wanted not in versions:
        there = ", ".join(map(str, sorted(versions)))
        raise Refused(f"version {wanted} is not there any more: there are {there}")
    functions.update_alias(
        FunctionName=name,
        Name=ALIAS,
        FunctionVersion=str(wanted),
        RoutingConfig={"AdditionalVersionWeights": {}},
        RevisionId=alias["RevisionId"],
    )
    return serves, wanted


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, move, print what was done."""
    parser = ArgumentParser(prog="rollback", description="Have a former version serve again.")
    deployment.add_option(parser)
    parser.add_argument("--version", type=int, help="default: the one before that which serves")
    arguments = parser.parse_args(argv)

    def act() -> str:
        target = deployment.enter(arguments.stack)
        codedeploy = client("codedeploy", read_timeout=10)
        cloudformation = client("cloudformation", read_timeout=10)
        if ids := under_way(cloudformation, codedeploy, target.stack):
            if arguments.version:
                raise Refused("a deployment is under way: without a version it is stopped")
            stop(codedeploy, ids)
            return f"{target.name}: {', '.join(ids)} is stopped, what served before it serves"
        served, serves = roll_back(
            client("lambda", read_timeout=10),
            target.output("ApiFunctionName"),
            to=arguments.version,
        )
        return f"{target.name}: version {serves} serves, {served} did"

    return deployment.carry_out("rollback", act)


if __name__ == "__main__":
    sys.exit(main())
