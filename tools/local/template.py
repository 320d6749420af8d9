"""template.yaml, changed as little as the embedded AWS needs."""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

from tools.local.failures import CannotRun

PARAMETERS = {
    # Nobody else writes for the account on this machine: there is nothing to wait for.
    "PurgeDelaySeconds": "1",
    # Whoever develops wants to see what a request costs.
    "ServerTiming": "true",
    # Accounts are made to try things out.
    "RefuseCommonPasswords": "false",
    # Mails get no further than the embedded AWS.
    "MailFrom": "errand@example.com",
    # Push services of browsers are reached.
    "PushContact": "mailto:errand@example.com",
}

# Stable names: what `sam local` resolves a !Ref to is the logical id, so it finds these tables.
NAMES = {"AWS::DynamoDB::Table": "TableName", "AWS::SecretsManager::Secret": "Name"}
# What the embedded AWS has not, and nothing refers to: and alarms of several metrics.
ABSENT = frozenset({"AWS::Logs::QueryDefinition"})
# Nor CodeDeploy: what asks about a new version, and judges it.
_ABSENT_CONDITIONS = frozenset({"ChecksVersions", "IsGradual"})
_CODEDEPLOY = "codedeploy.amazonaws.com"
CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


# Where an API of API Gateway answers, and what follows its id there.
_GATEWAY = re.compile(
    r"(wss|https)://(\$\{\w+\})\.execute-api\.\$\{AWS::Region\}\.\$\{AWS::URLSuffix\}"
)


_API_ENDPOINT = ("HttpApi.ApiEndpoint", ["HttpApi", "ApiEndpoint"])


def localize(
    template: Mapping[str, Any], *, code: str, endpoint: str, api_url: str = ""
) -> dict[str, Any]:
    """With stable names, `code` (an S3 URI) in place of every local path, gateways at `endpoint`.

    Host names of their own, as gateways have them on AWS, nobody would find here. `api_url`: in
    place of that of the HTTP API, which serves nothing here; empty: nowhere.
    """
    address = urlsplit(endpoint).netloc
    local: dict[str, Any] = _with_gateways(deepcopy(dict(template)), address, api_url)
    wanted = {name: one for name, one in local["Resources"].items() if not _is_absent(one)}
    local["Resources"] = wanted
    for logical_id, resource in wanted.items():
        properties = resource.setdefault("Properties", {})
        if name := NAMES.get(resource["Type"]):
            properties[name] = logical_id
        properties.pop("DeploymentPreference", None)
        if uri := CODE.get(resource["Type"]):
            properties[uri] = code
    return local


def _is_absent(resource: Mapping[str, Any]) -> bool:
    is_alarm = resource["Type"] == "AWS::CloudWatch::Alarm"
    properties = resource.get("Properties", {})
    return (
        resource["Type"] in ABSENT
        or resource.get("Condition") in _ABSENT_CONDITIONS
        or _CODEDEPLOY in str(properties.get("AssumeRolePolicyDocument"))
        or (is_alarm and "Metrics" in properties)
    )


def _with_gateways(node: Any, address: str, api_url: str) -> Any:
    if isinstance(node, dict):
        if node.get("Fn::GetAtt") in _API_ENDPOINT:
            return api_url
        return {name: _with_gateways(part, address, api_url) for name, part in node.items()}
    if isinstance(node, list):
        return [_with_gateways(part, address, api_url) for part in node]
    if not isinstance(node, str):
        return node
    return _GATEWAY.sub(
        lambda found: f"{found[1].removesuffix('s')}://{address}/_aws/execute-api/{found[2]}", node
    )


def dump(template: Mapping[str, Any]) -> str:
    # YAML reads the version 2012-10-17 of a policy as a date.
    return json.dumps(template, default=str)


def parameters(
    template: Mapping[str, Any], given: Mapping[str, str] | None = None
) -> list[dict[str, str]]:
    """Raises CannotRun for a given value that the template does not allow."""
    declared = template.get("Parameters", {})
    values = PARAMETERS | dict(given or {})
    for name in values.keys() & declared.keys():
        pattern = declared[name].get("AllowedPattern")
        if pattern and not (re.fullmatch(pattern, values[name]) and _is_sound(values[name])):
            raise CannotRun(
                f"{name} cannot be {values[name]!r}: {declared[name].get('Description', pattern)}"
            )
    return [
        {"ParameterKey": name, "ParameterValue": value}
        for name, value in values.items()
        if name in declared
    ]


def _is_sound(value: str) -> bool:
    """What begins as a URL, or several, goes on as one, which a pattern can only half say."""
    try:
        return all(urlsplit(one).port != 0 for one in value.split(",") if "://" in one)
    except ValueError:
        return False


def expiring(template: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Logical id of a table -> its TimeToLiveSpecification, which ministack ignores."""
    return {
        logical_id: specification
        for logical_id, resource in template["Resources"].items()
        if (specification := resource.get("Properties", {}).get("TimeToLiveSpecification"))
    }
