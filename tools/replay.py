"""Publishes what is in an account's log again: `make replay ACCOUNT=id FROM=number`.

On `make run` or on STACK=name. Events have the ids and numbers that they had: who has acted on one
knows it again.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from typing import Any

from tools import deployment
from tools.deployment import Refused

from errand.aws import client
from errand.events.changes import event_of
from errand.events.entries import Entry, batches, to_entry
from errand.history.changes import Change, numbered
from errand.records import load
from errand.storage.kinds import CHANGE


def replay(dynamodb: Any, events: Any, *, table: str, bus: str, account: str, first: int) -> str:
    """Tells what was published. Raises Refused with the number to go on from, MalformedRecord."""
    published, last = 0, first - 1
    for batch in batches(_entries(dynamodb, table=table, bus=bus, account=account, first=first)):
        results = events.put_events(Entries=[entry for _, entry in batch])["Entries"]
        for (number, _), result in zip(batch, results, strict=True):
            if "ErrorCode" in result:
                code = result["ErrorCode"]
                raise Refused(f"{published} events published, then {code}: go on FROM={number}")
            published, last = published + 1, number
    return f"{published} events published" + (f", the last is {last}" if published else "")


def _entries(
    dynamodb: Any, *, table: str, bus: str, account: str, first: int
) -> Iterator[tuple[int, Entry]]:
    begin, end = CHANGE.key(account, numbered(first)), CHANGE.key(account, "9" * 15)
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "pk = :partition AND sk BETWEEN :first AND :last",
        "ExpressionAttributeValues": {
            ":partition": {"S": begin.pk},
            ":first": {"S": begin.sk},
            ":last": {"S": end.sk},
        },
        "ConsistentRead": True,
    }
    while True:
        page = dynamodb.query(**request)
        for item in page["Items"]:
            change = load(Change, item)
            event = event_of(change)
            if event:
                yield change.number, to_entry(event, bus=bus)
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, publish, print what was done."""
    parser = ArgumentParser(prog="replay", description="Publish an account's log again.")
    deployment.add_option(parser)
    parser.add_argument("--account", required=True, help="its id")
    parser.add_argument("--from", required=True, type=int, dest="first", help="number to begin at")
    arguments = parser.parse_args(argv)

    def act() -> str:
        if arguments.first < 1:
            raise Refused("FROM begins at 1")
        target = deployment.enter(arguments.stack)
        told = replay(
            client("dynamodb", read_timeout=5),
            client("events", read_timeout=5),
            table=target.output("LogTableName"),
            bus=target.output("EventBusName"),
            account=arguments.account,
            first=arguments.first,
        )
        return f"{target.name}: {told}"

    return deployment.carry_out("replay", act)


if __name__ == "__main__":
    sys.exit(main())
