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
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from random import Random
from threading import Thread
from types import SimpleNamespace
from typing import Any

import boto3
import httpx2
import pytest
from moto import mock_aws

from errand.clock import system_clock
from errand.config import get_settings
from errand.digests.mails import DigestMail
from errand.digests.plan import Digest
from errand.ids import new_id
from errand.mails import outbox
from errand.push.model import Subscription
from errand.records import kept, load
from errand.reminding.requests import TimeToRemind, ZoneChanged
from errand.storage.guarded import GuardedTables
from errand.storage.kinds import (
    ACCOUNT,
    SESSION,
    SUBSCRIPTION,
    TASK,
    WEBHOOK,
    WEBHOOK_PLACE,
    Table,
    attributes,
)
from errand.tasks.due import Due
from errand.tasks.model import Task
from errand.tasks.reminders import Reminder
from errand.uploads.notices import Arrival
from errand.webhooks.delivery import Delivery, Place
from errand.webhooks.hints import Hint, encode
from errand.webhooks.model import Webhook, Why
from errand_testkit.access import BUCKETS, Calls, allowed, signed_for, taken_by_lambda
from errand_testkit.dynamo import stream_record
from errand_testkit.event_samples import MILK, PLANTS
from errand_testkit.lambda_client import lambda_client
from errand_testkit.mails import account
from errand_testkit.people import ADA
from errand_testkit.push import REGISTRATION
from errand_testkit.sockets import opening, route
from errand_testkit.stack import FUNCTIONS, ROOT, properties
from errand_testkit.stored import new_session
from errand_testkit.template import table_properties
from errand_testkit.uploads import notice
from errand_testkit.walk import Walker, untaken
from slimming.service_models import OPERATIONS

QUEUES = (
    "ImportQueue",
    "IndexQueue",
    "MailQueue",
    "PurgeQueue",
    "ReminderQueue",
    "ScheduleQueue",
    "WebhookQueue",
    "PatientWebhookQueue",
    "PushQueue",
    "WebhookDeadLetters",
    "WebhookEventDeadLetters",
)
SENDER = "errand@example.com"
PARAMETERS = {"MailFrom": SENDER, "AppUrl": "", "CorsAllowOrigins": "", "PublicUrl": ""}
PARAMETERS |= {"PushContact": "mailto:errand@example.com"}
PARAMETERS |= {"EdgeAddressHeader": "", "EdgeSecretDigest": ""}
# Nobody is in front of it.
OFF = {"IsEdgeOnly"}
_FUNCTIONS = "arn:aws:lambda:eu-central-1:123456789012:function"
PARAMETERS |= {"ApiFunction.Version": f"{_FUNCTIONS}:ApiFunction:42"}
PARAMETERS |= {one: bucket for bucket, one in BUCKETS.items()}
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
            record = {
                "messageId": message["MessageId"],
                "body": message["Body"],
                "eventSourceARN": f"arn:aws:sqs:eu-central-1:123456789012:{queue}",
            }
            assert self.invoke(function, {"Records": [record]}, context) == {
                "batchItemFailures": []
            }
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def hand(self, function: str, body: str, context: Any = None) -> None:
        record = {"messageId": "1", "body": body}
        assert self.invoke(function, {"Records": [record]}, context) == {"batchItemFailures": []}

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
        case {"Fn::GetAtt": [str(name), "Arn"]}:
            return _arn(name)
        case {"Ref": str(name)} if name in QUEUES:
            return f"https://sqs.eu-central-1.amazonaws.com/123456789012/{name}"
        case {"Ref": str(name)}:
            return PARAMETERS.get(name, name)
        case {"Fn::If": [condition, yes, no]}:
            return value(no if condition in OFF else yes)
        case {"Fn::Sub": text}:
            return _substituted(text)
        case _:
            return str(variable)


def _substituted(text: str) -> str:
    """Where moto looks for sockets."""
    text = text.replace("${AWS::Region}", "eu-central-1").replace("${SocketApi}", "a1")
    return text.replace("${AWS::URLSuffix}", "amazonaws.com")


