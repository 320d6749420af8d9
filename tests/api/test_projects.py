"""Projects, and the tasks in them."""

from typing import Any

import httpx2
import pytest

from errand.projects.model import PROJECTS_MAX
from errand_testkit.dynamo import FakeDynamo


@pytest.fixture
def home(john: httpx2.Client) -> dict[str, Any]:
    made: dict[str, Any] = john.post("/projects", json={"name": "Home", "colour": "#2A9D8F"}).json()
    return made


def _titles(client: httpx2.Client, project_id: str) -> list[str]:
    return [task["title"] for task in client.get(f"/tasks?project_id={project_id}").json()]


def test_project_is_made_read_changed_and_deleted(
    john: httpx2.Client, home: dict[str, Any]
) -> None:
    assert (home["name"], home["colour"], home["archived"]) == ("Home", "#2a9d8f", False)
    place = f"/projects/{home['id']}"
    assert john.get(place).json() == home
    changed = john.patch(place, json={"name": "House", "colour": None}).json()
    assert (changed["name"], changed["colour"], changed["version"]) == ("House", None, 2)
    assert john.patch(place, json={}).json() == changed
    assert john.patch(place, json={"name": "x"}, headers={"If-Match": '"1"'}).status_code == 412
    assert john.delete(place, headers={"If-Match": '"1"'}).status_code == 412
    assert john.delete(place).status_code == 204
    for answer in (john.get(place), john.patch(place, json={}), john.delete(place)):
        assert answer.status_code == 404


def test_projects_are_listed_oldest_first(john: httpx2.Client, home: dict[str, Any]) -> None:
    second = john.post("/projects", json={"name": "Work"}).json()
    first = john.get("/projects?limit=1")
    rest = john.get(first.links["next"]["url"])
    assert [*first.json(), *rest.json()] == [home, second]


