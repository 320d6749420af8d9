"""GET /exports: one's tasks as files, which POST /imports takes."""

from typing import Any

import httpx2
import pytest
from icalendar import Calendar

KINDS = {"json_lines": "application/jsonl", "plain_csv": "text/csv", "vtodo": "text/calendar"}


@pytest.fixture
def _tasks(john: httpx2.Client) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    later = john.post(f"/projects/{home}/sections", json={"name": "Later"}).json()["id"]
    lawn = {"title": "Mow the lawn", "project_id": home, "section_id": later, "labels": ["Garden"]}
    parent = john.post("/tasks", json=lawn).json()["id"]
    john.post("/tasks", json={"title": "=Fetch it", "parent_id": parent, "completed": True})
    john.post("/tasks", json={"title": "Long", "description": "x" * 2000, "due_date": "2026-12-24"})


def _export(client: httpx2.Client, known: str) -> httpx2.Response:
    answer = client.get("/exports", params={"format": known})
    assert answer.status_code == 200
    return answer


def _told(client: httpx2.Client) -> list[Any]:
    tasks = client.get("/tasks?order=asc").json()
    titles = {task["id"]: task["title"] for task in tasks}
    names = ("title", "description", "due", "labels", "completed")
    return [[titles.get(task["parent_id"]), *(task[name] for name in names)] for task in tasks]


@pytest.mark.usefixtures("_tasks")
@pytest.mark.parametrize("known", KINDS)
def test_file_is_imported_by_somebody_else(
    john: httpx2.Client, jane: httpx2.Client, known: str
) -> None:
    answer = _export(john, known)
    assert answer.headers["Content-Type"].startswith(KINDS[known])
    assert answer.headers["Content-Disposition"].startswith("attachment")
    headers = {"Content-Type": "application/octet-stream"}
    imported = jane.post(f"/imports?format={known}", content=answer.content, headers=headers)
    assert imported.status_code == 201, imported.text
    assert _told(jane) == _told(john)


@pytest.mark.usefixtures("_tasks")
def test_calendar_is_one(john: httpx2.Client) -> None:
    calendars = Calendar.from_ical(_export(john, "vtodo").text, multiple=True)
    todos = [str(todo["SUMMARY"]) for calendar in calendars for todo in calendar.walk("VTODO")]
    assert sorted(todos) == ["=Fetch it", "Long", "Mow the lawn"]


def test_large_accounts_go_on_behind_a_cursor(john: httpx2.Client) -> None:
    for number in range(80):
        new = {
            "title": f"Task {number}",
            "description": "x" * 5000,
            "links": ["https://e.org/" * 5],
        }
        john.post("/tasks", json=new | {"description": "€" * 4800})
    first = _export(john, "json_lines")
    rest = john.get(first.links["next"]["url"])
    assert first.text.count("\n") + rest.text.count("\n") == 80
    assert "next" not in rest.links