def _arn(name: str) -> str:
    if name in QUEUES:
        return f"arn:aws:sqs:eu-central-1:123456789012:{name}"
    return f"arn:aws:iam::123456789012:role/{name}"


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
    for name in BUCKETS:
        region: Any = {"LocationConstraint": "eu-central-1"}
        boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=region)
    boto3.client("events").create_event_bus(Name="EventBus")
    boto3.client("scheduler").create_schedule_group(Name="ScheduleGroup")
    boto3.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    secret = json.dumps({"kid": "1", "key": "k" * 64})
    secrets: Any = boto3.client("secretsmanager")
    secrets.create_secret(Name="SigningSecret", SecretString=secret)
    secrets.create_secret(Name="PushSecret", SecretString=json.dumps({"key": "k" * 64}))


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
    records += _nearly_full(dynamodb, begin=len(records))
    assert deployment.invoke("RecordChangesFunction", {"Records": records}) == {
        "batchItemFailures": []
    }


def remind(deployment: Deployment) -> None:
    """Of two tasks, looked at when a time zone changes; then of one at another time."""
    dynamodb: Any = boto3.client("dynamodb")
    account, now = replace(ADA, email_verified=True, digest_time="07:30"), system_clock()
    key = ACCOUNT.key(account.id)
    dynamodb.put_item(TableName="DataTable", Item={**kept(account), **attributes(key)})

    def store(task_id: str, minutes: int) -> None:
        reminders = (Reminder(at=now), Reminder(before="due", minutes=minutes))
        fields = {"title": "Buy milk", "due": Due.of("2099-12-24"), "reminders": reminders}
        task = kept(Task.new(task_id, fields, now=now))
        item = {**task, **attributes(TASK.key(account.id, task_id))}
        dynamodb.put_item(TableName="DataTable", Item=item)

    zone = ZoneChanged(user_id=account.id)
    store(MILK, 1)
    store(PLANTS, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("errand.reminding.keeping._PAGE", 1)
        deployment.hand("KeepSchedulesFunction", zone.encoded(), Context(looks=0))
    deployment.consume("KeepSchedulesFunction", "ScheduleQueue", Context(looks=100))
    store(MILK, 2)
    deployment.hand("KeepSchedulesFunction", zone.encoded(), Context(looks=100))
    when = TimeToRemind(user_id=account.id, task_id=MILK, at=now)
    session = new_session(account, now=now)[0]
    with gone() as endpoint:
        for place in ("gone", "nowhere"):
            said = replace(REGISTRATION, endpoint=endpoint.replace("gone", place))
            one = Subscription.of(said, user_id=account.id, session_id=session.id, now=now)
            key = SUBSCRIPTION.key(account.id, one.id)
            dynamodb.put_item(TableName="EphemeralTable", Item={**kept(one), **attributes(key)})
        key = SESSION.key(account.id, session.id)
        dynamodb.put_item(TableName="EphemeralTable", Item={**kept(session), **attributes(key)})
        deployment.hand("SendRemindersFunction", when.encoded())
        for _ in range(2):
            notify(deployment)
    digest = Digest.of(account)
    assert digest
    deployment.hand("SendMailsFunction", outbox.encode(DigestMail.of(digest)))


@contextmanager
def gone() -> Iterator[str]:
    """A push service that knows no browser at this endpoint, and whose other ones fail."""

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(410 if self.path == "/gone" else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """What is asked is no news."""

    server = HTTPServer(("127.0.0.1", 0), Service)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/gone"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _nearly_full(dynamodb: Any, *, begin: int) -> list[Any]:
    """Of accounts that say so, and are new."""
    found = dynamodb.scan(TableName="DataTable")["Items"]
    accounts = [item for item in found if item["sk"]["S"] == "ACCOUNT"]
    for item in accounts:
        dynamodb.put_item(TableName="DataTable", Item={**item, "nf": {"N": "0"}})
    return [stream_record(place, None, item) for place, item in enumerate(accounts, start=begin)]


def tell_sockets(deployment: Deployment) -> None:
    """Of changes, until their session ends."""
    with lambda_client(partial(deployment.invoke, "ApiFunction")) as client:
        ada = {"username": "listener", "password": "correct horse battery"}
        user_id = client.post("/register", json=ada).json()["id"]
        token = client.post("/token", data=ada).json()
        client.headers["Authorization"] = f"Bearer {token['access_token']}"

        def opens(connection_id: str) -> None:
            ticket = client.post("/realtime/ticket").json()["ticket"]
            asked = opening(ticket, connection_id)
            assert deployment.invoke("ServeSocketsFunction", asked) == {"statusCode": 200}

        opens("one")
        deployment.invoke("ServeSocketsFunction", route("$disconnect", "one"))
        opens("two")
        # Of nobody: it is closed.
        deployment.invoke("ServeSocketsFunction", route("$default", "three"))
        key = {"pk": {"S": f"USER#{user_id}"}}
        change = stream_record(1, None, key | {"sk": {"S": f"CHANGE#{1:015}"}})
        deployment.invoke("PushHintsFunction", {"Records": [change]})
        client.post("/token/revoke", data={"token": token["refresh_token"]})
    act = {"a": {"S": "logged_out"}, "sk": {"S": f"AUDIT#{new_id()}"}}
    deployment.invoke("PushHintsFunction", {"Records": [stream_record(2, None, key | act)]})


def import_a_file(deployment: Deployment, client: httpx2.Client) -> None:
    """Of somebody who stays; the first run has time for one step."""
    ada = {"username": "importer", "password": "correct horse battery"}
    client.post("/register", json=ada).raise_for_status()
    token = client.post("/token", data=ada).json()["access_token"]
    told = {"Authorization": f"Bearer {token}"}
    for _ in range(2):
        new = client.post("/imports/uploads", json={"format": "plain_csv"}, headers=told).json()
        [key] = [one["value"] for one in new["upload"]["fields"] if one["name"] == "key"]
        rows = b"".join(b"Task %d,Home,Later,rent\n" % number for number in range(60))
        data = b"title,project,section,labels\n" + rows
        [bucket] = BUCKETS
        etag = boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=data)["ETag"].strip('"')
        user_id, _, import_id = key.partition("/")
        body = notice(Arrival(user_id=user_id, upload_id=import_id, etag=etag))
        event = {"Records": [{"messageId": "1", "body": body}]}
        deployment.invoke("ImportTasksFunction", event, Context(looks=1))
        deployment.consume("ImportTasksFunction", "ImportQueue", Context(looks=100))
        found = client.get(f"/imports/{import_id}", headers=told).json()
        assert (found["status"], found["tasks"]) == ("finished", 60)
        # So that the second file has one that there is not.
        [label] = client.get("/labels", headers=told).json()
        client.delete(f"/labels/{label['id']}", headers=told).raise_for_status()


def check_version(deployment: Deployment) -> None:
    """Which moto knows nothing of, nor what CodeDeploy is told."""
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 300_000)
    with pytest.raises(Exception, match=r"(?i)not.*implemented|put_lifecycle"):
        deployment.invoke("CheckVersionFunction", sample("version-hook"), context)