def test_same_key_makes_one_project(john: httpx2.Client) -> None:
    made = [
        john.post("/projects", json={"name": "Home"}, headers={"Idempotency-Key": "1"}).json()
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert len(john.get("/projects").json()) == 1


def test_task_is_in_the_inbox_unless_told_otherwise(
    john: httpx2.Client, home: dict[str, Any]
) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    assert task["project_id"] == "inbox"
    assert (_titles(john, "inbox"), _titles(john, home["id"])) == (["Buy milk"], [])
    moved = john.patch(f"/tasks/{task['id']}", json={"project_id": home["id"]})
    assert moved.json()["project_id"] == home["id"]
    assert (_titles(john, "inbox"), _titles(john, home["id"])) == ([], ["Buy milk"])


def test_list_of_a_project_has_its_open_tasks(john: httpx2.Client, home: dict[str, Any]) -> None:
    new = {"project_id": home["id"]}
    tasks = [john.post("/tasks", json={"title": f"Task {n}"} | new).json() for n in range(3)]
    john.post(f"/tasks/{tasks[1]['id']}/complete")
    assert _titles(john, home["id"]) == ["Task 0", "Task 2"]
    path = f"/tasks?project_id={home['id']}&order=desc&limit=1"
    assert [task["title"] for task in john.get(path).json()] == ["Task 2"]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_task_is_in_no_project_that_is_not_there(
    john: httpx2.Client, jane: httpx2.Client, method: str
) -> None:
    hers = jane.post("/projects", json={"name": "Hers"}).json()["id"]
    task = john.post("/tasks", json={"title": "Buy milk"}).json()["id"]
    path = "/tasks" if method == "POST" else f"/tasks/{task}"
    for project_id in (hers, "0" * 26):
        body = {"title": "Buy milk", "project_id": project_id}
        answer = john.request(method, path, json=body)
        assert (answer.status_code, answer.json()["detail"]) == (404, "Project not found")


def test_project_with_open_tasks_stays(john: httpx2.Client, home: dict[str, Any]) -> None:
    task = john.post("/tasks", json={"title": "Buy milk", "project_id": home["id"]}).json()
    refused = john.delete(f"/projects/{home['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_empty")
    john.post(f"/tasks/{task['id']}/complete")
    assert john.delete(f"/projects/{home['id']}").status_code == 204
    assert john.get(f"/tasks/{task['id']}").json()["project_id"] == home["id"]


def test_inbox_is_no_project_to_change(john: httpx2.Client) -> None:
    for answer in (
        john.get("/projects/inbox"),
        john.patch("/projects/inbox", json={"name": "x"}),
        john.delete("/projects/inbox"),
    ):
        assert answer.status_code == 404


def test_others_see_nothing_of_it(jane: httpx2.Client, home: dict[str, Any]) -> None:
    assert jane.get("/projects").json() == []
    assert jane.get(f"/projects/{home['id']}").status_code == 404
    assert _titles(jane, home["id"]) == []


def test_account_has_so_many_projects_and_no_more(
    john: httpx2.Client, home: dict[str, Any], dynamodb: FakeDynamo
) -> None:
    table = dynamodb.items["DataTable"]
    [key] = [key for key in table if key[1].startswith("PROJECT#")]
    for number in range(PROJECTS_MAX - 2):
        sk = f"PROJECT#{number:026}"
        table[key[0], sk] = table[key] | {"sk": {"S": sk}}
    headers = {"Idempotency-Key": "1"}
    made = john.post("/projects", json={"name": "Last"}, headers=headers)
    assert made.status_code == 201
    refused = john.post("/projects", json={"name": "One more"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert john.post("/projects", json={"name": "Last"}, headers=headers).json() == made.json()
    del home


@pytest.mark.parametrize("by", ["PATCH", "DELETE"])
def test_who_is_faster_counts(
    john: httpx2.Client, home: dict[str, Any], dynamodb: FakeDynamo, by: str
) -> None:
    place = f"/projects/{home['id']}"
    dynamodb.interferences.append(lambda: john.patch(place, json={"colour": "#000000"}))
    answer = john.request(by, place, json={"name": "House"} if by == "PATCH" else None)
    if by == "PATCH":
        assert (answer.json()["name"], answer.json()["colour"]) == ("House", "#000000")
    else:
        assert answer.status_code == 204


# --------------------------------------------------------------------------- projects in projects


def _project(client: httpx2.Client, name: str, **fields: Any) -> str:
    answer = client.post("/projects", json={"name": name} | fields)
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


def test_project_is_a_part_of_another(john: httpx2.Client, home: dict[str, Any]) -> None:
    garden = _project(john, "Garden", parent_id=home["id"], order=2)
    told = john.get(f"/projects/{garden}").json()
    assert (told["parent_id"], told["order"]) == (home["id"], 2)
    refused = john.delete(f"/projects/{home['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_empty")
    john.patch(f"/projects/{garden}", json={"parent_id": None})
    assert john.delete(f"/projects/{home['id']}").status_code == 204


def test_parent_is_one_of_ones_own(
    john: httpx2.Client, jane: httpx2.Client, home: dict[str, Any]
) -> None:
    mine = _project(jane, "Mine")
    for answer in (
        jane.post("/projects", json={"name": "Garden", "parent_id": home["id"]}),
        jane.patch(f"/projects/{mine}", json={"parent_id": home["id"]}),
    ):
        assert (answer.status_code, answer.json()["detail"]) == (404, "Parent project not found")
    assert john.get("/projects").json() == [home]


def test_project_is_no_part_of_itself_nor_too_deep(john: httpx2.Client) -> None:
    levels = [_project(john, "Level 1")]
    for level in range(2, 6):
        levels.append(_project(john, f"Level {level}", parent_id=levels[-1]))
    answer = john.post("/projects", json={"name": "Level 6", "parent_id": levels[-1]})
    assert answer.json()["detail"] == "Projects are at most 5 levels deep"
    for parent in levels:
        answer = john.patch(f"/projects/{levels[0]}", json={"parent_id": parent})
        assert answer.json()["detail"] == "A project cannot be a part of itself"
    other = _project(john, "Other")
    _project(john, "Below", parent_id=other)
    assert john.patch(f"/projects/{other}", json={"parent_id": levels[3]}).status_code == 422
    assert john.patch(f"/projects/{other}", json={"parent_id": levels[2]}).status_code == 200


def test_two_moves_at_once_make_no_circle(john: httpx2.Client, dynamodb: FakeDynamo) -> None:
    one, other = _project(john, "One"), _project(john, "Other")
    below_one = _project(john, "Below one", parent_id=one)
    below_other = _project(john, "Below other", parent_id=other)
    dynamodb.interferences.append(
        lambda: john.patch(f"/projects/{other}", json={"parent_id": below_one})
    )
    answer = john.patch(f"/projects/{one}", json={"parent_id": below_other})
    assert answer.json()["detail"] == "A project cannot be a part of itself"


@pytest.mark.parametrize(
    ("method", "body", "status"), [("PATCH", {"name": "House"}, 201), ("DELETE", None, 404)]
)
def test_project_is_made_in_one_that_is_changed_meanwhile(
    john: httpx2.Client,
    dynamodb: FakeDynamo,
    method: str,
    body: dict[str, Any] | None,
    status: int,
) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    dynamodb.interferences.append(lambda: john.request(method, f"/projects/{home}", json=body))
    answer = john.post("/projects", json={"name": "Garden", "parent_id": home})
    assert answer.status_code == status
    names = {project["name"] for project in john.get("/projects").json()}
    assert names == ({"House", "Garden"} if body else set())
