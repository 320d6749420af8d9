"""Exports both tables that are kept to a bucket: `make export-tables BUCKET=…`.

By DynamoDB itself, from its backups: no read unit, no load. As DynamoDB JSON, gzipped.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.HowItWorks.html
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from typing import Any

from tools import deployment
from tools.restore import TABLES

from errand.aws import client


def export(dynamodb: Any, tables: Iterable[str], *, bucket: str, prefix: str) -> list[str]:
    """The ARNs of what has begun, for `aws dynamodb describe-export`."""
    begun = []
    for table in tables:
        arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
        answer = dynamodb.export_table_to_point_in_time(
            TableArn=arn, S3Bucket=bucket, S3Prefix=f"{prefix}/{table}", S3SseAlgorithm="AES256"
        )
        begun.append(str(answer["ExportDescription"]["ExportArn"]))
    return begun


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, begin, print what was begun."""
    parser = ArgumentParser(prog="export-tables", description="Both tables, to a bucket.")
    deployment.add_option(parser)
    parser.add_argument("--bucket", required=True, help="where to, of the same account or not")
    parser.add_argument("--prefix", default="errand", help="of the keys")
    arguments = parser.parse_args(argv)

    def act() -> str:
        target = deployment.enter(arguments.stack)
        begun = export(
            client("dynamodb", read_timeout=30),
            [target.output(name) for name in TABLES],
            bucket=arguments.bucket,
            prefix=arguments.prefix,
        )
        return "\n".join([f"{target.name}: begun", *(f"  {arn}" for arn in begun)])

    return deployment.carry_out("export-tables", act)


if __name__ == "__main__":
    sys.exit(main())