def note_bounce(deployment: Deployment) -> None:
    """Of a mail to somebody whom the walk does not know."""
    bounced = account()
    dynamodb: Any = boto3.client("dynamodb")
    item = kept(bounced) | attributes(ACCOUNT.key(bounced.id))
    dynamodb.put_item(TableName="DataTable", Item=item)
    deployment.invoke("NoteFeedbackFunction", sample("feedback-bounce"))


def index_many(deployment: Deployment) -> None:
    """Tasks of an account, so many that segments are made and replaced."""
    dynamodb: Any = boto3.client("dynamodb")
    [created, *_] = sample("index-entries")["Records"]
    owner = ACCOUNT.key("06h04o2vndpa700bqsem70d6f8")
    dynamodb.put_item(TableName="DataTable", Item=attributes(owner))
    random = Random(1)  # noqa: S311 - texts, not secrets
    for _ in range(120):
        task_id = new_id()
        title = " ".join(f"{random.getrandbits(60):x}" for _ in range(12))
        task = kept(Task.new(task_id, {"title": title}, now=system_clock()))
        key = TASK.key("06h04o2vndpa700bqsem70d6f8", task_id)
        dynamodb.put_item(TableName="DataTable", Item={**task, **attributes(key)})
        message = {**created, "body": created["body"].replace(MILK, task_id)}
        told = deployment.invoke("IndexTasksFunction", {"Records": [message]})
        assert told == {"batchItemFailures": []}


def promote(user_id: str) -> None:
    """As `make grant-admin` does."""
    dynamodb: Any = boto3.client("dynamodb")
    dynamodb.update_item(
        TableName="DataTable",
        Key={"pk": {"S": f"USER#{user_id}"}, "sk": {"S": "ACCOUNT"}},
        UpdateExpression="SET ad = :yes",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
    )


