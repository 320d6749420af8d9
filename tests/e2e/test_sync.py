"""From the API through the stream into the log, and back to a client that keeps a copy."""

import secrets
import time
from typing import Any

import httpx
import pytest

from .metered import cost

pytestmark = pytest.mark.deep

PATIENCE = 20.0  # seconds; it takes about one
PASSWORD = "correct horse battery staple"


@pytest.fixture
def client(api_url: str) -> Any:
    account = {"username": f"keeper-{secrets.token_hex(4)}", "password": PASSWORD}
    with httpx.Client(base_url=api_url, trust_env=False) as client:
        client.post("/register", json=account).raise_for_status()
        token = client.post("/token", data=account).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def _counted(client: httpx.Client, query: str) -> tuple[str, int]:
    """And by how many calls."""
    answer = client.get(f"/tasks?{query}&limit=1&count=true")
    return answer.headers["X-Total-Count"], cost(answer)[0]


def test_size_of_a_list_is_known_as_soon_as_the_log_is(client: httpx.Client) -> None:
    made = [client.post("/tasks", json={"title": f"Task {number}"}).json() for number in range(4)]
    client.patch(f"/tasks/{made[0]['id']}", json={"completed": True}).raise_for_status()
    client.delete(f"/tasks/{made[1]['id']}").raise_for_status()
    sizes = {"completed=false": "2", "order=asc": "3", "view=inbox": "2"}
    deadline = time.monotonic() + PATIENCE
    for query, size in sizes.items():
        # The page, and the last of the log; until it has anything, as it is a short list, that.
        while _counted(client, query) != (size, 2):
            assert time.monotonic() < deadline, "not counted in time"
            time.sleep(0.1)


def test_changes_reach_the_copy_and_can_be_undone(client: httpx.Client) -> None:
    task = client.post("/tasks", json={"title": "Buy milk"}).json()
    page = client.get("/sync").json()
    seen = {(one["kind"], one["id"]): one["value"] for one in page["changes"]}
    assert seen["task", task["id"]] == task
    client.patch(f"/tasks/{task['id']}", json={"title": "Buy oat milk"}).raise_for_status()

    deadline = time.monotonic() + PATIENCE
    while (undone := client.post(f"/tasks/{task['id']}/undo")).status_code == 409:
        assert undone.json()["code"] in {"not_recorded_yet", "not_the_latest"}
        assert time.monotonic() < deadline, "not recorded in time"
        time.sleep(0.1)
    assert undone.json()["title"] == "Buy milk"

    cursor = page["cursor"]
    values: dict[str, Any] = {}
    while values.get("version") != 3:
        assert time.monotonic() < deadline, "not told in time"
        page = client.get("/sync", params={"cursor": cursor}).json()
        cursor = page["cursor"]
        values |= next((one["value"] for one in page["changes"] if one["kind"] == "task"), {})
    assert values == client.get(f"/tasks/{task['id']}").json()
    while len(history := client.get(f"/tasks/{task['id']}/history").json()) < 3:
        assert time.monotonic() < deadline, "not recorded in time"
    assert [one["version"] for one in history] == [3, 2, 1]
    assert {one["by"]["means"] for one in history} == {"session"}
