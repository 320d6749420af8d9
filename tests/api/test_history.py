"""What happened to a task, and in an account, as its owner reads it."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.log import Follower, unwatched

DAILY = {"title": "Water plants", "due_date": "2026-11-22", "recurrence": {"rule": "FREQ=DAILY"}}


@pytest.fixture
def follow(tables: None, dynamodb: FakeDynamo) -> Callable[[], None]:  # noqa: ARG001 - it is empty
    """The log catches up."""
    return Follower(unwatched(dynamodb)).follow


def _told(client: httpx2.Client, path: str) -> list[tuple[str, str]]:
    return [(one["kind"], one["action"]) for one in client.get(path).json()]


def test_every_change_is_told_latest_first(
    john: httpx2.Client, follow: Callable[[], None], clock: ManualClock
) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    clock.advance(seconds=1)
    john.patch(f"/tasks/{task['id']}", json={"title": "Buy bread", "description": "Rye"})
    john.patch(f"/tasks/{task['id']}", json={"completed": True})
    follow()
    answer = john.get(f"/tasks/{task['id']}/history")
    assert answer.status_code == 200
    completed, updated, created = answer.json()
    session = john.get("/users/me/sessions").json()[0]["id"]
    user = john.get("/users/me").json()["id"]
    assert updated == {
        "number": created["number"] + 1,
        "at": "2026-11-22T08:30:00.000Z",
        "kind": "task",
        "id": task["id"],
        "action": "updated",
        "version": 2,
        "by": {"user_id": user, "means": "session", "means_id": session},
        "old": {"title": "Buy milk", "description": None},
        "new": {"title": "Buy bread", "description": "Rye"},
    }
    assert (completed["action"], completed["old"]) == ("completed", {"completed_at": None})
    assert completed["new"] == {"completed_at": "2026-11-22T08:30:01.000Z"}
    assert (created["action"], created["old"]) == ("created", None)
    assert created["new"]["title"] == "Buy milk"


def test_script_is_told_by_its_token(
    john: httpx2.Client, follow: Callable[[], None], client: httpx2.Client
) -> None:
    body = {
        "name": "Script",
        "scopes": ["tasks:write"],
        "current_password": "correct horse battery",
    }
    token = john.post("/users/me/tokens", json=body).json()
    headers = {"Authorization": f"Bearer {token['token']}"}
    task = client.post("/tasks", json={"title": "Buy milk"}, headers=headers).json()
    follow()
    [created] = john.get(f"/tasks/{task['id']}/history").json()
    user_id = john.get("/users/me").json()["id"]
    means = {"means": "personal_access_token", "means_id": token["id"]}
    assert created["by"] == {"user_id": user_id, **means}


def test_history_of_a_deleted_task_goes_on(john: httpx2.Client, follow: Callable[[], None]) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    john.delete(f"/tasks/{task['id']}")
    john.post(f"/trash/{task['id']}/restore")
    john.delete(f"/tasks/{task['id']}")
    follow()
    path = f"/tasks/{task['id']}/history"
    assert sorted(_told(john, path)) == sorted(
        [
            ("task", "created"),
            ("task", "deleted"),
            ("trash", "created"),
            ("task", "restored"),
            ("trash", "deleted"),
            ("task", "deleted"),
            ("trash", "created"),
        ]
    )
    [trashed, *_] = [one for one in john.get(path).json() if one["kind"] == "trash"]
    assert trashed["by"]["means"] == "session"


def test_what_belongs_to_a_task_is_in_it(john: httpx2.Client, follow: Callable[[], None]) -> None:
    task = john.post("/tasks", json=DAILY).json()
    john.post(f"/tasks/{task['id']}/complete")
    follow()
    [completion] = john.get(f"/tasks/{task['id']}/completions").json()
    changes = john.get(f"/tasks/{task['id']}/history").json()
    assert {(one["kind"], one["id"]) for one in changes} == {
        ("task", task["id"]),
        ("completion", completion["completion_id"]),
    }


def test_pages_go_on(john: httpx2.Client, follow: Callable[[], None], clock: ManualClock) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    for number in range(4):
        clock.advance(seconds=1)
        john.patch(f"/tasks/{task['id']}", json={"title": f"Buy milk {number}"})
    follow()
    for path in (f"/tasks/{task['id']}/history", "/activity"):
        seen: list[int] = []
        following: Any = f"{path}?limit=2"
        while following:
            answer = john.get(following)
            seen += [one["version"] for one in answer.json()]
            following = answer.links.get("next", {}).get("url")
        assert seen == [5, 4, 3, 2, 1]


def test_new_task_has_no_history_yet_and_nobodys_has_none(
    john: httpx2.Client, jane: httpx2.Client, follow: Callable[[], None]
) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    path = f"/tasks/{task['id']}/history"
    assert john.get(path).json() == []
    follow()
    assert len(john.get(path).json()) == 1
    for nobodys in (path, "/tasks/nothing/history", f"/tasks/{'0' * 26}/history"):
        assert jane.get(nobodys).status_code == 404


def test_activity_is_that_of_the_account(
    john: httpx2.Client, jane: httpx2.Client, follow: Callable[[], None]
) -> None:
    john.post("/tasks", json={"title": "Buy milk"})
    project = john.post("/projects", json={"name": "Home"}).json()
    john.patch(f"/projects/{project['id']}", json={"archived": True})
    john.patch("/users/me", json={"full_name": "John Doe"})
    jane.post("/tasks", json={"title": "Buy wine"})
    follow()
    # What concerns the account is in its security log.
    expected = [("project", "updated"), ("project", "created"), ("task", "created")]
    assert _told(john, "/activity") == expected
    assert _told(jane, "/activity") == [("task", "created")]
    archived, *_ = john.get("/activity").json()
    assert (archived["old"], archived["new"]) == ({"archived": False}, {"archived": True})


def test_pages_of_activity_are_full_though_some_of_it_is_left_out(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    john.post("/tasks", json={"title": "Buy milk"})
    for number in range(8):
        john.patch("/users/me", json={"full_name": f"John {number}"})
    follow()
    answer = john.get("/activity?limit=1")
    assert [one["action"] for one in answer.json()] == ["created"]


def test_one_page_is_one_look_at_the_log(
    john: httpx2.Client, follow: Callable[[], None], dynamodb: FakeDynamo
) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    follow()
    dynamodb.operations.clear()
    john.get("/activity")
    assert dynamodb.operations == ["Query"]
    dynamodb.operations.clear()
    john.get(f"/tasks/{task['id']}/history")
    assert dynamodb.operations == ["Query", "BatchGetItem"]


def test_entries_of_older_releases_tell_who_it_was(
    john: httpx2.Client, follow: Callable[[], None], dynamodb: FakeDynamo
) -> None:
    """They had the user first, then the means."""
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    follow()
    before = john.get(f"/tasks/{task['id']}/history").json()
    for entry in dynamodb.items["LogTable"].values():
        entry.pop("sh")
        if "by" in entry:
            means, _, user = entry["by"]["S"].partition("/")
            entry["by"] = {"S": f"{user}/{means}"}
    assert john.get(f"/tasks/{task['id']}/history").json() == before


def test_entry_of_a_newer_release_is_not_guessed_at(
    john: httpx2.Client, follow: Callable[[], None], dynamodb: FakeDynamo
) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    follow()
    for entry in dynamodb.items["LogTable"].values():
        entry["sh"] = {"N": "99"}
    answer = john.get(f"/tasks/{task['id']}/history")
    assert (answer.status_code, answer.json()["code"]) == (503, "newer_shape")
    assert answer.headers["Retry-After"] == "1"
