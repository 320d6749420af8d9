"""One task after the other: create, read, change, delete."""

from collections.abc import Callable
from itertools import product
from typing import Any

import httpx2
import pytest

from errand_testkit.fakes import ManualClock

NOW = "2026-11-22T08:30:00.000Z"


def create(client: httpx2.Client, **fields: Any) -> dict[str, Any]:
    answer = client.post("/tasks", json={"title": "Buy milk"} | fields)
    assert answer.status_code == 201, answer.text
    task: dict[str, Any] = answer.json()
    return task


def test_a_title_is_enough(john: httpx2.Client) -> None:
    answer = john.post("/tasks", json={"title": "Buy milk"})
    assert answer.status_code == 201
    task = answer.json()
    assert answer.headers["Location"] == f"/tasks/{task['id']}"
    assert answer.headers["ETag"] == '"1"'
    task_id = task.pop("id")
    assert task.pop("created_at") == task.pop("updated_at")
    assert task == {
        "title": "Buy milk",
        "description": None,
        "due_date": None,
        "due": None,
        "deadline": None,
        "start": None,
        "duration": None,
        "recurrence": None,
        "occurrence": None,
        "moved_occurrences": [],
        "project_id": "inbox",
        "priority": 4,
        "section_id": None,
        "parent_id": None,
        "position": task_id,
        "labels": [],
        "label_ids": [],
        "reminders": [],
        "links": [],
        "completed": False,
        "completed_at": None,
        "version": 1,
    }


def test_every_field(john: httpx2.Client) -> None:
    fields = {
        "title": "Buy milk",
        "description": "Two litres\n\tblue cap",
        "due_date": "2026-12-24",
        "links": ["https://example.com/milk", "http://example.com/"],
        "completed": True,
    }
    task = create(john, **fields)
    assert fields.items() <= task.items()
    assert task["completed_at"] == task["created_at"]
    assert john.get(f"/tasks/{task['id']}").json() == task


