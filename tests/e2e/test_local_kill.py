"""What is left of the embedded AWS when its process is killed, and what its next one does."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from tools.local.embedded import Embedded
from tools.local.environment import REGION
from tools.local.settings import LOOPBACK
from tools.local.sockets import listen

pytestmark = pytest.mark.deep

PATIENCE = 60.0  # seconds; the embedded Scheduler looks every ten

type Start = Callable[[], tuple[Embedded, Callable[[str], Any]]]

EXPIRED = {"pk": {"S": "a"}, "sk": {"S": "expired"}, "expires_at": {"N": "1"}}
LASTING = {"pk": {"S": "a"}, "sk": {"S": "lasting"}, "expires_at": {"N": "9999999999"}}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """An embedded AWS on the same data each time, and a botocore client by the service's name."""
    with ExitStack() as cleanup:

        def start() -> tuple[Embedded, Callable[[str], Any]]:
            bound = cleanup.enter_context(listen(LOOPBACK, 0, variable="AWS_PORT"))
            aws = Embedded(data_dir=tmp_path, bound=bound)
            cleanup.callback(aws.stop)

            def client(service: str) -> Any:
                made = botocore.session.get_session().create_client(
                    service,
                    region_name=REGION,
                    endpoint_url=aws.endpoint,
                    aws_access_key_id="test",
                    aws_secret_access_key="test",
                )
                return cleanup.enter_context(closing(made))

            return aws, client

        yield start


def test_what_was_answered_survives_a_kill(start: Start) -> None:
    aws, client = start()
    secret = client("secretsmanager").list_secrets()["SecretList"][0]
    queues = client("sqs").list_queues()["QueueUrls"]
    name = next(url for url in queues if "DeadLetter" in url).rpartition("/")[2]
    url = client("sqs").get_queue_url(QueueName=name)["QueueUrl"]

    client("dynamodb").put_item(TableName="DataTable", Item=LASTING)
    client("sqs").send_message(QueueUrl=url, MessageBody="kept")
    client("secretsmanager").put_secret_value(SecretId=secret["Name"], SecretString="rotated")
    os.kill(aws.pid, signal.SIGKILL)

    aws, client = start()
    key = {"pk": LASTING["pk"], "sk": LASTING["sk"]}
    names = client("sqs").list_queues(QueueNamePrefix=name.rpartition("-")[0])["QueueUrls"]
    bodies = [
        message["Body"]
        for queue in names
        for message in client("sqs").receive_message(QueueUrl=queue).get("Messages", [])
    ]
    assert client("dynamodb").get_item(TableName="DataTable", Key=key)["Item"] == LASTING
    assert client("secretsmanager").get_secret_value(SecretId=secret["Name"])["SecretString"] == (
        "rotated"
    )
    assert bodies == ["kept"]


def test_schedules_are_there_again_and_put_their_messages_where_they_did(start: Start) -> None:
    aws, client = start()
    sqs, scheduler = client("sqs"), client("scheduler")
    url = aws.outputs["ReminderDeadLettersUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    target = {"Arn": attributes["QueueArn"], "RoleArn": "arn:aws:iam::000000000000:role/any"}
    group = scheduler.list_schedule_groups()["ScheduleGroups"][-1]["Name"]
    at = datetime.now(UTC) + timedelta(seconds=5)
    scheduler.create_schedule(
        Name="soon",
        GroupName=group,
        ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={**target, "Input": "it is time"},
    )
    aws.stop()
    aws, client = start()
    sqs, url = client("sqs"), aws.outputs["ReminderDeadLettersUrl"]
    deadline = time.monotonic() + PATIENCE
    while not (found := sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages")):
        assert time.monotonic() < deadline
    assert [one["Body"] for one in found] == ["it is time"]


def test_what_has_expired_is_gone_after_a_start(start: Start) -> None:
    aws, client = start()
    for item in (EXPIRED, LASTING):
        client("dynamodb").put_item(TableName="EphemeralTable", Item=item)
    aws.stop()
    aws, client = start()
    found = client("dynamodb").scan(TableName="EphemeralTable")
    assert found["Items"] == [LASTING]
    described = client("dynamodb").describe_table(TableName="EphemeralTable")["Table"]
    assert described["ItemCount"] == 1
