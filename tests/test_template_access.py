"""Roles allow what functions call, on the resources they call it on, and nothing else.

What is called is recorded while each function, found by its handler, answers real events: the API a
walk through all of its operations, the others what comes of that walk and the samples in events/.
"""

import asyncio
import importlib
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import boto3
import pytest
from moto import mock_aws

from errand.config import get_settings
from errand.ids import new_id
from errand_testkit.access import Calls, allowed, taken_by_lambda
from errand_testkit.dynamo import stream_record
from errand_testkit.items import headed
from errand_testkit.lambda_client import lambda_client
from errand_testkit.stack import FUNCTIONS, ROOT, properties
from errand_testkit.template import table_properties
from errand_testkit.walk import Walker, untaken
from slimming.service_models import OPERATIONS

QUEUES = ("MailQueue", "PurgeQueue")
SENDER = "errand@example.com"
# What moto calls otherwise.
_BOTOCORE = {"eventbridge": "events", "secrets-manager": "secretsmanager"}


def sample(name: str) -> Any:
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


@dataclass
class Context:
    """Of an invocation whose time is up after so many looks at the clock."""

    looks: int

    def get_remaining_time_in_millis(self) -> int:
        self.looks -= 1
        return 60_000 if self.looks >= 0 else 0


@dataclass
class Deployment:
    """Functions by logical id, on moto; what each of them called."""

    calls: defaultdict[str, Calls] = field(default_factory=lambda: defaultdict(Calls))

    def invoke(self, function: str, event: Any, context: Any = None) -> Any:
        module, _, name = FUNCTIONS[function].handler.rpartition(".")
        with self.calls[function].recorded():
            return getattr(importlib.import_module(module), name)(event, context)

    def consume(self, function: str, queue: str, context: Any = None) -> None:
        sqs: Any = boto3.client("sqs")
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        for message in sqs.receive_message(QueueUrl=url).get("Messages", []):
            record = {"messageId": message["MessageId"], "body": message["Body"]}
            assert self.invoke(function, {"Records": [record]}, context) == {
                "batchItemFailures": []
            }
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def mailed(self) -> str:
        self.consume("SendMailsFunction", "MailQueue")
        mails = [
            asked["Content"]["Simple"]["Body"]["Text"]["Data"]
            for operation, asked in self.calls["SendMailsFunction"].requests
            if operation == "sesv2.SendEmail"
        ]
        [token] = re.findall(r"^[\w-]{64}$", mails[-1], re.MULTILINE)
        return str(token)


def value(variable: Any) -> str:
    """Of a function's variable: in a deployment with mails, resources called by their ids."""
    match variable:
        case {"Ref": "MailFrom"}:
            return SENDER
        case {"Ref": "AppUrl" | "CorsAllowOrigins" | "PublicUrl"}:
            return ""
        case {"Ref": str(name)} if name in QUEUES:
            return f"https://sqs.eu-central-1.amazonaws.com/123456789012/{name}"
        case {"Ref": str(name)}:
            return name
        case {"Fn::If": [_, yes, _]}:
            return value(yes)
    return str(variable)


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        for function in FUNCTIONS.values():
            for name, variable in function.variables.items():
                environment.setenv(name, value(variable))
        environment.setenv("AWS_LAMBDA_FUNCTION_NAME", "errand")
        get_settings.cache_clear()
        _create_resources()
        yield Deployment()
    get_settings.cache_clear()
    for function in FUNCTIONS.values():
        sys.modules.pop(function.handler.rpartition(".")[0], None)
    # errand_api.main sets one, for Mangum.
    asyncio.get_event_loop().close()
    asyncio.set_event_loop(None)


def _create_resources() -> None:
    dynamodb: Any = boto3.client("dynamodb")
    for name in ("DataTable", "LogTable", "EphemeralTable"):
        dynamodb.create_table(**table_properties(name))
    for name in QUEUES:
        boto3.client("sqs").create_queue(QueueName=name)
    boto3.client("events").create_event_bus(Name="EventBus")
    boto3.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    secret = json.dumps({"kid": "1", "key": "k" * 64})
    boto3.client("secretsmanager").create_secret(Name="SigningSecret", SecretString=secret)


def _with_a_comment(task: dict[str, Any]) -> dict[str, Any]:
    """What another task was in the trash, of which a comment is left."""
    task_id = new_id()
    sort = f"COMMENT#{task_id}#{new_id()}"
    comment = {"pk": task["pk"], "sk": {"S": sort}, "vt": {"S": f"y{task_id}"}}
    dynamodb: Any = boto3.client("dynamodb")
    dynamodb.put_item(TableName="DataTable", Item=comment)
    return {**task, "sk": {"S": f"TRASH#{task_id}"}, "xd": {"N": "1795336260123"}}


