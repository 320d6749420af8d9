"""Restores both tables that are kept as they were, into new ones: `make restore AT=…`.

Nothing changes for the service: what is restored can be looked at, and adopted (tools/adopt.py).
On STACK=name, or on `make run`, whose embedded AWS copies what there is now, whatever the time.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
"""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from tools import deployment
from tools.deployment import Refused

from errand.aws import client

TABLES = ("DataTableName", "LogTableName")
# Half an hour is usual, whatever the size.
_PATIENCE = 12 * 3600.0  # seconds
_PAUSE = 5.0  # seconds


def restore(
    dynamodb: Any,
    table: str,
    *,
    at: datetime | None,
    suffix: str,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """The name of the new table, when it is there. `at`: None for the latest. Raises Refused."""
    target = f"{table}-{suffix}"
    when = {"UseLatestRestorableTime": True} if at is None else {"RestoreDateTime": at}
    dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=target, **when)
    deadline = time.monotonic() + _PATIENCE
    while dynamodb.describe_table(TableName=target)["Table"]["TableStatus"] != "ACTIVE":
        if time.monotonic() > deadline:
            raise Refused(f"{target} is still being restored: look at it with describe-table")
        pause(_PAUSE)
    return target


def instant(text: str) -> datetime:
    """With a zone, so that nobody restores another hour than was meant. Raises Refused."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"AT={text} is no time such as 2026-11-27T10:00:00Z") from None
    if at.tzinfo is None:
        raise Refused(f"AT={text} has no zone: Z behind it is UTC")
    return at


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, restore, print what is next."""
    parser = ArgumentParser(prog="restore", description="Tables as they were, beside those now.")
    deployment.add_option(parser)
    parser.add_argument("--at", help="when, such as 2026-11-27T10:00:00Z; default: the latest")
    arguments = parser.parse_args(argv)

    def act() -> str:
        at = instant(arguments.at) if arguments.at else None
        target = deployment.enter(arguments.stack)
        suffix = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
        dynamodb = client("dynamodb", read_timeout=30)
        made = [restore(dynamodb, target.output(name), at=at, suffix=suffix) for name in TABLES]
        data_table, log_table = made
        return f"{target.name}: DATA_TABLE={data_table} LOG_TABLE={log_table}"

    return deployment.carry_out("restore", act)


if __name__ == "__main__":
    sys.exit(main())
