"""A mail about the day comes by itself, at the time of the account's zone."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from tools.local.embedded import Embedded

from errand.clock import system_clock
from errand.ids import new_id
from errand.records import kept
from errand.storage.kinds import ACCOUNT, TASK, attributes
from errand.tasks.due import Due
from errand.tasks.model import Task
from errand_testkit.mails import account

# Seconds: up to two minutes, ten of the embedded Scheduler, and those of functions.
PATIENCE = 180.0
ZONE = "Asia/Kathmandu"


@pytest.mark.deep
def test_digest_comes_by_itself(embedded_aws: Embedded, aws_client: Callable[[str], Any]) -> None:
    dynamodb = aws_client("dynamodb")
    now = datetime.now(ZoneInfo(ZONE))
    reader = account(id=new_id(), email="day@example.com", email_verified=True, timezone=ZONE)
    task = Task.new(new_id(), {"title": "Buy milk", "due": Due(now.date())}, now=system_clock())
    key = attributes(ACCOUNT.key(reader.id))
    dynamodb.put_item(TableName="DataTable", Item={**kept(reader), **key})
    task_key = attributes(TASK.key(reader.id, task.id))
    dynamodb.put_item(TableName="DataTable", Item={**kept(task), **task_key})
    dynamodb.update_item(
        TableName="DataTable",
        Key=key,
        UpdateExpression="SET da = :at, v = :next",
        ExpressionAttributeValues={
            ":at": {"S": f"{now + timedelta(minutes=1, seconds=20):%H:%M}"},
            ":next": {"N": "2"},
        },
    )

    def mails() -> list[dict[str, Any]]:
        found = httpx.get(embedded_aws.mails, trust_env=False).json()["messages"]
        return [one for each in found.values() for one in each if one["To"] == [reader.email]]

    deadline = time.monotonic() + PATIENCE
    while not mails():
        assert time.monotonic() < deadline, "not within the time that it may take"
        time.sleep(1)
    [mail] = mails()
    assert mail["Subject"] == "Today: 1 task"
    assert "Buy milk" in mail["BodyText"]
