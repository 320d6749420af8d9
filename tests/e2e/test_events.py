"""From the API through both streams onto the bus: numbered, of the schemas, and again if asked."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest
from tools.local.embedded import Embedded
from tools.replay import replay

from errand.events.schema import EventType
from errand_testkit.event_samples import SCHEMAS

PATIENCE = 30.0  # seconds; it takes about two
ACCOUNT = {"username": "teller", "password": "correct horse battery staple"}


def of_schema(event: dict[str, Any]) -> dict[str, Any]:
    schema = json.loads((SCHEMAS / f"{EventType(event['type'])}.schema.json").read_text())
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(event)
    return event


@pytest.fixture
def heard(aws_client: Callable[[str], Any], bus: str) -> Iterator[Callable[[str, int], list[Any]]]:
    """Events of a user, when there are so many, by a queue behind a rule of the bus."""
    sqs, events = aws_client("sqs"), aws_client("events")
    url = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    pattern = json.dumps({"source": ["errand"], "detail": {"version": ["2"]}})
    events.put_rule(Name="all", EventBusName=bus, EventPattern=pattern)
    events.put_targets(
        Rule="all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": attributes["QueueArn"]}]
    )
    found: list[Any] = []

    def wait_for(user_id: str, number: int) -> list[Any]:
        deadline = time.monotonic() + PATIENCE
        while True:
            mine = [one for one in found if one["subject"].startswith(f"users/{user_id}")]
            if len(mine) >= number:
                return mine
            assert time.monotonic() < deadline, f"{len(mine)} of {number} events in time"
            messages = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1
            ).get("Messages", [])
            for message in messages:
                found.append(of_schema(json.loads(message["Body"])["detail"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    yield wait_for
    events.remove_targets(Rule="all", EventBusName=bus, Ids=["queue"])
    events.delete_rule(Name="all", EventBusName=bus)
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def bus(embedded_aws: Embedded, aws_client: Callable[[str], Any]) -> str:
    stacks = aws_client("cloudformation").describe_stacks()["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stacks[0]["Outputs"]}
    assert embedded_aws
    return str(outputs["EventBusName"])


@pytest.mark.deep
def test_a_life_is_heard_and_can_be_replayed(
    api_url: str,
    aws_client: Callable[[str], Any],
    bus: str,
    heard: Callable[[str, int], list[Any]],
) -> None:
    with httpx.Client(base_url=api_url, trust_env=False, timeout=30) as client:
        user_id = client.post("/register", json=ACCOUNT).json()["id"]
        token = client.post("/token", data=ACCOUNT).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        project = client.post("/projects", json={"name": "Home"}).json()["id"]
        content = {"title": "Buy milk", "project_id": project, "description": "x" * 2000}
        task = client.post("/tasks", json=content).json()["id"]
        client.patch(f"/tasks/{task}", json={"title": "Buy oat milk"}).raise_for_status()
        client.post(f"/tasks/{task}/comments", json={"text": "None left"}).raise_for_status()
        client.patch(f"/tasks/{task}", json={"completed": True}).raise_for_status()
        client.delete(f"/tasks/{task}").raise_for_status()
        events = heard(user_id, 7)
        assert [one["type"] for one in events] == [
            "user.registered",
            "project.created",
            "task.created",
            "task.updated",
            "comment.created",
            "task.completed",
            "task.deleted",
        ]
        numbers = [one["sequence"] for one in events]
        assert numbers == sorted({*numbers})

        told = replay(
            aws_client("dynamodb"),
            aws_client("events"),
            table="LogTable",
            bus=bus,
            account=user_id,
            first=numbers[3],
        )
        assert told.startswith("4 events published")
        assert heard(user_id, 11)[7:] == events[3:]

        password = {"password": ACCOUNT["password"]}
        client.request("DELETE", "/users/me", json=password).raise_for_status()
        assert heard(user_id, 12)[-1]["type"] == "user.deleted"
