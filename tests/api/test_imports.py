"""POST /imports: what a file of another program becomes."""

from typing import Any

import httpx2
import pytest
from tests.unit.transfer.files import sample

from errand.transfer.reading import Format
from errand_api.media import MAX_FILE_BYTES
from errand_testkit.depth import some
from errand_testkit.dynamo import FakeDynamo

CSV = b"""title,project,due,completed_at
Buy milk,Home,2026-12-24,
Call mum,,,2026-11-20T10:00:00Z
"""


def send(
    client: httpx2.Client, data: bytes = CSV, known: str = "plain_csv", **told: Any
) -> httpx2.Response:
    headers = {"Content-Type": "application/octet-stream", **told.pop("headers", {})}
    return client.post("/imports", params={"format": known, **told}, content=data, headers=headers)


def titles(client: httpx2.Client) -> list[str]:
    return [task["title"] for task in client.get("/tasks?limit=100").json()]


def test_file_becomes_tasks_and_projects(john: httpx2.Client) -> None:
    answer = send(john)
    assert answer.status_code == 201
    assert answer.json() == {
        "format": "plain_csv",
        "dry_run": False,
        "projects": 1,
        "tasks": 2,
        "lines": [],
        "lines_left_off": 0,
    }
    [home] = john.get("/projects").json()
    mum, milk = john.get("/tasks").json()
    assert (milk["title"], milk["due_date"]) == ("Buy milk", "2026-12-24")
    assert milk["project_id"] == home["id"]
    assert (mum["completed"], mum["completed_at"]) == (True, "2026-11-20T10:00:00.000Z")
    assert (mum["version"], mum["project_id"]) == (1, "inbox")
    # They are tasks as any other.
    assert john.patch(f"/tasks/{milk['id']}", json={"title": "Buy oat milk"}).status_code == 200


@pytest.mark.parametrize("known", list(Format))
def test_every_format_is_taken(john: httpx2.Client, known: Format) -> None:
    answer = send(john, sample(known), known)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["tasks"] == len(titles(john)) > 1
    assert told["projects"] == len(john.get("/projects").json())


@pytest.mark.parametrize("kind", ["text/csv", "text/plain; charset=utf-8", "application/json"])
def test_kind_of_the_body_does_not_matter(john: httpx2.Client, kind: str) -> None:
    assert send(john, headers={"Content-Type": kind}).status_code == 201


def test_dry_run_tells_the_same_and_makes_nothing(john: httpx2.Client) -> None:
    dry = send(john, dry_run="true")
    assert dry.status_code == 200
    assert (titles(john), john.get("/projects").json()) == ([], [])
    assert {**send(john).json(), "dry_run": True} == dry.json()


def test_project_of_the_same_name_is_used(john: httpx2.Client) -> None:
    home = john.post("/projects", json={"name": "home"}).json()["id"]
    assert send(john).json()["projects"] == 0
    assert john.get("/tasks?view=upcoming").json()[0]["project_id"] == home


def test_what_is_refused_and_left_out_is_told_by_line(john: httpx2.Client) -> None:
    data = b"title,due,mood\nBuy milk,soon,glad\n" + b"x" * 201 + b",,\n"
    told = send(john, data).json()
    assert [(line["at"], line["outcome"]) for line in told["lines"]] == [
        (1, "left_out"),
        (2, "left_out"),
        (3, "changed"),
    ]
    assert told["tasks"] == 2


def test_occurrences_are_moved_as_they_were(john: httpx2.Client) -> None:
    send(john, sample(Format.JSON_LINES), "json_lines")
    [rent] = [task for task in john.get("/tasks").json() if task["title"] == "Pay rent"]
    assert rent["due"]["at"] == "2026-12-02T09:00:00"
    assert rent["occurrence"]["at"] == "2026-12-01T09:00:00"
    moved = [(one["occurrence"]["at"], one["due"]) for one in rent["moved_occurrences"]]
    assert moved == [("2027-01-01T09:00:00", None)]


def test_export_is_imported_and_exported_again_as_it_was(john: httpx2.Client, sign_up: Any) -> None:
    for known in (Format.JSON_LINES, Format.VIKUNJA, Format.PLAIN_CSV):
        send(john, sample(known), known)
    # As tasks are here, which no other program has.
    home = john.post("/projects", json={"name": "Garden"}).json()["id"]
    later = john.post(f"/projects/{home}/sections", json={"name": "Later"}).json()["id"]
    lawn = {"title": "Mow the lawn", "project_id": home, "section_id": later, "labels": ["rent"]}
    parent = john.post("/tasks", json=lawn).json()["id"]
    john.post("/tasks", json={"title": "Fetch the mower", "parent_id": parent, "labels": ["a"]})
    exported = john.get("/users/me/export")
    other = sign_up("other")
    assert send(other, exported.content, "json_lines").status_code == 201
    assert _alike(other.get("/users/me/export").json()) == _alike(exported.json())


