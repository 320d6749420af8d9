"""Reads template.yaml as CloudFormation does: short intrinsics (`!Ref x`) take their long form."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Template = dict[str, Any]

_LONG_NAMES = {"Ref": "Ref", "Condition": "Condition"}
# libyaml's takes a tenth of the time: every command, and each process of the tests, reads it.
_SafeLoader: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class _Loader(_SafeLoader):  # type: ignore[misc] # one or the other
    """SafeLoader that knows CloudFormation's tags."""


def _intrinsic(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if name == "GetAtt":
            value = str(value).split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_object(node, deep=True)
    return {_LONG_NAMES.get(name, f"Fn::{name}"): value}


_Loader.add_multi_constructor("!", _intrinsic)


def load(path: Path) -> Template:
    """Return the template with every intrinsic in its long form."""
    # _Loader is a SafeLoader: it builds plain data only.
    template: Template = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    return template


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Return the resources of one type, by logical id."""
    return {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


@dataclass(frozen=True, kw_only=True)
class Function:
    """A Lambda function of the template; `code` and `layers` are directories."""

    name: str
    handler: str
    code: Path
    layers: tuple[Path, ...]
    timeout: int
    memory: int
    variables: dict[str, Any]


def functions(path: Path) -> dict[str, Function]:
    """Return the functions of the template in `path`, by logical id, Globals applied."""
    template = load(path)
    shared = template.get("Globals", {}).get("Function", {})
    layers = resources(template, "AWS::Serverless::LayerVersion")
    found = {}
    for name, resource in resources(template, "AWS::Serverless::Function").items():
        properties = shared | resource["Properties"]
        found[name] = Function(
            name=name,
            handler=properties["Handler"],
            code=path.parent / properties["CodeUri"],
            layers=tuple(
                path.parent / layers[layer["Ref"]]["Properties"]["ContentUri"]
                for layer in properties.get("Layers", [])
            ),
            timeout=properties.get("Timeout", 3),
            memory=properties.get("MemorySize", 128),
            variables=_variables(shared) | _variables(resource["Properties"]),
        )
    return found


def _variables(properties: dict[str, Any]) -> dict[str, Any]:
    variables: dict[str, Any] = properties.get("Environment", {}).get("Variables", {})
    return variables
