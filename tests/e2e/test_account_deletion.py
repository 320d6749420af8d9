"""From the API through stream, bus, rule and queue: nothing of a deleted account stays."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

PATIENCE = 20.0  # seconds; it takes about two
ACCOUNT = {"username": "leaver", "password": "correct horse battery staple"}


def items(dynamodb: Any, table: str, user_id: str, *, kind: str = "") -> int:
    """How many the account has, or how many of a kind, by the beginning of their sort keys."""
    found = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :owner" + (" AND begins_with(sk, :kind)" if kind else ""),
        ExpressionAttributeValues={":owner": {"S": f"USER#{user_id}"}}
        | ({":kind": {"S": kind}} if kind else {}),
        ConsistentRead=True,
        Select="COUNT",
    )
    return int(found["Count"])


@pytest.mark.deep
def test_everything_is_purged(api_url: str, aws_client: Callable[[str], Any]) -> None:
    dynamodb = aws_client("dynamodb")
    with httpx.Client(base_url=api_url, trust_env=False) as client:
        user_id = client.post("/register", json=ACCOUNT).json()["id"]
        token = client.post("/token", data=ACCOUNT).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        for number in range(30):
            headers = {"Idempotency-Key": f"key-{number}"}
            task = {"title": f"Task {number}"}
            client.post("/tasks", json=task, headers=headers).raise_for_status()
        script = {
            "name": "Backup script",
            "scopes": ["tasks:read"],
            "current_password": ACCOUNT["password"],
        }
        client.post("/users/me/tokens", json=script).raise_for_status()
        # The account, its tasks, a personal token, and two records in the security log.
        assert items(dynamodb, "DataTable", user_id) == 1 + 30 + 1 + 2
        # And a receipt for each task; the index of their texts comes when it comes.
        for kind, number in (("SESSION", 1), ("IDEMPOTENCY", 30)):
            assert items(dynamodb, "EphemeralTable", user_id, kind=kind) == number
        deadline = time.monotonic() + PATIENCE
        # Of the account and of each task. What comes of the purge is not recorded.
        while items(dynamodb, "LogTable", user_id) < 1 + 30:
            assert time.monotonic() < deadline, "not recorded in time"
            time.sleep(0.1)
        password = {"password": ACCOUNT["password"]}
        client.request("DELETE", "/users/me", json=password).raise_for_status()

    deadline = time.monotonic() + PATIENCE
    while any(
        items(dynamodb, table, user_id) for table in ("DataTable", "EphemeralTable", "LogTable")
    ):
        assert time.monotonic() < deadline, "not purged in time"
        time.sleep(0.1)
