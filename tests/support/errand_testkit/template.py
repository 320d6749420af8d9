"""The tables of template.yaml: tests read the deployed truth instead of copying it."""

from functools import cache
from pathlib import Path
from typing import Any

from tools.sam_template import load

ROOT = Path(__file__).parents[3]

_TAKEN_BY_CREATE_TABLE = (
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "LocalSecondaryIndexes",
    "GlobalSecondaryIndexes",
)


@cache
def table_properties(logical_id: str) -> dict[str, Any]:
    """What CreateTable takes of a table in the template, under its logical id as name."""
    properties = load(ROOT / "template.yaml")["Resources"][logical_id]["Properties"]
    taken = {name: properties[name] for name in _TAKEN_BY_CREATE_TABLE if name in properties}
    return {"TableName": logical_id} | taken
