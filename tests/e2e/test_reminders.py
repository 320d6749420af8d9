"""A reminder that is due soon is on the bus, with nobody asking; one that was moved is not."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

PATIENCE = 60.0  # seconds; the embedded Scheduler looks every ten
ACCOUNT = {"username": "forgetful", "password": "correct horse battery staple"}


@pytest.fixture
def heard(aws_client: Callable[[str], Any]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Reminders that came by a queue behind a rule of the bus."""
    sqs, events = aws_client("sqs"), aws_client("events")
    outputs = aws_client("cloudformation").describe_stacks()["Stacks"][0]["Outputs"]
    [bus] = [one["OutputValue"] for one in outputs if one["OutputKey"] == "EventBusName"]
    url = sqs.create_queue(QueueName="reminded")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    pattern = json.dumps({"source": ["errand"], "detail-type": ["reminder.due"]})
    events.put_rule(Name="reminders", EventBusName=bus, EventPattern=pattern)
    target = {"Id": "queue", "Arn": attributes["QueueArn"]}
    events.put_targets(Rule="reminders", EventBusName=bus, Targets=[target])
    found: list[dict[str, Any]] = []

    def receive() -> list[dict[str, Any]]:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        found.extend(json.loads(one["Body"])["detail"] for one in messages.get("Messages", []))
        return found

    yield receive
    events.remove_targets(Rule="reminders", EventBusName=bus, Ids=["queue"])
    events.delete_rule(Name="reminders", EventBusName=bus)
    sqs.delete_queue(QueueUrl=url)


def in_seconds(seconds: int) -> dict[str, Any]:
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    return {"type": "absolute", "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


@pytest.mark.deep
def test_reminder_comes_by_itself(api_url: str, heard: Callable[[], list[dict[str, Any]]]) -> None:
    with httpx.Client(base_url=api_url, trust_env=False, timeout=30) as client:
        client.post("/register", json=ACCOUNT).raise_for_status()
        token = client.post("/token", data=ACCOUNT).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        moved = client.post("/tasks", json={"title": "Moved", "reminders": [in_seconds(8)]}).json()
        later = {"reminders": [in_seconds(3600)]}
        client.patch(f"/tasks/{moved['id']}", json=later).raise_for_status()
        task = client.post("/tasks", json={"title": "Due", "reminders": [in_seconds(12)]}).json()
        deadline = time.monotonic() + PATIENCE
        while not heard():
            assert time.monotonic() < deadline, "not reminded in time"
    [event] = heard()
    assert event["data"]["new"]["id"] == task["id"]
    assert event["time"] == task["reminders"][0]["at"]
