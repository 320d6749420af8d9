"""Which actions on which resources: what functions call, what their roles allow, what Lambda takes.

A resource is its logical id, with what follows it in an ARN: "DataTable/index/by_status".
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from moto.core.botocore_stubber import BotocoreStubber

from errand_testkit.stack import RESOURCES, properties, target

type Permission = tuple[str, str]  # action, resource

# Names of buckets, which have no large letters, to their logical ids.
BUCKETS = {"importbucket": "ImportBucket"}
_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
_SCHEDULES = "schedule/${ScheduleGroup}/*"
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
_FROM_QUEUE = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
_FROM_STREAM = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
# Of calls about a connection: the API, its stage, the method.
_CONNECTIONS = {
    "PostToConnection": "${SocketApi}/live/POST",
    "DeleteConnection": "${SocketApi}/live/DELETE",
}
_TO_LOG = ("logs:CreateLogStream", "logs:PutLogEvents")


class Calls:
    """Every call of AWS while it is recorded, as moto answers it: operation and request."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Any]] = []

    @property
    def permissions(self) -> set[Permission]:
        return {one for operation, asked in self.requests for one in needed(operation, asked)}

    @contextmanager
    def recorded(self) -> Iterator[None]:
        def record(operation: str, request: Any) -> None:
            self.requests.append((operation, _asked(operation, request)))

        with _told(record):
            yield


def _asked(operation: str, request: Any) -> Any:
    """What S3 and Lambda are asked for is in the address."""
    address = urlsplit(request.url)
    if operation.startswith("s3."):
        return {"Bucket": address.netloc.partition(".")[0]}
    if operation.startswith("lambda."):
        return {"FunctionName": unquote(address.path).split("/")[3]}
    return json.loads(request.body or "{}")


def held_to_role(function: str) -> Callable[[str, Any], None]:
    """For FakeDynamo's `watch`: a call fails unless the function's role allows it."""
    may = {*allowed(function)}

    def check(operation: str, request: Any) -> None:
        missing = {*needed(f"dynamodb.{operation}", request)} - may
        assert not missing, f"The role of {function} does not allow {missing}"

    return check


@contextmanager
def _told(listener: Callable[[str, Any], None]) -> Iterator[None]:
    """`listener` gets the operation and the request of every call that moto answers."""
    answer = BotocoreStubber.__call__

    def tell(stubber: Any, event_name: str, request: Any, **more: Any) -> Any:
        if stubber.enabled:
            listener(event_name.removeprefix("before-send."), request)
        return answer(stubber, event_name, request, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BotocoreStubber, "__call__", tell)
        yield


def needed(operation: str, asked: Any) -> list[Permission]:
    """What AWS asks a call for: `dynamodb.PutItem` and its request, as JSON has it.

    Raises ValueError for an operation that nobody has called so far: say here what it takes.
    """
    service, _, name = operation.partition(".")
    if service not in _NEEDED:
        raise ValueError(f"{operation} is none that a function was known to call")
    return _NEEDED[service](name, asked)


def _of_schedules(operation: str, asked: Any) -> list[Permission]:
    action = f"scheduler:{operation}"
    if operation == "CreateSchedule":
        role = asked["Target"]["RoleArn"].rpartition("/")[2]
        return [(action, _SCHEDULES), ("iam:PassRole", role)]
    return [(action, "*" if operation == "ListSchedules" else _SCHEDULES)]


def _of_tables(operation: str, asked: Any) -> list[tuple[str, str]]:
    """Action and table, or its index."""
    if operation == "TransactWriteItems":
        return [
            (_WRITES.get(kind, "ConditionCheckItem"), one["TableName"])
            for item in asked["TransactItems"]
            for kind, one in item.items()
        ]
    if "RequestItems" in asked:
        return [(operation, table) for table in asked["RequestItems"]]
    index = f"/index/{asked['IndexName']}" if "IndexName" in asked else ""
    return [(operation, asked["TableName"] + index)]


def _of_sockets(operation: str, asked: Any) -> list[Permission]:
    del asked
    return [("execute-api:ManageConnections", f"{_CONNECTIONS[operation]}/@connections/*")]


def _of_versions(operation: str, asked: Any) -> list[Permission]:
    """Of any version, which is the last part of an ARN."""
    function, _, version = asked["FunctionName"].rpartition(":")
    assert version.isdigit()
    return [(f"lambda:{operation}Function", f"{function.rpartition(':')[2]}:*")]


# By the names of services in botocore's events.
_NEEDED: dict[str, Callable[[str, Any], list[Permission]]] = {
    "apigatewaymanagementapi": _of_sockets,
    "codedeploy": lambda name, _: [(f"codedeploy:{name}", "${ServerlessDeploymentApplication}/*")],
    "dynamodb": lambda name, asked: [
        (f"dynamodb:{action}", table) for action, table in _of_tables(name, asked)
    ],
    "eventbridge": lambda name, asked: [
        (f"events:{name}", entry["EventBusName"]) for entry in asked["Entries"]
    ],
    "lambda": _of_versions,
    "s3": lambda name, asked: [(f"s3:{name}", f"{BUCKETS[asked['Bucket']]}/*")],
    "scheduler": _of_schedules,
    "secrets-manager": lambda name, asked: [(f"secretsmanager:{name}", asked["SecretId"])],
    # Of a mail sent: its identity, of which no ARN is known, and what it is sent with.
    "sesv2": lambda name, asked: [
        (f"ses:{name}", "identity/*"),
        (f"ses:{name}", f"configuration-set/${{{asked['ConfigurationSetName']}}}"),
    ],
    "sqs": lambda name, asked: [
        (f"sqs:{name.removesuffix('Batch')}", asked["QueueUrl"].rpartition("/")[2])
    ],
}


def taken_by_lambda(function: str) -> set[Permission]:
    """What Lambda itself does in the name of a function's role: read its source, write its log."""
    own = properties(function)
    found = {(action, target(own["LoggingConfig"]["LogGroup"])) for action in _TO_LOG}
    for event in own.get("Events", {}).values():
        source = event["Properties"]
        if event["Type"] == "SQS":
            found |= {(action, target(source["Queue"])) for action in _FROM_QUEUE}
        if event["Type"] == "DynamoDB":
            found |= {(action, f"{target(source['Stream'])}/stream") for action in _FROM_STREAM}
            failed = target(source["DestinationConfig"]["OnFailure"]["Destination"])
            found.add(("sqs:SendMessage", failed))
    return found


def signed_for(function: str) -> set[Permission]:
    """What others do in the name of a function's role, by forms that it signed."""
    return {("s3:PutObject", "ImportBucket/*")} if function == "ApiFunction" else set()


def statements(role: str) -> list[dict[str, Any]]:
    policies = RESOURCES[role]["Properties"]["Policies"]
    # Of a policy that is there on a condition: as if it held.
    given = [policy.get("Fn::If", [None, policy])[1] for policy in policies]
    return [statement for policy in given for statement in policy["PolicyDocument"]["Statement"]]


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allowed(function: str) -> list[Permission]:
    """By the statements of its role; what stands in two of them is there twice."""
    return [
        (action, _resource(resource))
        for statement in statements(target(properties(function)["Role"]))
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]


def _resource(reference: Any) -> str:
    match reference:
        case "*":
            return "*"
        case {"Fn::GetAtt": [name, "StreamArn"]}:
            return f"{name}/stream"
        case {"Fn::Sub": str(text)} if text.startswith("arn:"):
            return text.rpartition(":")[2]
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{(\w+)\.Arn\}", r"\1", text)
    return target(reference)