@pytest.mark.parametrize(
    ("field", "sent", "stored"),
    [
        ("title", "  Buy milk ", "Buy milk"),
        ("title", "Buy", "Buy"),
        ("title", "x" * 200, "x" * 200),
        ("title", " " + "x" * 198 + "\n", "x" * 198),
        ("title", "Молоко 🥛 '\"<script>", "Молоко 🥛 '\"<script>"),
        ("description", "", None),
        ("description", " \n two\r\nlines \t", "two\r\nlines"),
        ("description", "x" * 5000, "x" * 5000),
        ("description", None, None),
        ("due_date", "2028-02-29", "2028-02-29"),
        ("due_date", None, None),
        ("links", [], []),
        ("links", ["HTTPS://EXAMPLE.com"], ["https://example.com/"]),
        ("links", ["https://bücher.example/"], ["https://xn--bcher-kva.example/"]),
        ("links", ["https://example.com/"] * 20, ["https://example.com/"] * 20),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_taken(john: httpx2.Client, field: str, sent: object, stored: object) -> None:
    task = create(john, **{field: sent})
    assert task[field] == stored
    assert john.get(f"/tasks/{task['id']}").json() == task


REFUSED: list[dict[str, Any]] = [
    {"title": "xy"},
    {"title": "  xy  "},
    {"title": "x" * 201},
    {"title": ""},
    {"title": None},
    {"title": 123},
    {"title": "Buy\x00milk"},
    {"title": "Buy\nmilk"},
    {"title": "Buy\u2028milk"},
    {"title": "Buy\x1b[31mmilk"},
    {"description": "x" * 5001},
    {"description": "a\x00b"},
    {"description": "a\x08b"},
    {"description": 7},
    {"due_date": "24.12.2026"},
    {"due_date": "2026-02-29"},
    {"due_date": "2026-12-24T00:00:00Z"},
    {"due_date": 1795336200},
    {"due_date": ""},
    {"links": "https://example.com/"},
    {"links": ["https://example.com/"] * 21},
    {"links": ["ftp://example.com/"]},
    {"links": ["javascript:alert(1)"]},
    {"links": ["file:///etc/passwd"]},
    {"links": ["data:text/html,x"]},
    {"links": ["//example.com"]},
    {"links": ["example.com"]},
    {"links": ["http://"]},
    {"links": [""]},
    {"links": [None]},
    {"links": ["https://example.com/" + "x" * 2100]},
    {"completed": None},
    {"completed": "true"},
    {"completed": 1},
    {"due_date": "1795305600"},
    {"owner": "janedoe"},
]


def test_refused_in_create_and_update(john: httpx2.Client) -> None:
    task = create(john)
    for fields in REFUSED:
        for answer in (
            john.post("/tasks", json={"title": "Buy milk"} | fields),
            john.put(f"/tasks/{task['id']}", json=fields),
        ):
            assert answer.status_code == 422, fields
            problem = answer.json()
            assert problem["code"] == "validation_error"
            assert problem["errors"][0]["loc"][:2] == ["body", *fields]
            assert problem["detail"].startswith(f"body.{next(iter(fields))}")
    assert john.get("/tasks").json() == [task]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_task_is_taken_as_it_was_read(john: httpx2.Client, method: str) -> None:
    task = create(john, links=["https://example.com/"], completed=True)
    answer = john.request(method, f"/tasks/{task['id']}", json=task | {"title": "Buy oat milk"})
    assert answer.status_code == 200, answer.text
    changed = {"title": "Buy oat milk", "version": 2, "updated_at": answer.json()["updated_at"]}
    assert answer.json() == task | changed


@pytest.mark.parametrize("name", ["id", "created_at", "updated_at", "completed_at", "version"])
def test_what_the_server_sets_changes_nothing(john: httpx2.Client, name: str) -> None:
    task = create(john)
    for value in ("06h08q0rf9qcv4e83s3ndg2tl8", 7, None, NOW):
        assert john.put(f"/tasks/{task['id']}", json={name: value}).json() == task
    assert john.post("/tasks", json={"title": "Buy milk", name: task[name]}).status_code == 422


def test_messages_are_for_people(john: httpx2.Client) -> None:
    answer = john.post("/tasks", json={"title": "Buy\nmilk", "links": ["ftp://example.com/"]})
    title, link = answer.json()["errors"]
    assert title["msg"] == "must not contain control characters or line breaks"
    assert link["loc"] == ["body", "links", 0]
    assert link["msg"] == "must be an http or https URL"


def test_links_are_a_list_in_what_a_client_is_told(john: httpx2.Client) -> None:
    [error] = john.post("/tasks", json={"title": "Buy milk", "links": "a"}).json()["errors"]
    assert (error["type"], error["msg"]) == ("list_type", "Input should be a valid list")


def test_links_may_not_be_null_in_a_new_task(john: httpx2.Client) -> None:
    assert john.post("/tasks", json={"title": "Buy milk", "links": None}).status_code == 422


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Buy oat milk"},
        {"description": "One litre"},
        {"description": None},
        {"due_date": "2027-01-01"},
        {"due_date": None},
        {"links": ["https://example.com/oats"]},
        {"links": []},
        {"completed": True},
        {"title": "Buy oat milk", "completed": True, "due_date": None},
    ],
    ids=str,
)
def test_only_the_fields_sent_change(
    john: httpx2.Client, clock: ManualClock, method: str, fields: dict[str, Any]
) -> None:
    before = create(
        john, description="Two litres", due_date="2026-12-24", links=["https://example.com/"]
    )
    clock.advance(1.5)
    answer = john.request(method, f"/tasks/{before['id']}", json=fields)
    assert answer.status_code == 200
    after = answer.json()
    assert answer.headers["ETag"] == '"2"'
    assert after["version"] == 2
    assert after["updated_at"] > before["updated_at"]
    changed = {"version", "updated_at", *fields} | (
        {"completed_at"} if "completed" in fields else set()
    )
    # The one is the short form of the other.
    changed |= {"due"} if "due_date" in fields else set()
    assert {name: after[name] for name in after.keys() - changed} == {
        name: before[name] for name in before.keys() - changed
    }
    assert fields.items() <= after.items()
    assert john.get(f"/tasks/{before['id']}").json() == after


