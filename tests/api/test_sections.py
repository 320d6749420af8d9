"""Sections of projects, and the tasks that stand in them."""

from typing import Any

import httpx2
import pytest

from errand.sections.model import SECTIONS_MAX
from errand_testkit.dynamo import FakeDynamo


@pytest.fixture
def home(john: httpx2.Client) -> str:
    """A project's id."""
    made: str = john.post("/projects", json={"name": "Home"}).json()["id"]
    return made


@pytest.fixture
def later(john: httpx2.Client, home: str) -> dict[str, Any]:
    """A section of it."""
    made: dict[str, Any] = john.post(f"/projects/{home}/sections", json={"name": "Later"}).json()
    return made


def _place(section: dict[str, Any]) -> str:
    return f"/projects/{section['project_id']}/sections/{section['id']}"


def _task(client: httpx2.Client, title: str, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = client.post("/tasks", json={"title": title} | fields).json()
    return made


def _titles(client: httpx2.Client, query: str) -> list[str]:
    return [task["title"] for task in client.get(f"/tasks?{query}").json()]


def test_section_is_made_read_changed_and_deleted(
    john: httpx2.Client, home: str, later: dict[str, Any]
) -> None:
    assert (later["name"], later["project_id"], later["version"]) == ("Later", home, 1)
    place = _place(later)
    assert john.get(place).json() == later
    assert john.get(f"/projects/{home}/sections").json() == [later]
    changed = john.patch(place, json={"name": "Some day"}).json()
    assert (changed["name"], changed["version"]) == ("Some day", 2)
    assert john.patch(place, json={"name": "x"}, headers={"If-Match": '"1"'}).status_code == 412
    assert john.delete(place, headers={"If-Match": '"1"'}).status_code == 412
    assert john.delete(place).status_code == 204
    for answer in (john.get(place), john.patch(place, json={}), john.delete(place)):
        assert answer.status_code == 404


def test_sections_are_listed_oldest_first_and_of_one_project(
    john: httpx2.Client, home: str, later: dict[str, Any]
) -> None:
    john.post("/projects/inbox/sections", json={"name": "Elsewhere"})
    second = john.post(f"/projects/{home}/sections", json={"name": "Soon"}).json()
    first = john.get(f"/projects/{home}/sections?limit=1")
    rest = john.get(first.links["next"]["url"])
    assert [*first.json(), *rest.json()] == [later, second]


def test_same_key_makes_one_section(john: httpx2.Client, home: str) -> None:
    path, headers = f"/projects/{home}/sections", {"Idempotency-Key": "1"}
    first, second = (john.post(path, json={"name": "A"}, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert first.headers["Location"] == _place(first.json())
    assert len(john.get(path).json()) == 1


def test_project_that_is_not_there_has_none(john: httpx2.Client, jane: httpx2.Client) -> None:
    hers = jane.post("/projects", json={"name": "Hers"}).json()["id"]
    for project_id in (hers, "0" * 26, "home"):
        path = f"/projects/{project_id}/sections"
        for answer in (john.get(path), john.post(path, json={"name": "A"}), john.get(f"{path}/x")):
            assert answer.status_code == 404


@pytest.mark.deep
def test_too_many_are_refused(john: httpx2.Client, home: str) -> None:
    path = f"/projects/{home}/sections"
    for number in range(SECTIONS_MAX):
        assert john.post(path, json={"name": f"S{number}"}).status_code == 201
    answer = john.post(path, json={"name": "One more"})
    assert answer.json()["detail"] == "A project has at most 50 sections"
    assert john.delete(f"/projects/{home}").status_code == 204


def test_task_in_a_section_is_in_its_project(
    john: httpx2.Client, home: str, later: dict[str, Any]
) -> None:
    task = _task(john, "Mow the lawn", project_id=home, section_id=later["id"])
    assert (task["project_id"], task["section_id"]) == (home, later["id"])
    _task(john, "Buy milk", project_id=home)
    assert _titles(john, f"project_id={home}") == ["Buy milk", "Mow the lawn"]
    assert _titles(john, f"project_id={home}&section_id={later['id']}") == ["Mow the lawn"]
    moved = john.patch(f"/tasks/{task['id']}", json={"section_id": None}).json()
    assert (moved["project_id"], moved["section_id"]) == (home, None)
    assert _titles(john, f"project_id={home}&section_id={later['id']}") == []


def test_section_is_one_of_the_project(john: httpx2.Client, later: dict[str, Any]) -> None:
    task = _task(john, "Buy milk")
    place = f"/tasks/{task['id']}"
    for answer in (
        john.post("/tasks", json={"title": "Buy milk", "section_id": later["id"]}),
        john.patch(place, json={"section_id": later["id"]}),
        john.patch(place, json={"section_id": "0" * 26}),
    ):
        assert (answer.status_code, answer.json()["detail"]) == (
            404,
            "Section not found in the project",
        )
    assert john.get(f"/tasks?section_id={later['id']}").status_code == 422


def test_task_that_goes_to_another_project_leaves_its_section(
    john: httpx2.Client, home: str, later: dict[str, Any]
) -> None:
    task = _task(john, "Mow the lawn", project_id=home, section_id=later["id"])
    # Also if it is sent as it was read.
    moved = john.put(f"/tasks/{task['id']}", json=task | {"project_id": "inbox"}).json()
    assert (moved["project_id"], moved["section_id"]) == ("inbox", None)


def test_section_with_open_tasks_stays(
    john: httpx2.Client, home: str, later: dict[str, Any]
) -> None:
    task = _task(john, "Mow the lawn", project_id=home, section_id=later["id"])
    answer = john.delete(_place(later))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_empty")
    assert john.delete(f"/projects/{home}").status_code == 409
    john.post(f"/tasks/{task['id']}/complete")
    assert john.delete(_place(later)).status_code == 204


def test_section_with_an_open_part_of_a_task_that_is_done_stays(
    john: httpx2.Client, later: dict[str, Any]
) -> None:
    where = {"project_id": later["project_id"], "section_id": later["id"]}
    elsewhere = _task(john, "Trip", project_id=later["project_id"])
    _task(john, "Pack", parent_id=elsewhere["id"])
    lawn = _task(john, "Mow the lawn", **where)
    part = _task(john, "Fetch the mower", parent_id=lawn["id"])
    john.post(f"/tasks/{lawn['id']}/complete")
    john.patch(f"/tasks/{part['id']}", json={"completed": False})
    assert john.delete(_place(later)).status_code == 409
    john.post(f"/tasks/{part['id']}/complete")
    assert john.delete(_place(later)).status_code == 204


def test_project_goes_with_its_sections(
    john: httpx2.Client, home: str, dynamodb: FakeDynamo
) -> None:
    for name in ("A", "B"):
        john.post(f"/projects/{home}/sections", json={"name": name})
    john.delete(f"/projects/{home}")
    assert [item for item in dynamodb.all() if item["sk"]["S"].startswith("SECTION#")] == []


def test_quick_add_and_filters_know_sections(
    john: httpx2.Client, home: str, later: dict[str, Any]
) -> None:
    added = john.post("/tasks/quick", json={"text": "Mow the lawn #home/later"}).json()
    assert (added["title"], added["project_id"], added["section_id"]) == (
        "Mow the lawn",
        home,
        later["id"],
    )
    _task(john, "Buy milk", project_id=home)
    for text, titles in (("/later", ["Mow the lawn"]), ("#home & /none", ["Buy milk"])):
        found = john.get("/tasks", params={"filter": text})
        assert [task["title"] for task in found.json()] == titles, found.text
