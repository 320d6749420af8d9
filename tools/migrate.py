"""Rewrites what older releases have stored in today's shape: `make migrate`.

On `make run` or on STACK=name, while it is in use; may be killed, and goes on where it was. Without
KIND it lists what there is to do.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence

from tools import deployment
from tools.deployment import Refused

from errand.aws import client
from errand.clock import system_clock
from errand.fields import table_of
from errand.storage.kinds import Kind, Table, record_of
from errand.storage.migrations import Migrator, Pace, Progress, migrations

# Read and write units a second, of which a partition has 3,000 and 1,000: 90,000 an hour.
RATE = 25.0


def name_of(kind: Kind) -> str:
    """On the command line."""
    return kind.sort.lower()


def find(name: str) -> Kind:
    """Raises Refused."""
    found = {name_of(kind): kind for kind in migrations()}
    try:
        return found[name]
    except KeyError:
        raise Refused(f"there is no migration {name!r}, but {', '.join(found)}") from None


def listed(migrator: Migrator) -> Iterator[str]:
    for kind in migrations():
        shape = table_of(record_of(kind)).shape
        so_far = migrator.progress(kind)
        told = told_of(so_far) if so_far else "not begun, or long ago"
        yield f"  {name_of(kind)} ({kind.name}, to shape {shape}): {told}"


def told_of(so_far: Progress, *, is_dry: bool = False) -> str:
    parts = [
        f"{so_far.looked_at} looked at",
        f"{so_far.rewritten} {'to be rewritten' if is_dry else 'rewritten'}",
        f"{so_far.malformed} malformed" if so_far.malformed else "",
        f"{so_far.newer} of a newer shape" if so_far.newer else "",
        f"{so_far.contended} never at rest: run it AGAIN=1" if so_far.contended else "",
        "done" if so_far.is_done else "not done",
    ]
    return ", ".join(filter(None, parts))


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, list or migrate, print what was done."""
    parser = ArgumentParser(prog="migrate", description="Rewrite items of older shapes.")
    deployment.add_option(parser)
    parser.add_argument("--kind", help="what to migrate; default: list what there is")
    parser.add_argument("--dry-run", action="store_true", help="count, and write nothing")
    parser.add_argument("--again", action="store_true", help="from the first item")
    parser.add_argument("--rate", type=float, default=RATE, help="units a second")
    arguments = parser.parse_args(argv)

    def act() -> str:
        if not arguments.rate > 0:
            raise Refused("RATE is greater than 0")
        kind = find(arguments.kind) if arguments.kind else None
        target = deployment.enter(arguments.stack)
        dynamodb = client("dynamodb", read_timeout=10)
        migrator = Migrator(
            dynamodb=dynamodb,
            scan=dynamodb.scan,
            names={
                Table.DATA: target.output("DataTableName"),
                Table.LOG: target.output("LogTableName"),
                Table.EPHEMERAL: target.output("EphemeralTableName"),
            },
            clock=system_clock,
            pace=Pace(arguments.rate),
        )
        if kind is None:
            return "\n".join([f"{target.name}:", *listed(migrator)])
        is_dry = arguments.dry_run
        last = None
        for last in migrator.run(kind, is_dry=is_dry, again=arguments.again):
            print(f"migrate: {told_of(last, is_dry=is_dry)}", file=sys.stderr, flush=True)
        return f"{target.name}: {told_of(last, is_dry=is_dry) if last else 'nothing to do'}"

    return deployment.carry_out("migrate", act)


if __name__ == "__main__":
    sys.exit(main())
