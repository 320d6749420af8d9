"""Makes the index of texts anew, of all tasks that there are: `make reindex`.

On `make run` or on STACK=name; of all accounts, or of one. It may run at any time, and again: what
changes meanwhile is in the index, too, and searches read tasks as long as it is not whole.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence

from tools import deployment

from errand.aws import client
from errand.clock import system_clock
from errand.config import epoch_of
from errand.history.reconciling import Reconciler
from errand.search.gathering import Gatherer
from errand.search.keeping import IndexKeeper
from errand.search.store import IndexStore
from errand.storage.kinds import Table


def reindex(keeper: IndexKeeper, accounts: Iterable[str], *, stream: str) -> str:
    """Tells what was done."""
    made = tasks = 0
    for user_id in accounts:
        # It may be gone since it was listed.
        if keeper.has_account(user_id):
            tasks += keeper.rebuild(user_id, stream=stream)
            made += 1
    return f"{made} accounts, {tasks} tasks indexed"


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, make the index, print what was done."""
    parser = ArgumentParser(prog="reindex", description="Make the index of texts anew.")
    deployment.add_option(parser)
    parser.add_argument("--account", help="id of one account; default: all")
    arguments = parser.parse_args(argv)

    def act() -> str:
        target = deployment.enter(arguments.stack)
        names = {
            Table.DATA: target.output("DataTableName"),
            Table.LOG: target.output("LogTableName"),
            Table.EPHEMERAL: target.output("EphemeralTableName"),
        }
        dynamodb = client("dynamodb", read_timeout=10)
        keeper = IndexKeeper(
            store=IndexStore(dynamodb=dynamodb, names=names),
            gatherer=Gatherer(dynamodb=dynamodb, names=names),
            clock=system_clock,
        )
        all_of_them = Reconciler(dynamodb=dynamodb, names=names, clock=system_clock).accounts()
        accounts = [arguments.account] if arguments.account else all_of_them
        stream = epoch_of(target.output("DataTableStream"))
        return f"{target.name}: {reindex(keeper, accounts, stream=stream)}"

    return deployment.carry_out("reindex", act)


if __name__ == "__main__":
    sys.exit(main())
