"""The tables of template.yaml: tests read the deployed truth instead of copying it."""

from typing import Any

from errand_testkit.stack import properties

_TAKEN_BY_CREATE_TABLE = (
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "LocalSecondaryIndexes",
    "GlobalSecondaryIndexes",
)


def table_properties(logical_id: str) -> dict[str, Any]:
    """What CreateTable takes of a table in the template, under its logical id as name."""
    declared = properties(logical_id)
    taken = {name: declared[name] for name in _TAKEN_BY_CREATE_TABLE if name in declared}
    return {"TableName": logical_id} | taken