def notify(deployment: Deployment) -> None:
    loop = asyncio.get_event_loop()
    deployment.consume("NotifyBrowsersFunction", "PushQueue")
    # Whoever has one of their own takes it away again.
    asyncio.set_event_loop(loop)


def tell_webhooks(deployment: Deployment) -> None:
    """One that fails, one that is served in order, one of before a recovery, one that is gone."""
    loop = asyncio.get_event_loop()
    names = {Table.DATA: "DataTable", Table.EPHEMERAL: "EphemeralTable"}
    dynamodb: Any = boto3.client("dynamodb")
    tables = GuardedTables(dynamodb=dynamodb, names=names)
    tables.put(ACCOUNT, ACCOUNT.key(ADA.id), replace(ADA, tokens_from=1))
    hints = []
    each: list[dict[str, Any]] = [
        {},
        {"in_order": True},
        {"confirmed_at": 0},
        {"failing_since": 1, "failures": 1},
        {"enabled": False, "disabled_reason": Why.GONE, "owes_mail": True},
    ]
    for fields in each:
        new = Webhook.new(new_id(), ADA.id, {"url": "https://127.0.0.1/"}, now=2)
        webhook = replace(new, **fields)
        tables.put(WEBHOOK, WEBHOOK.key(ADA.id, webhook.id), webhook)
        # Of what is not there, but in a line.
        hint = Hint(user_id=ADA.id, webhook_id=webhook.id, delivery_id=new_id(), ends_at=0)
        hints += [hint, hint.at(system_clock() + 60_000)]
        place = Place(delivery_id=hint.delivery_id, expires_at=1)
        tables.put(WEBHOOK_PLACE, WEBHOOK_PLACE.key(webhook.id, "0", hint.delivery_id), place)
    told = json.dumps(sample("task-poison")).replace("06h04o2vndpa700bqsem70d6f8", ADA.id)
    deployment.invoke("FanOutWebhooksFunction", json.loads(told))
    kept = dynamodb.scan(TableName="EphemeralTable")["Items"]
    made = [load(Delivery, item) for item in kept if item["sk"]["S"].startswith("DELIVERY")]
    hints += map(Hint.of, made)
    bodies = ["", *map(encode, hints)]
    for queue in ("WebhookQueue", "PatientWebhookQueue"):
        arn = f"arn:aws:sqs:eu-central-1:123456789012:{queue}"
        records = [
            {"messageId": str(number), "body": body, "eventSourceARN": arn}
            for number, body in enumerate(bodies)
        ]
        failed = deployment.invoke("DeliverWebhooksFunction", {"Records": records})
        assert failed == {"batchItemFailures": []}
    # Whoever has one of their own takes it away again.
    asyncio.set_event_loop(loop)


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
            published=partial(notify, deployment),
        )
        user_id = walker.walk()
        import_a_file(deployment, client)
    tell_sockets(deployment)
    tell_webhooks(deployment)
    note_bounce(deployment)
    check_version(deployment)
    index_many(deployment)
    deployment.invoke("PublishChangesFunction", sample("stream-changes"))
    deployment.invoke("PublishChangesFunction", sample("stream-poison"))
    remind(deployment)
    deleted = json.dumps(sample("bus-user-deleted")).replace("06h04o2vndpa700bqsem70d6f8", user_id)
    record = {"messageId": "1", "body": deleted}
    # Time for the first batch only: the rest is handed over.
    deployment.invoke("PurgeAccountsFunction", {"Records": [record]}, Context(looks=1))
    deployment.consume("PurgeAccountsFunction", "PurgeQueue", Context(looks=100))
    return walker


@pytest.mark.deep
def test_walk_takes_every_operation_of_the_api(walked: Walker, deployment: Deployment) -> None:
    with lambda_client(partial(deployment.invoke, "ApiFunction")) as client:
        paths = client.get("/openapi.json").json()["paths"]
    assert untaken(walked.taken, paths) == set()


@pytest.mark.deep
@pytest.mark.usefixtures("walked")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_role_allows_what_its_function_calls_and_nothing_else(
    function: str, deployment: Deployment
) -> None:
    called = deployment.calls[function].permissions
    called |= taken_by_lambda(function) | signed_for(function)
    assert called == {*allowed(function)}


@pytest.mark.deep
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
