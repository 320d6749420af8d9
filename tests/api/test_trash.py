"""What is deleted is in the trash, from where it comes back or goes for good."""

import httpx2
import pytest

from errand_testkit.dynamo import FakeDynamo

FULL = {
    "title": "Buy milk",
    "description": "x" * 1000,
    "due_date": "2026-12-24",
    "priority": 1,
    "links": ["https://example.com/"],
    "recurrence": {"rule": "FREQ=DAILY"},
}


def _titles(client: httpx2.Client, path: str) -> list[str]:
    return [task["title"] for task in client.get(path).json()]


def test_deleted_task_is_nowhere_but_in_the_trash(john: httpx2.Client) -> None:
    task = john.post("/tasks", json=FULL).json()
    assert john.delete(f"/tasks/{task['id']}").status_code == 204
    for path in ("/tasks", "/tasks?completed=false", "/tasks?priority=1", "/tasks?view=upcoming"):
        assert _titles(john, path) == []
    assert john.get(f"/tasks/{task['id']}").status_code == 404
    [trashed] = john.get("/trash").json()
    assert trashed == task | {"deleted_at": trashed["deleted_at"], "deleted_with": None}


def test_it_comes_back_as_it_was(john: httpx2.Client) -> None:
    task = john.post("/tasks", json=FULL).json()
    john.delete(f"/tasks/{task['id']}")
    restored = john.post(f"/trash/{task['id']}/restore")
    assert restored.status_code == 200
    assert restored.headers["ETag"] == '"2"'
    assert restored.json() == task | {"version": 2, "updated_at": restored.json()["updated_at"]}
    assert john.get(f"/tasks/{task['id']}").json() == restored.json()
    assert _titles(john, "/tasks?priority=1") == ["Buy milk"]
    assert john.get("/trash").json() == []


def test_it_can_go_for_good(john: httpx2.Client) -> None:
    task = john.post("/tasks", json=FULL).json()
    john.delete(f"/tasks/{task['id']}")
    assert john.delete(f"/trash/{task['id']}").status_code == 204
    for answer in (
        john.delete(f"/trash/{task['id']}"),
        john.post(f"/trash/{task['id']}/restore"),
        john.post("/trash/nothing/restore"),
    ):
        assert answer.status_code == 404


def test_it_goes_by_itself_after_30_days(john: httpx2.Client, dynamodb: FakeDynamo) -> None:
    task = john.post("/tasks", json=FULL).json()
    john.delete(f"/tasks/{task['id']}")
    [item] = [one for one in dynamodb.all() if one["sk"]["S"].startswith("TRASH#")]
    deleted = int(item["h"]["M"]["xd"]["N"]) // 1000
    assert int(item["expires_at"]["N"]) - deleted == 30 * 24 * 3600


def test_latest_deleted_is_first(john: httpx2.Client) -> None:
    tasks = [john.post("/tasks", json={"title": f"Task {n}"}).json() for n in range(3)]
    for task in (tasks[1], tasks[0], tasks[2]):
        john.delete(f"/tasks/{task['id']}")
    first = john.get("/trash?limit=2")
    rest = john.get(first.links["next"]["url"])
    assert {*_names(first)} | {*_names(rest)} == {"Task 0", "Task 1", "Task 2"}
    assert "next" not in rest.links


def _names(answer: httpx2.Response) -> list[str]:
    return [task["title"] for task in answer.json()]


def test_nobody_sees_the_trash_of_others(john: httpx2.Client, jane: httpx2.Client) -> None:
    task = john.post("/tasks", json=FULL).json()
    john.delete(f"/tasks/{task['id']}")
    assert jane.get("/trash").json() == []
    assert jane.post(f"/trash/{task['id']}/restore").status_code == 404
    assert jane.delete(f"/trash/{task['id']}").status_code == 404


@pytest.mark.parametrize("by", ["PATCH", "DELETE"])
def test_who_is_faster_is_not_undone(john: httpx2.Client, dynamodb: FakeDynamo, by: str) -> None:
    """Between reading the task and moving it."""
    task = john.post("/tasks", json=FULL).json()
    place = f"/tasks/{task['id']}"
    body = {"title": "Buy bread"} if by == "PATCH" else None
    dynamodb.interferences.append(lambda: john.request(by, place, json=body))
    assert john.delete(place).status_code == (204 if by == "PATCH" else 404)
    [trashed] = john.get("/trash").json()
    assert trashed["title"] == ("Buy bread" if by == "PATCH" else "Buy milk")