def tell_log(deployment: Deployment) -> None:
    """Of another title of each task, of one deleted for good, and of what nobody understands."""
    dynamodb: Any = boto3.client("dynamodb")
    deployment.invoke("RecordChangesFunction", sample("log-poison"))
    records: list[Any] = []
    for item in dynamodb.scan(TableName="DataTable")["Items"]:
        if item["sk"]["S"].startswith("TASK#"):
            old = {**item, "h": {"M": {**item["h"]["M"], "t": {"S": "Another title"}}}}
            records.append(stream_record(len(records), old, item))
            records.append(stream_record(len(records), _with_a_comment(item), None))
    assert deployment.invoke("RecordChangesFunction", {"Records": records}) == {
        "batchItemFailures": []
    }


def index_many(deployment: Deployment) -> None:
    """Tasks of an account, so many that segments are made and replaced; and what is no change."""
    deployment.invoke("IndexTasksFunction", sample("index-poison"))
    dynamodb: Any = boto3.client("dynamodb")
    entries = sample("index-entries")["Records"]
    owner = entries[0]["dynamodb"]["Keys"]["pk"]
    dynamodb.put_item(TableName="DataTable", Item={"pk": owner, "sk": {"S": "ACCOUNT"}})
    random = Random(1)  # noqa: S311 - texts, not secrets
    for _ in range(40):
        for record in entries:
            task_id = new_id()
            title = " ".join(f"{random.getrandbits(60):x}" for _ in range(12))
            times = {"ca": {"N": "1795336260123"}, "ua": {"N": "1795336260123"}}
            key = {"pk": owner, "sk": {"S": f"TASK#{task_id}"}}
            item = headed({**key, **times, "t": {"S": title}, "v": {"N": "1"}})
            dynamodb.put_item(TableName="DataTable", Item=item)
            record["dynamodb"]["NewImage"]["k"] = {"S": f"TASK#{task_id}"}
            assert deployment.invoke("IndexTasksFunction", {"Records": [record]}) == {
                "batchItemFailures": []
            }


def promote(user_id: str) -> None:
    """As `make grant-admin` does."""
    dynamodb: Any = boto3.client("dynamodb")
    dynamodb.update_item(
        TableName="DataTable",
        Key={"pk": {"S": f"USER#{user_id}"}, "sk": {"S": "ACCOUNT"}},
        UpdateExpression="SET ad = :yes",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
    )


@pytest.fixture(scope="module")
def walked(deployment: Deployment) -> Walker:
    """Every operation was taken, and everything behind the API has done its work."""
    api = partial(deployment.invoke, "ApiFunction")
    with lambda_client(api) as client:
        walker = Walker(
            client,
            mailed=deployment.mailed,
            promote=promote,
            recorded=partial(tell_log, deployment),
        )
        user_id = walker.walk()
    index_many(deployment)
    deployment.invoke("PublishChangesFunction", sample("stream-changes"))
    deployment.invoke("PublishChangesFunction", sample("stream-poison"))
    deleted = json.dumps(sample("bus-user-deleted")).replace("06h04o2vndpa700bqsem70d6f8", user_id)
    record = {"messageId": "1", "body": deleted}
    # Time for the first batch only: the rest is handed over.
    deployment.invoke("PurgeAccountsFunction", {"Records": [record]}, Context(looks=1))
    deployment.consume("PurgeAccountsFunction", "PurgeQueue", Context(looks=100))
    return walker


def test_walk_takes_every_operation_of_the_api(walked: Walker, deployment: Deployment) -> None:
    with lambda_client(partial(deployment.invoke, "ApiFunction")) as client:
        paths = client.get("/openapi.json").json()["paths"]
    assert untaken(walked.taken, paths) == set()


@pytest.mark.usefixtures("walked")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_role_allows_what_its_function_calls_and_nothing_else(
    function: str, deployment: Deployment
) -> None:
    called = deployment.calls[function].permissions | taken_by_lambda(function)
    assert called == {*allowed(function)}


@pytest.mark.usefixtures("walked")
def test_what_is_called_is_what_botocore_still_knows(deployment: Deployment) -> None:
    """An operation that is not in OPERATIONS would fail on AWS only, where the others are gone."""
    called: defaultdict[str, set[str]] = defaultdict(set)
    for calls in deployment.calls.values():
        for operation, _ in calls.requests:
            service, _, name = operation.partition(".")
            called[_BOTOCORE.get(service, service)].add(name)
    assert called == OPERATIONS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_role_allows_nothing_twice(function: str) -> None:
    assert [one for one, times in Counter(allowed(function)).items() if times > 1] == []


def test_every_role_is_a_functions() -> None:
    assert len({str(properties(name)["Role"]) for name in FUNCTIONS}) == len(FUNCTIONS)
