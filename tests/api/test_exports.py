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


def _exported(client: httpx2.Client, **fields: Any) -> tuple[Any, str]:
    """As a VTODO, and the whole file."""
    assert client.post("/tasks", json={"title": "Water", **fields}).status_code == 201
    text = _export(client, "vtodo").text
    [todo] = Calendar.from_ical(text).walk("VTODO")
    return todo, text


DAY = {"type": "date", "date": "2026-11-22"}
FLOATING = {"type": "floating", "at": "2026-11-22T09:00:00"}
BERLIN = {"type": "zoned", "at": "2026-11-22T09:00:00", "zone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("due", "until"),
    [(DAY, "20261231"), (FLOATING, "20261231T080000"), (BERLIN, "20261231T070000Z")],
)
def test_end_of_a_rule_is_of_the_type_of_its_start(
    john: httpx2.Client, due: dict[str, str], until: str
) -> None:
    rule = {"rule": "FREQ=DAILY;UNTIL=20261231T080000"}
    _, text = _exported(john, due=due, recurrence=rule)
    assert f"RRULE:FREQ=DAILY;UNTIL={until}\r\n" in text


@pytest.mark.parametrize(
    ("start", "due", "written"),
    [
        ({**DAY, "date": "2026-11-01"}, BERLIN, "DTSTART;TZID=Europe/Berlin:20261101T000000"),
        ({**DAY, "date": "2026-11-01"}, FLOATING, "DTSTART:20261101T000000"),
        ({**BERLIN, "at": "2026-11-01T09:00:00"}, DAY, "DTSTART;VALUE=DATE:20261101"),
        ({**BERLIN, "at": "2026-11-01T09:00:00"}, FLOATING, "DTSTART:20261101T090000"),
        ({**DAY, "date": "2026-12-01"}, DAY, None),
    ],
)
def test_start_is_of_the_type_of_due_and_before_it(
    john: httpx2.Client, start: dict[str, str], due: dict[str, str], written: str | None
) -> None:
    todo, text = _exported(john, start=start, due=due)
    of_todo = text.partition("BEGIN:VTODO")[2]
    found = [line for line in of_todo.splitlines() if line.startswith("DTSTART")]
    assert found == ([written] if written else [])
    assert todo.DUE


def test_zones_are_written_out(john: httpx2.Client) -> None:
    _, text = _exported(john, due=BERLIN, recurrence={"rule": "FREQ=DAILY"})
    [zone] = Calendar.from_ical(text).walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Berlin"


@pytest.mark.deep
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