def _alike(export: dict[str, Any]) -> list[Any]:
    """All but ids and when they were written; what they name by its names."""
    projects, sections = (
        {one["id"]: one["name"] for one in export[section]} for section in ("projects", "sections")
    )
    labels = {one["id"]: one["name"] for one in export["labels"]["labels"]}
    titles = {one["id"]: one["title"] for one in export["tasks"]}
    gone = {"id", "updated_at", "version", "position", "label_ids"}
    gone |= {"project_id", "section_id", "parent_id"}
    tasks = [
        {name: value for name, value in task.items() if name not in gone}
        | {
            "project": projects.get(task["project_id"]),
            "section": sections.get(task["section_id"]),
            "parent": titles.get(task["parent_id"]),
            "labels": [labels[one] for one in task["label_ids"]],
        }
        for task in export["tasks"]
    ]
    told = [(one["name"], one["colour"], one["archived"]) for one in export["projects"]]
    return [tasks, told, sorted(labels.values()), sorted(sections.values())]


def _imported(client: httpx2.Client, *lines: str) -> dict[str, Any]:
    """The task that a VTODO becomes."""
    text = "\r\n".join(("BEGIN:VTODO", "SUMMARY:Water", *lines, "END:VTODO", ""))
    headers = {"Content-Type": "text/calendar"}
    answer = client.post("/imports?format=vtodo", content=text.encode(), headers=headers)
    assert answer.status_code == 201, answer.text
    [task] = client.get("/tasks").json()
    made: dict[str, Any] = task
    return made


def test_rule_begins_with_dtstart_where_there_is_no_due(john: httpx2.Client) -> None:
    begin = "DTSTART;TZID=Europe/Berlin:20261123T090000"
    task = _imported(john, begin, "RRULE:FREQ=DAILY;UNTIL=20261231T080000Z")
    at = {"type": "zoned", "at": "2026-11-23T09:00:00", "zone": "Europe/Berlin"}
    assert (task["due"], task["start"]) == (at, None)
    assert task["recurrence"]["rule"] == "FREQ=DAILY;UNTIL=20261231T090000"


def test_what_was_completed_before_1970_is_among_what_was_completed(john: httpx2.Client) -> None:
    task = _imported(john, "STATUS:COMPLETED", "COMPLETED:19000101T000000Z")
    assert task["completed_at"] == "1970-01-01T00:00:00.000Z"
    assert john.get("/tasks?view=completed").json() == [task]


def test_same_key_imports_once(john: httpx2.Client) -> None:
    answers = [send(john, headers={"Idempotency-Key": "1"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len(titles(john)) == 2


@pytest.mark.parametrize("told", [{"known": "todoist"}, {"data": b"title\nAnother\n"}])
def test_same_key_is_of_one_file_and_format(john: httpx2.Client, told: Any) -> None:
    headers = {"Idempotency-Key": "1"}
    send(john, headers=headers)
    answer = send(john, **told, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.deeper
@pytest.mark.parametrize("writes", some(range(1, 7)))
def test_import_that_was_broken_off_goes_on_and_makes_nothing_twice(
    john: httpx2.Client, dynamodb: FakeDynamo, writes: int
) -> None:
    rows = b"".join(b"Task %d,Home\n" % number for number in range(120))
    headers = {"Idempotency-Key": "1"}

    def fail() -> None:
        raise ConnectionError

    dynamodb.interferences = [*[lambda: None] * (writes - 1), fail]
    broken = send(john, b"title,project\n" + rows, headers=headers)
    dynamodb.interferences.clear()
    answer = send(john, b"title,project\n" + rows, headers=headers)
    assert broken.status_code == 500
    assert (answer.status_code, answer.json()["tasks"], answer.json()["projects"]) == (201, 120, 1)
    tasks = john.get("/tasks?limit=100").json() + john.get("/tasks?limit=100&skip=100").json()
    assert sorted(task["title"] for task in tasks) == sorted(f"Task {n}" for n in range(120))
    assert len(john.get("/projects").json()) == 1


def test_without_a_key_it_is_another_import(john: httpx2.Client) -> None:
    send(john)
    send(john)
    assert len(titles(john)) == 4


def test_tasks_come_in_the_order_of_the_file(john: httpx2.Client) -> None:
    rows = b"".join(b"Task %d\n" % number for number in range(60))
    send(john, b"title\n" + rows)
    assert [f"Task {number}" for number in range(60)] == titles(john)[::-1]


@pytest.mark.parametrize(
    ("data", "known", "status"),
    [
        (b"", "vikunja", 422),
        (b"PK\x03\x04", "plain_csv", 422),
        (b"title\n" + b"Task\n" * 501, "plain_csv", 422),
        (CSV, "outlook", 422),
        (b" " * (MAX_FILE_BYTES + 1), "plain_csv", 413),
    ],
    ids=["empty", "archive", "too many", "unknown format", "too large"],
)
def test_file_that_is_not_taken(john: httpx2.Client, data: bytes, known: str, status: int) -> None:
    answer = send(john, data, known)
    assert (answer.status_code, titles(john)) == (status, [])
    assert answer.json()["detail"]


@pytest.mark.deep
def test_file_may_be_as_large_as_one_mebibyte(john: httpx2.Client) -> None:
    data = b"title,description\n" + b"".join(
        b"Task %d,%s\n" % (n, b"x" * 4_900) for n in range(213)
    )
    answer = send(john, data.ljust(MAX_FILE_BYTES, b"\n"))
    assert (answer.status_code, answer.json()["tasks"]) == (201, 213)
