"""GET /tasks?filter=: what is meant, page by page, and what is told of a filter that is none."""

from typing import Any

import httpx2
import pytest

from errand_testkit.dynamo import FakeDynamo


@pytest.fixture
def _tasks(john: httpx2.Client) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    for fields in (
        {"title": "Pay rent", "due_date": "2026-11-20", "priority": 1, "project_id": home},
        {"title": "Call the bank", "due_date": "2026-11-22", "priority": 2},
        {"title": "Mow the lawn", "project_id": home},
        {"title": "Pay taxes", "description": "x" * 800 + " the RÉNT too", "priority": 2},
        {"title": "Done", "completed": True, "priority": 1},
    ):
        assert john.post("/tasks", json=fields).status_code == 201


def _titles(client: httpx2.Client, text: str, **more: Any) -> list[str]:
    answer = client.get("/tasks", params={"filter": text, **more})
    assert answer.status_code == 200, answer.text
    return [task["title"] for task in answer.json()]


@pytest.mark.usefixtures("_tasks")
@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("overdue", ["Pay rent"]),
        ("due < tomorrow & priority <= 2 & !completed", ["Call the bank", "Pay rent"]),
        ("#home", ["Mow the lawn", "Pay rent"]),
        ("#home & priority = 1", ["Pay rent"]),
        ('text ~ "rent"', ["Pay taxes", "Pay rent"]),
        ('text ~ "rent" & open & #inbox', ["Pay taxes"]),
        ("completed", ["Done"]),
        ("priority = 1", ["Done", "Pay rent"]),
        ("priority < 1 | priority > 4", []),
        ("open & completed", []),
    ],
)
def test_list_has_what_is_meant(john: httpx2.Client, text: str, titles: list[str]) -> None:
    assert _titles(john, text) == titles
    assert _titles(john, text, order="asc") == titles[::-1]


@pytest.mark.parametrize(
    "text",
    ["completed", "!open", "completed_at != none", "completed_at <= now", "completed & priority=4"],
)
def test_completed_occurrences_are_among_completed_ones(john: httpx2.Client, text: str) -> None:
    daily = {"title": "Water", "due_date": "2026-11-22", "recurrence": {"rule": "FREQ=DAILY"}}
    task = john.post("/tasks", json=daily).json()["id"]
    for _ in range(2):
        john.post(f"/tasks/{task}/complete")
    john.post("/tasks", json={"title": "Done", "completed": True})
    assert sorted(_titles(john, text)) == ["Done", "Water", "Water"]
    assert _titles(john, "title ~ water") == ["Water"]


def test_what_is_deleted_is_no_label_and_no_section(john: httpx2.Client) -> None:
    section = john.post("/projects/inbox/sections", json={"name": "Later"}).json()["id"]
    john.post("/projects/inbox/sections", json={"name": "Now"})
    task = {"title": "Pay rent", "labels": ["bank"], "section_id": section, "completed": True}
    john.post("/tasks", json=task)
    assert _titles(john, "@none | /none") == []
    for label in john.get("/labels").json():
        john.delete(f"/labels/{label['id']}")
    assert john.delete(f"/projects/inbox/sections/{section}").status_code == 204
    assert _titles(john, "@none & /none") == ["Pay rent"]
    assert _titles(john, "!@none | !/none") == []


@pytest.mark.usefixtures("_tasks")
def test_pages_go_on_behind_what_was_shown(john: httpx2.Client) -> None:
    found, url = [], "/tasks?filter=open&limit=1"
    while url:
        answer = john.get(url)
        found += [task["title"] for task in answer.json()]
        assert len(answer.json()) <= 1
        url = answer.links.get("next", {}).get("url", "")
    assert found == ["Pay taxes", "Mow the lawn", "Call the bank", "Pay rent"]


@pytest.mark.deep
def test_much_that_is_not_meant_makes_an_empty_page_and_bounded_reads(
    john: httpx2.Client, dynamodb: FakeDynamo
) -> None:
    task = john.post("/tasks", json={"title": "Pay rent"}).json()
    table = dynamodb.items["DataTable"]
    [key] = [key for key in table if key[1].startswith("TASK#")]
    for number in range(4000):
        sk = f"TASK#0{number:025}"
        new = {"sk": {"S": sk}, "vs": {"S": f"o0{number:025}"}}
        new["h"] = {"M": table[key]["h"]["M"] | {"t": {"S": "Mow the lawn"}}}
        table[key[0], sk] = table[key] | new
    dynamodb.operations.clear()
    answer = john.get("/tasks", params={"filter": 'open & title ~ "rent"', "order": "asc"})
    assert (answer.status_code, answer.json()) == (200, [])
    assert dynamodb.operations.count("Query") <= 11
    rest = john.get(answer.links["next"]["url"])
    assert [one["id"] for one in rest.json()] == [task["id"]]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("due <", "filter: at 5: expected"),
        ("#nowhere", "filter: at 0: there is no project #nowhere"),
        ("@bank", "filter: at 0: there is no label @bank"),
        ("", "filter: at 0: expected"),
    ],
)
def test_what_is_wrong_is_told(john: httpx2.Client, text: str, detail: str) -> None:
    answer = john.get("/tasks", params={"filter": text})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert detail in answer.json()["detail"]


def test_projects_of_others_are_not_known(john: httpx2.Client, jane: httpx2.Client) -> None:
    jane.post("/projects", json={"name": "Secret"})
    answer = john.get("/tasks", params={"filter": "#secrte"})
    assert "Secret" not in answer.text


@pytest.mark.usefixtures("_tasks")
def test_cursor_is_of_one_filter(john: httpx2.Client) -> None:
    url = john.get("/tasks?filter=open&limit=1").links["next"]["url"]
    answer = john.get(url.replace("filter=open", "filter=overdue"))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")