def test_null_clears_the_links(john: httpx2.Client) -> None:
    task = create(john, links=["https://example.com/"])
    assert john.patch(f"/tasks/{task['id']}", json={"links": None}).json()["links"] == []


def test_no_field_no_change(john: httpx2.Client, clock: ManualClock) -> None:
    task = create(john)
    clock.advance(1)
    assert john.put(f"/tasks/{task['id']}", json={}).json() == task


def test_completing_and_reopening(john: httpx2.Client, clock: ManualClock) -> None:
    address = f"/tasks/{create(john)['id']}"
    clock.advance(1)
    completed = john.put(address, json={"completed": True}).json()
    assert completed["completed_at"] == completed["updated_at"]
    clock.advance(1)
    again = john.put(address, json={"completed": True}).json()
    assert again["completed_at"] == completed["completed_at"]
    reopened = john.put(address, json={"completed": False}).json()
    assert (reopened["completed"], reopened["completed_at"]) == (False, None)


def test_a_deleted_task_is_gone(john: httpx2.Client) -> None:
    address = f"/tasks/{create(john)['id']}"
    answer = john.delete(address)
    assert answer.status_code == 204
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        gone = john.request(method, address, json={} if method in {"PUT", "PATCH"} else None)
        assert gone.status_code == 404
    assert john.put(address, json={"title": "Back again"}).status_code == 404
    assert john.get(f"{address}/links").status_code == 404


def test_tasks_of_others_do_not_exist(john: httpx2.Client, jane: httpx2.Client) -> None:
    task = create(john)
    address = f"/tasks/{task['id']}"
    missing = jane.get(f"/tasks/{'0' * 26}").json() | {"instance": address}
    for answer in (
        jane.get(address),
        jane.put(address, json={"title": "Mine now"}),
        jane.patch(address, json={"completed": True}, headers={"If-Match": '"1"'}),
        jane.delete(address),
        jane.get(f"{address}/links"),
    ):
        assert answer.status_code == 404
        assert answer.json() | {"instance": address} == missing
    assert jane.get("/tasks").json() == []
    assert john.get(address).json() == task


MALFORMED = [
    "xyz",
    "0" * 25,
    "0" * 27,
    "0" * 25 + "1",
    "0" * 25 + "z",
    "06H08Q0RF9QCV4E83S3NDG2TL8",
    "0" * 5000,
    "%00",
    "%0A",
    "a%2Fb",
    "..%2Fusers%2Fme",
    "%E2%98%83",
    "%FF%FE",
    "%F0%9F%A5%9B",
    "%25",
    "%23",
    "x%3Fy",
    "ACCOUNT",
    "TASK%23" + "0" * 26,
    "0" * 26 + "%0A",
    "%20",
    "-1",
    "null",
    "undefined",
]


def test_malformed_ids(john: httpx2.Client) -> None:
    for task_id, method in product(MALFORMED, ("GET", "PUT", "DELETE")):
        body = {"completed": True} if method == "PUT" else None
        answer = john.request(method, f"/tasks/{task_id}", json=body)
        assert answer.status_code == 404, task_id
        assert answer.json()["code"] == "not_found"


def test_links_are_previewed(john: httpx2.Client) -> None:
    links = ["https://example.com/milk", "https://example.com/oats"]
    task = create(john, links=links)
    answer = john.get(f"/tasks/{task['id']}/links/")
    assert answer.status_code == 200
    assert answer.json() == [
        {"url": link, "status": 200, "title": "A page", "error": None} for link in links
    ]


def test_no_links_no_previews(john: httpx2.Client) -> None:
    assert john.get(f"/tasks/{create(john)['id']}/links").json() == []


def test_a_large_task_is_answered_whole(
    john: httpx2.Client, sign_up: Callable[..., httpx2.Client]
) -> None:
    link = "https://example.com/" + "x" * 2028
    task = create(john, description="🥛" * 1792, links=[link] * 4)
    assert john.get("/tasks").json() == [task]
    assert sign_up("jimdoe").get("/tasks").json() == []
