"""What template.yaml declares, by logical id."""

from pathlib import Path
from typing import Any

from tools.sam_template import Function, functions, load

ROOT = Path(__file__).parents[3]
PATH = ROOT / "template.yaml"
TEMPLATE = load(PATH)
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
FUNCTIONS = functions(PATH)


def properties(logical_id: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[logical_id]["Properties"]
    return found


def target(reference: dict[str, Any]) -> str:
    """Logical id behind a Ref or a GetAtt."""
    return str(reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0])


def event_sources(kind: str) -> list[tuple[Function, dict[str, Any]]]:
    return [
        (function, event["Properties"])
        for function in FUNCTIONS.values()
        for event in properties(function.name).get("Events", {}).values()
        if event["Type"] == kind
    ]
