"""Compares the log of changes with the table and adds what is missing: `make reconcile`.

What it counts is counted anew, and told by another entry if it is wrong. On `make run` or on
STACK=name; of all accounts, or of one. It may run at any time, and again.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from tools import deployment

from errand.aws import client
from errand.clock import system_clock
from errand.errors import Contended
from errand.history.reconciling import Reconciler
from errand.storage.kinds import Table


def reconcile(reconciler: Reconciler, account: str | None) -> str:
    """Tells what was done."""
    accounts = [account] if account else reconciler.accounts()
    looked_at = added = left = 0
    for user_id in accounts:
        looked_at += 1
        try:
            added += reconciler.reconcile(user_id)
        except Contended:
            left += 1
    told = f"{looked_at} accounts compared, {added} entries added"
    return f"{told}, {left} never at rest: run it again" if left else told


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, compare, print what was done."""
    parser = ArgumentParser(prog="reconcile", description="Give the log what it has missed.")
    deployment.add_option(parser)
    parser.add_argument("--account", help="id of one account; default: all")
    arguments = parser.parse_args(argv)

    def act() -> str:
        target = deployment.enter(arguments.stack)
        names = {
            Table.DATA: target.output("DataTableName"),
            Table.LOG: target.output("LogTableName"),
        }
        reconciler = Reconciler(
            dynamodb=client("dynamodb", read_timeout=5), names=names, clock=system_clock
        )
        return f"{target.name}: {reconcile(reconciler, arguments.account)}"

    return deployment.carry_out("reconcile", act)


if __name__ == "__main__":
    sys.exit(main())
