"""A reminder that is due comes by itself, on the bus and as a mail; one that was moved does not.

The mail's link shows a page, and its button has the reminder come again.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tools.local.embedded import Embedded

PATIENCE = 60.0  # seconds; the embedded Scheduler looks every ten
EMAIL = "forgetful@example.com"
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


def eventually[T](look: Callable[[], T]) -> T:
    """What is found at last."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "not within the time that it may take"
        time.sleep(0.1)
    return found


@pytest.fixture
def mailed(embedded_aws: Embedded) -> Callable[[str], list[str]]:
    """What the mails to EMAIL have of a pattern."""

    def find(pattern: str) -> list[str]:
        boxes = httpx.get(embedded_aws.mails, trust_env=False).json()["messages"].values()
        texts = [mail["BodyText"] for box in boxes for mail in box if mail["To"] == [EMAIL]]
        return [found for text in texts for found in re.findall(pattern, text, re.MULTILINE)]

    return find


def log_in(client: httpx.Client) -> None:
    token = client.post("/token", data=ACCOUNT).raise_for_status().json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"


def prove_address(client: httpx.Client, mailed: Callable[[str], list[str]]) -> None:
    """With which all ends that was issued before."""
    log_in(client)
    client.post("/users/me/email/verification").raise_for_status()
    [token] = eventually(lambda: mailed(r"^[\w-]{64}$"))
    client.post("/email/verify", json={"token": token}).raise_for_status()
    log_in(client)


def snooze(client: httpx.Client, link: str, task: dict[str, Any]) -> None:
    """A look changes nothing, a button does, once."""
    reminded = f"/tasks/{task['id']}"
    page = client.get(link)
    assert page.headers["Content-Type"].startswith("text/html")
    assert 'value="hour"' in page.text
    assert client.get(reminded).json()["reminders"] == task["reminders"]
    assert "will remind you" in client.post(link, data={"until": "hour"}).text
    assert "has been used" in client.post(link, data={"until": "tomorrow"}).text
    [again] = client.get(reminded).json()["reminders"]
    moved_by = datetime.fromisoformat(again["at"]) - datetime.now(UTC)
    assert timedelta(minutes=55) < moved_by <= timedelta(hours=1)


@pytest.mark.deep
def test_reminder_comes_by_itself_and_again_when_it_is_snoozed(
    api_url: str,
    heard: Callable[[], list[dict[str, Any]]],
    mailed: Callable[[str], list[str]],
) -> None:
    with httpx.Client(base_url=api_url, trust_env=False, timeout=30) as client:
        client.post("/register", json={**ACCOUNT, "email": EMAIL}).raise_for_status()
        prove_address(client, mailed)
        moved = client.post("/tasks", json={"title": "Moved", "reminders": [in_seconds(8)]}).json()
        later = {"reminders": [in_seconds(3600)]}
        client.patch(f"/tasks/{moved['id']}", json=later).raise_for_status()
        task = client.post("/tasks", json={"title": "Due", "reminders": [in_seconds(12)]}).json()
        [event] = eventually(heard)
        assert event["data"]["new"]["id"] == task["id"]
        assert event["time"] == task["reminders"][0]["at"]
        [link] = eventually(lambda: mailed(rf"{api_url}/mail/snooze/[\w-]+"))
        snooze(client, link, task)
