"""botocore's data: the services, operations and regions that our functions use, and no others.

Measured on a cold start: the first client is made with 238 million instructions less. What is
called is held to OPERATIONS by tests/levers/test_operations.py, which runs the functions.
"""

import gzip
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# Service and the operations that any function calls.
OPERATIONS = {
    "apigatewaymanagementapi": {"DeleteConnection", "PostToConnection"},
    "codedeploy": {"PutLifecycleEventHookExecutionStatus"},
    "dynamodb": {
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
    },
    "events": {"PutEvents"},
    "lambda": {"Invoke"},
    "s3": {"DeleteObject", "GetObject"},
    "scheduler": {"CreateSchedule", "DeleteSchedule", "ListSchedules"},
    "secretsmanager": {"GetSecretValue"},
    "sesv2": {"SendEmail"},
    "sqs": {"SendMessage", "SendMessageBatch"},
}
# Without its rules botocore does not know where a bucket is; the functions that ask are in no
# hurry, and all others need not read where these services are.
_WITH_RULES = {"codedeploy", "lambda", "s3"}
type Json = dict[str, Any]


def shrink_botocore(botocore: Path) -> None:
    """Raises KeyError for an operation that botocore does not know."""
    data = botocore / "data"
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in OPERATIONS:
            shutil.rmtree(folder)
    for service, operations in OPERATIONS.items():
        *old, newest = sorted((data / service).iterdir())
        for version in old:
            shutil.rmtree(version)
        for file in newest.iterdir():
            if file.name.startswith("service-2.json"):
                write(newest / "service-2.json", with_operations(read(file), operations))
                if file.suffix == ".gz":
                    file.unlink()
            elif service not in _WITH_RULES or not file.name.startswith("endpoint-rule-set"):
                # The rules of its endpoints too: reading them is 13 million instructions. Without
                # them the address is looked up in endpoints.json, once.
                file.unlink()
    endpoints = read(data / "endpoints.json")
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: _without_regions(service) if name in _WITH_RULES else service
            for name, service in partition["services"].items()
            if name in {*OPERATIONS, "email", "sts"}  # email: where sesv2 is
        }
    write(data / "endpoints.json", endpoints)


def _without_regions(service: Json) -> Json:
    """Of which the rules tell: every start reads this file."""
    kept = service.get("partitionEndpoint")
    endpoints = {name: one for name, one in service["endpoints"].items() if name == kept}
    return {**service, "endpoints": endpoints}


def with_operations(model: Json, operations: Iterable[str]) -> Json:
    """The service model with these operations and the shapes that they lead to."""
    kept = {name: model["operations"][name] for name in sorted(operations)}
    shapes: Json = {}
    waiting = [name for operation in kept.values() for name in shape_names(operation)]
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            waiting += shape_names(shapes[name])
    # Documentation stays out: it is the larger part of a model.
    smaller: Json = without_documentation({**model, "operations": kept, "shapes": shapes})
    for parameter in smaller.get("clientContextParams", {}).values():
        # Of these botocore reads it.
        parameter["documentation"] = ""
    return smaller


def shape_names(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for item in node for name in shape_names(item)]
    if not isinstance(node, dict):
        return []
    own = [node["shape"]] if isinstance(node.get("shape"), str) else []
    return own + [name for item in node.values() for name in shape_names(item)]


def without_documentation(node: Any) -> Any:
    if isinstance(node, list):
        return [without_documentation(item) for item in node]
    if isinstance(node, dict):
        return {
            name: without_documentation(item)
            for name, item in node.items()
            if not (name == "documentation" and isinstance(item, str))
        }
    return node


def read(path: Path) -> Json:
    content = path.read_bytes()
    parsed: Json = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    return parsed


def write(path: Path, content: Json) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")))
