"""GET /tasks?sort=: any list in another order, page by page."""

from typing import Any

import httpx2
import pytest

from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.items import bury

TASKS: list[dict[str, Any]] = [
    {"title": "Éclairs", "due_date": "2026-11-25", "priority": 2},
    {"title": "apples", "priority": 1},
    {"title": "Bread", "due_date": "2026-11-23", "description": "x" * 1000},
    {"title": "dates", "due_date": "2026-11-23", "priority": 2},
]


@pytest.fixture
def _tasks(john: httpx2.Client, clock: ManualClock) -> None:
    made = []
    for fields in TASKS:
        clock.advance(seconds=1)
        made.append(john.post("/tasks", json=fields).json()["id"])
    clock.advance(seconds=1)
    john.patch(f"/tasks/{made[1]}", json={"description": "red"})
    john.post(f"/tasks/{made[3]}/move", json={"at": "start"})


def _titles(client: httpx2.Client, query: str, *, limit: int = 100) -> list[str]:
    titles: list[str] = []
    url: str | None = f"/tasks?{query}&limit={limit}"
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        titles += [task["title"] for task in answer.json()]
        url = answer.links.get("next", {}).get("url")
    return titles


@pytest.mark.usefixtures("_tasks")
@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("sort=title", ["apples", "Bread", "dates", "Éclairs"]),
        ("sort=title&order=desc", ["Éclairs", "dates", "Bread", "apples"]),
        ("sort=due", ["Bread", "dates", "Éclairs", "apples"]),
        ("sort=due&order=desc", ["Éclairs", "dates", "Bread", "apples"]),
        ("sort=priority", ["apples", "Éclairs", "dates", "Bread"]),
        ("sort=created", ["dates", "Bread", "apples", "Éclairs"]),
        ("sort=created&order=asc", ["Éclairs", "apples", "Bread", "dates"]),
        ("sort=updated", ["dates", "apples", "Bread", "Éclairs"]),
        ("sort=position", ["dates", "Éclairs", "apples", "Bread"]),
        ("sort=title&filter=priority<=2", ["apples", "dates", "Éclairs"]),
        ("sort=title&view=upcoming", ["Bread", "dates", "Éclairs"]),
        ("sort=title&view=inbox&order=desc", ["Éclairs", "dates", "Bread", "apples"]),
        ("view=inbox", ["dates", "Éclairs", "apples", "Bread"]),
    ],
)
def test_order(john: httpx2.Client, query: str, titles: list[str]) -> None:
    for limit in (1, 3, 100):
        assert _titles(john, query, limit=limit) == titles


@pytest.mark.usefixtures("_tasks")
def test_long_texts_are_whole(john: httpx2.Client) -> None:
    found = {task["title"]: task["description"] for task in john.get("/tasks?sort=title").json()}
    assert found["Bread"] == "x" * 1000


@pytest.mark.usefixtures("_tasks")
def test_cursor_is_of_one_order(john: httpx2.Client) -> None:
    url = john.get("/tasks?sort=title&limit=1").links["next"]["url"]
    answer = john.get(url.replace("sort=title", "sort=due"))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


@pytest.mark.parametrize("query", ["sort=due", "view=upcoming", "filter=open %26 due > today"])
def test_seconds_of_any_clock_are_in_order(john: httpx2.Client, query: str) -> None:
    for title, at, zone in (
        ("third", "2026-11-25T09:01:00", "Asia/Tokyo"),
        ("second", "2026-11-25T09:00:30", None),
        ("first", "2026-11-25T09:00:00", "Europe/Berlin"),
    ):
        due = {"type": "zoned", "at": at, "zone": zone} if zone else {"type": "floating", "at": at}
        john.post("/tasks", json={"title": title, "due": due})
    assert _titles(john, f"{query}&order=asc") == ["first", "second", "third"]


@pytest.mark.parametrize("limit", [1, 2, 100])
@pytest.mark.parametrize("sort", ["title", "priority", "created", "position", "updated", "due"])
def test_each_completed_occurrence_has_its_place(
    john: httpx2.Client, clock: ManualClock, sort: str, limit: int
) -> None:
    daily = {"title": "Water", "due_date": "2026-11-22", "recurrence": {"rule": "FREQ=DAILY"}}
    task = john.post("/tasks", json=daily).json()["id"]
    for _ in range(3):
        clock.advance(seconds=1)
        john.post(f"/tasks/{task}/complete")
    clock.advance(seconds=1)
    john.post("/tasks", json={"title": "Write", "completed": True, "priority": 3})
    for order in ("asc", "desc"):
        query = f"view=completed&sort={sort}&order={order}"
        assert sorted(_titles(john, query, limit=limit)) == ["Water"] * 3 + ["Write"]


def test_trash_is_a_view(john: httpx2.Client, clock: ManualClock) -> None:
    made = [john.post("/tasks", json={"title": f"Task {n}"}).json()["id"] for n in range(3)]
    for task in (made[1], made[0]):
        clock.advance(seconds=1)
        john.delete(f"/tasks/{task}")
    assert _titles(john, "view=trash", limit=1) == ["Task 0", "Task 1"]
    assert _titles(john, "view=trash&sort=title&order=desc") == ["Task 1", "Task 0"]


def test_more_than_can_be_read_at_once_are_refused(
    john: httpx2.Client, dynamodb: FakeDynamo
) -> None:
    task = john.post("/tasks", json={"title": "Task"}).json()["id"]
    bury(dynamodb, task, ["x" * 1000] * 1100)
    answer = john.get("/tasks?sort=title")
    assert answer.status_code == 422
    assert "ask for fewer" in answer.json()["detail"]
    assert john.get("/tasks?limit=1").status_code == 200
