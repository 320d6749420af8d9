"""What the functions call, what botocore still knows when it is deployed, and what IAM allows.

The three are one list: an operation that is called and not in OPERATIONS would fail on AWS only,
where botocore's other operations are gone; one that no role allows, likewise.
"""

import ast
import importlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, cast

import boto3
import botocore.session
import pytest
from botocore import xform_name
from botocore.client import BaseClient
from fastapi.testclient import TestClient
from moto import mock_aws

from errand.config import get_settings
from errand_api.app import create_app
from errand_testkit.mails import ADA, EMAIL
from errand_testkit.mails import sample as mail_sample
from errand_testkit.purge import DELETED
from errand_testkit.purge import sample as purge_sample
from errand_testkit.stack import FUNCTIONS, RESOURCES, ROOT, properties, target
from errand_testkit.template import table_properties
from slimming.service_models import OPERATIONS

TABLES = ("DataTable", "EphemeralTable")
PASSWORD = "correct horse battery"
# IAM knows SES by another name than botocore.
PREFIXES = {"sesv2": "ses"}
# What Lambda itself does in a function's role, and no code of ours.
POLLING = {
    "SQS": {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"},
    "DynamoDB": {
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    },
}
LOGGING = {"logs:CreateLogStream", "logs:PutLogEvents"}

type Calls = list[tuple[str, str, dict[str, Any]]]


class Context:
    """Of a run that has time for so many looks at the clock."""

    def __init__(self, looks: int) -> None:
        self._left = looks

    def get_remaining_time_in_millis(self) -> int:
        self._left -= 1
        return 60_000 if self._left >= 0 else 0


def use_the_api() -> None:
    """At least once each way in which the API reads or writes."""
    client = TestClient(create_app())
    account = {"username": "johndoe", "password": PASSWORD, "email": "johndoe@example.com"}
    assert client.post("/register", json=account).status_code == 201
    assert client.post("/password-recovery", json={"email": account["email"]}).status_code == 202
    answer = client.post("/token", data=account)
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    task = client.post("/tasks", json={"title": "Buy milk"})
    address = task.headers["Location"]
    assert client.get("/tasks").json() == [task.json()]
    assert client.get(address).json() == task.json()
    assert client.put(address, json={"completed": True}).status_code == 200
    assert client.delete(address).status_code == 204
    assert client.get("/users/me").status_code == 200


def publish_changes() -> None:
    _run("publish_changes", mail_sample("stream-changes"))


def purge_accounts() -> None:
    dynamodb = boto3.client("dynamodb")
    for number in range(30):
        item = {"pk": {"S": f"USER#{DELETED}"}, "sk": {"S": f"TASK#{number:026}"}}
        dynamodb.put_item(TableName="DataTable", Item=item)
    # One run that ends in good time and sends its message again, one that is not interrupted.
    _run("purge_accounts", purge_sample(), looks=1)
    _run("purge_accounts", purge_sample())


def send_mails() -> None:
    account = {"pk": {"S": f"USER#{ADA}"}, "sk": {"S": "ACCOUNT"}, "un": {"S": "ada"}}
    claim = {"pk": {"S": f"IDENTITY#email#{EMAIL}"}, "sk": {"S": "IDENTITY"}, "uid": {"S": ADA}}
    for item in (account | {"em": {"S": EMAIL}}, claim):
        boto3.client("dynamodb").put_item(TableName="DataTable", Item=cast("Any", item))
    for name in ("mail-recovery", "mail-verification"):
        _run("send_mails", mail_sample(name))


def _run(module: str, event: dict[str, Any], *, looks: int = 1000) -> None:
    answer = importlib.import_module(module).handler(event, Context(looks))
    assert answer == {"batchItemFailures": []}


SCENES = {
    "ApiFunction": use_the_api,
    "PublishChangesFunction": publish_changes,
    "PurgeAccountsFunction": purge_accounts,
    "SendMailsFunction": send_mails,
}
REMEMBERED = (
    ("publish_changes", "publisher"),
    ("purge_accounts", "worker"),
    ("send_mails", "sender"),
)


def _forget() -> None:
    get_settings.cache_clear()
    for module, name in REMEMBERED:
        getattr(importlib.import_module(module), name).cache_clear()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything that the template names."""
    with mock_aws():
        for name in TABLES:
            boto3.client("dynamodb").create_table(**table_properties(name))
        boto3.client("secretsmanager").create_secret(
            Name="signing", SecretString=f'{{"kid": "1", "key": "{"k" * 64}"}}'
        )
        boto3.client("events").create_event_bus(Name="bus")
        boto3.client("sesv2").create_email_identity(EmailIdentity="errand@example.com")
        queue = boto3.client("sqs").create_queue(QueueName="queue")["QueueUrl"]
        for name, value in {
            "ERRAND_DATA_TABLE": "DataTable",
            "ERRAND_EPHEMERAL_TABLE": "EphemeralTable",
            "ERRAND_SIGNING_SECRET": "signing",
            "ERRAND_EVENT_BUS": "bus",
            "ERRAND_MAIL_FROM": "errand@example.com",
            "ERRAND_APP_URL": "",
            "ERRAND_MAIL_QUEUE_URL": queue,
            "ERRAND_PURGE_QUEUE_URL": queue,
        }.items():
            monkeypatch.setenv(name, value)
        _forget()
        yield
        _forget()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """By all clients but those that the scenes themselves make with boto3."""
    found: Calls = []
    call = cast("Any", BaseClient)._make_api_call
    make = botocore.session.Session.create_client
    of_scenes: list[object] = []

    def create_client(self: Any, *arguments: Any, **options: Any) -> Any:
        client = make(self, *arguments, **options)
        if self.user_agent_name == "Boto3":
            of_scenes.append(client)
        return client

    def record(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        if self not in of_scenes:
            found.append((self.meta.service_model.service_name, operation, parameters))
        return call(self, operation, parameters)

    monkeypatch.setattr(botocore.session.Session, "create_client", create_client)
    monkeypatch.setattr(BaseClient, "_make_api_call", record)
    return found


def actions(calls: Calls) -> set[str]:
    """What IAM asks for: of a transaction, its parts."""
    found = set()
    for service, operation, parameters in calls:
        names = {operation}
        if operation == "TransactWriteItems":
            kinds = {kind for item in parameters["TransactItems"] for kind in item}
            names = {
                "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item"
                for kind in kinds
            }
        found |= {f"{PREFIXES.get(service, service)}:{name}" for name in names}
    return found


def allowed(function: str) -> set[str]:
    """To the function's code, by its role."""
    found = set()
    for policy in properties(target(properties(function)["Role"]))["Policies"]:
        document = policy.get("Fn::If", [None, policy])[1]["PolicyDocument"]
        for statement in document["Statement"]:
            action = statement["Action"]
            found |= {action} if isinstance(action, str) else {*action}
    for event in properties(function)["Events"].values():
        found -= POLLING.get(event["Type"], set())
        if "DestinationConfig" in event["Properties"]:
            # Lambda sends to it what it gives up.
            queue = target(event["Properties"]["DestinationConfig"]["OnFailure"]["Destination"])
            assert RESOURCES[queue]["Type"] == "AWS::SQS::Queue"
            found.remove("sqs:SendMessage")
    return found - LOGGING


def test_every_function_has_its_scene() -> None:
    assert SCENES.keys() == FUNCTIONS.keys()


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("function", SCENES)
def test_what_a_function_calls_is_what_its_role_allows(function: str, calls: Calls) -> None:
    SCENES[function]()
    assert actions(calls) == allowed(function)


@pytest.mark.usefixtures("aws")
def test_what_is_called_is_what_botocore_still_knows(calls: Calls) -> None:
    for scene in SCENES.values():
        scene()
    called: dict[str, set[str]] = defaultdict(set)
    for service, operation, _ in calls:
        called[service].add(operation)
    assert dict(called) == OPERATIONS


def test_no_code_names_another_operation() -> None:
    """Also where no scene leads."""
    session = botocore.session.get_session()
    known = {
        name: (service, operation)
        for service in OPERATIONS
        for operation in session.get_service_model(service).operation_names
        for name in (operation, xform_name(operation))
    }
    files = [*(ROOT / "layers/core").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    named = {
        known[name]
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        for name in _names(node)
        if name in known
    }
    assert {one for one in named if one[1] not in OPERATIONS[one[0]]} == set()
    assert ("dynamodb", "BatchWriteItem") in named


def _names(call: ast.Call) -> Iterator[str]:
    """Of the method that is called, and of an operation that it is given."""
    if isinstance(call.func, ast.Attribute):
        yield call.func.attr
    for argument in call.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value
