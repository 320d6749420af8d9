"""Makes a stack of tables that are there: `make adopt STACK=errand-prod DATA_TABLE=… LOG_TABLE=…`.

Of a stack that was deleted, which leaves them, or of a restore. They are imported alone, as
template.yaml has them; `make deploy` then makes all else around them.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html
"""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError
from tools import deployment
from tools.deployment import Refused
from tools.local.settings import ROOT
from tools.sam_template import load

from errand.aws import client

_CHANGE_SET = "adopt"
_PATIENCE = 600.0  # seconds; a restored table's settings take some
_KEYS = ("KeySchema", "LocalSecondaryIndexes", "GlobalSecondaryIndexes")

type Resources = dict[str, dict[str, Any]]


def adopt(
    cloudformation: Any,
    dynamodb: Any,
    *,
    stack: str,
    tables: Mapping[str, str],
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """`tables`: logical id to name. Tells what was done. Raises Refused."""
    if _status(cloudformation, stack) is not None:
        raise Refused(f"there is a stack {stack}: a table can only be adopted by a new one")
    resources = declared(tables)
    for logical_id, name in tables.items():
        prepare(dynamodb, name, resources[logical_id]["Properties"], pause=pause)
    cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=_CHANGE_SET,
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps({"Resources": resources}),
        ResourcesToImport=[
            {
                "ResourceType": "AWS::DynamoDB::Table",
                "LogicalResourceId": logical_id,
                "ResourceIdentifier": {"TableName": name},
            }
            for logical_id, name in tables.items()
        ],
    )
    change_set: dict[str, str] = {"StackName": stack, "ChangeSetName": _CHANGE_SET}

    def ready() -> bool:
        found = cloudformation.describe_change_set(**change_set)
        if found["Status"] == "FAILED":
            raise Refused(f"CloudFormation refused the import: {found.get('StatusReason')}")
        return bool(found["Status"] == "CREATE_COMPLETE")

    def imported() -> bool:
        status = _status(cloudformation, stack) or ""
        if "ROLLBACK" in status or status.endswith("FAILED"):
            raise Refused(f"the import failed: the stack is {status}")
        return status == "IMPORT_COMPLETE"

    _wait(ready, pause)
    cloudformation.execute_change_set(**change_set)
    _wait(imported, pause)
    return f"{stack} has {', '.join(tables.values())}: now make deploy, which makes all else"


def declared(tables: Mapping[str, str]) -> Resources:
    """The tables, as template.yaml has them. Raises Refused for one that it does not keep."""
    template: Resources = load(ROOT / "template.yaml")["Resources"]
    kept = [name for name, one in template.items() if one.get("DeletionPolicy", "") != "Delete"]
    if unknown := tables.keys() - {*kept}:
        raise Refused(f"{', '.join(sorted(unknown))} is no table that outlives its stack")
    return {name: _imported(template[name]) for name in tables}


def _imported(table: Mapping[str, Any]) -> dict[str, Any]:
    """Without the template's parameters: protected, as `prepare` leaves it.

    What was made elsewhere is never taken back by the operation that imports it.
    """
    properties = {**table["Properties"], "DeletionProtectionEnabled": True}
    return {**table, "Properties": properties, "DeletionPolicy": "Retain"}


def prepare(
    dynamodb: Any, name: str, properties: Mapping[str, Any], *, pause: Callable[[float], None]
) -> None:
    """What a restore does not carry: stream, protection, backups, expiry. Raises Refused."""
    try:
        table = dynamodb.describe_table(TableName=name)["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        raise Refused(f"there is no table {name}") from None
    for part in _KEYS:
        if _shape(table.get(part)) != _shape(properties.get(part)):
            raise Refused(f"{name} is another table: its {part} is not that of template.yaml")

    def is_active() -> bool:
        return bool(dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE")

    _wait(is_active, pause)
    if not table.get("StreamSpecification", {}).get("StreamEnabled"):
        stream = {"StreamEnabled": True, **properties["StreamSpecification"]}
        dynamodb.update_table(TableName=name, StreamSpecification=stream)
        _wait(is_active, pause)
    if not table.get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=True)
        _wait(is_active, pause)
    dynamodb.update_continuous_backups(
        TableName=name,
        PointInTimeRecoverySpecification=properties["PointInTimeRecoverySpecification"],
    )
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if expiry["TimeToLiveStatus"] not in {"ENABLED", "ENABLING"}:
        dynamodb.update_time_to_live(
            TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"]
        )


def _shape(part: Any) -> Any:
    """Of keys, or of indexes, which may come in any order."""
    keys = ("IndexName", "KeySchema", "Projection", "AttributeName", "KeyType")
    told = [{key: one[key] for key in keys if key in one} for one in part or []]
    return sorted(json.dumps(one, sort_keys=True) for one in told)


def _status(cloudformation: Any, stack: str) -> str | None:
    try:
        [found] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return None
    status = str(found["StackStatus"])
    return None if status == "DELETE_COMPLETE" else status


def _wait(condition: Callable[[], bool], pause: Callable[[float], None]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise Refused(f"AWS was not ready within {_PATIENCE:.0f} s: run it again")
        pause(2.0)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, import, print what is next."""
    parser = ArgumentParser(prog="adopt", description="A new stack around tables that are there.")
    parser.add_argument("--stack", required=True, help="name of the stack to be")
    parser.add_argument("--data-table", required=True, help="name of the table")
    parser.add_argument("--log-table", required=True, help="name of the table")
    arguments = parser.parse_args(argv)

    def act() -> str:
        return adopt(
            client("cloudformation", read_timeout=10),
            client("dynamodb", read_timeout=10),
            stack=arguments.stack,
            tables={"DataTable": arguments.data_table, "LogTable": arguments.log_table},
        )

    return deployment.carry_out("adopt", act)


if __name__ == "__main__":
    sys.exit(main())
