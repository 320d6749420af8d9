"""Intrinsic functions and conditions of template.yaml, carried out as CloudFormation does."""

from collections.abc import Callable, Mapping
from typing import Any

from errand_testkit.stack import TEMPLATE


def carried_out(node: Any, parameters: Mapping[str, str]) -> Any:
    """`node` for these parameters; a Ref to anything else stays as it is."""
    if isinstance(node, list):
        return [carried_out(one, parameters) for one in node]
    if not isinstance(node, dict):
        return node
    given: Any
    function, given = next(iter(node.items())) if len(node) == 1 else ("", None)
    result: Any
    match function:
        case "Ref":
            result = parameters.get(given, node)
        case "Condition":
            result = holds(given, parameters)
        case "Fn::If":
            condition, yes, no = given
            result = carried_out(yes if holds(condition, parameters) else no, parameters)
        case _ if function in _FUNCTIONS:
            result = _FUNCTIONS[function](carried_out(given, parameters))
        case _:
            result = {key: carried_out(one, parameters) for key, one in node.items()}
    return result


def holds(condition: str, parameters: Mapping[str, str]) -> bool:
    return bool(carried_out(TEMPLATE["Conditions"][condition], parameters))


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "Fn::And": all,
    "Fn::Equals": lambda given: given[0] == given[1],
    "Fn::Not": lambda given: not given[0],
    "Fn::Or": any,
    "Fn::Select": lambda given: given[1][given[0]],
    "Fn::Split": lambda given: given[1].split(given[0]),
}
