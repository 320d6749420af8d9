"""Tasks that are parts of tasks, and what happens to them with the task above."""

from typing import Any

import httpx2
import pytest
from botocore.exceptions import ReadTimeoutError

from errand.tasks.tree import DEPTH_MAX, SUBTASKS_MAX, TWICE_AT_ONCE
from errand_testkit.dynamo import FakeDynamo

DAILY = {"due_date": "2026-11-22", "recurrence": {"rule": "FREQ=DAILY"}}


def _task(client: httpx2.Client, title: str, **fields: Any) -> str:
    answer = client.post("/tasks", json={"title": title} | fields)
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


def _read(client: httpx2.Client, task_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/tasks/{task_id}").json()
    return found


def _done(client: httpx2.Client) -> set[str]:
    """Titles of all that is completed."""
    return {task["title"] for task in client.get("/tasks?completed=true&limit=100").json()}


@pytest.fixture
def trip(john: httpx2.Client) -> dict[str, str]:
    """Title to id: a trip, of which packing and booking are parts; socks are a part of packing."""
    trip = _task(john, "Trip")
    packing = _task(john, "Pack", parent_id=trip)
    return {
        "Trip": trip,
        "Pack": packing,
        "Book": _task(john, "Book", parent_id=trip),
        "Socks": _task(john, "Socks", parent_id=packing),
    }


def test_subtask_is_where_its_parent_is(john: httpx2.Client) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    section = john.post(f"/projects/{home}/sections", json={"name": "Later"}).json()["id"]
    lawn = _task(john, "Mow the lawn", project_id=home, section_id=section)
    fetch = _read(john, _task(john, "Fetch the mower", parent_id=lawn))
    assert (fetch["project_id"], fetch["section_id"], fetch["parent_id"]) == (home, section, lawn)
    elsewhere = {"title": "Fetch it", "parent_id": lawn, "project_id": "inbox"}
    assert john.post("/tasks", json=elsewhere).status_code == 422
    listed = john.get(f"/tasks?project_id={home}").json()
    assert [task["title"] for task in listed] == ["Mow the lawn", "Fetch the mower"]


def test_subtasks_are_listed_in_their_order(john: httpx2.Client, trip: dict[str, str]) -> None:
    path = f"/tasks?parent_id={trip['Trip']}"
    assert [task["title"] for task in john.get(path).json()] == ["Pack", "Book"]
    john.post(f"/tasks/{trip['Book']}/move", json={"before": trip["Pack"]})
    assert [task["title"] for task in john.get(path).json()] == ["Book", "Pack"]
    moved = _read(john, trip["Book"])
    assert moved["parent_id"] == trip["Trip"]
    assert john.get(f"/tasks?parent_id={'0' * 26}").status_code == 404


def test_filters_know_subtasks(john: httpx2.Client, trip: dict[str, str]) -> None:
    assert trip
    for text, titles in (
        ("subtask", {"Pack", "Book", "Socks"}),
        ("!subtask", {"Trip"}),
        ("#inbox & open", {"Trip", "Pack", "Book", "Socks"}),
    ):
        found = john.get("/tasks", params={"filter": text}).json()
        assert {task["title"] for task in found} == titles


def test_parent_is_one_of_ones_own(
    john: httpx2.Client, jane: httpx2.Client, trip: dict[str, str]
) -> None:
    for parent_id in (trip["Trip"], "0" * 26):
        answer = jane.post("/tasks", json={"title": "Mine", "parent_id": parent_id})
        assert (answer.status_code, answer.json()["detail"]) == (404, "Parent task not found")
    deleted = _task(john, "Gone")
    john.delete(f"/tasks/{deleted}")
    assert john.post("/tasks", json={"title": "Orphan", "parent_id": deleted}).status_code == 404


def test_depth_ends(john: httpx2.Client) -> None:
    parent = root = _task(john, "Level 0")
    for level in range(1, DEPTH_MAX + 1):
        parent = _task(john, f"Level {level}", parent_id=parent)
    answer = john.post("/tasks", json={"title": "Deeper", "parent_id": parent})
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "Subtasks are at most 5 levels deep",
    )
    # Neither can a task with something below it be moved so deep.
    other = _task(john, "Other")
    _task(john, "Below", parent_id=other)
    parents = john.get(f"/tasks?parent_id={root}").json()
    for level in range(1, DEPTH_MAX - 1):
        parents = john.get(f"/tasks?parent_id={parents[0]['id']}").json()
        assert parents[0]["title"] == f"Level {level + 1}"
    deepest_but_one = parents[0]["id"]
    assert john.patch(f"/tasks/{other}", json={"parent_id": deepest_but_one}).status_code == 422


@pytest.mark.deep
def test_tree_has_an_end(john: httpx2.Client, dynamodb: FakeDynamo) -> None:
    root = _task(john, "Root")
    for number in range(SUBTASKS_MAX):
        _task(john, f"Part {number}", parent_id=root)
    answer = john.post("/tasks", json={"title": "One more", "parent_id": root})
    assert answer.json()["detail"] == "A task has at most 90 subtasks in all"
    # All that there can be is completed, reopened, moved, deleted and restored.
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    assert john.post(f"/tasks/{root}/complete").status_code == 200
    assert len(_done(john)) == SUBTASKS_MAX + 1
    john.patch(f"/tasks/{root}", json={"completed": False})
    assert _done(john) == set()
    assert john.post(f"/tasks/{root}/move", json={"project_id": home}).status_code == 200
    assert john.get("/tasks?project_id=inbox").json() == []
    assert john.delete(f"/tasks/{root}").status_code == 204
    assert john.get("/tasks").json() == []
    assert john.post(f"/trash/{root}/restore").status_code == 200
    assert len(john.get("/tasks?limit=100").json()) == SUBTASKS_MAX + 1
    john.delete(f"/tasks/{root}")
    assert john.delete(f"/trash/{root}").status_code == 204
    assert [item for item in dynamodb.all() if item["sk"]["S"].startswith("TRASH#")] == []


def test_task_is_no_part_of_itself(john: httpx2.Client, trip: dict[str, str]) -> None:
    for parent in ("Trip", "Pack", "Socks"):
        answer = john.patch(f"/tasks/{trip['Trip']}", json={"parent_id": trip[parent]})
        assert (answer.status_code, answer.json()["detail"]) == (
            422,
            "A task cannot be a part of itself",
        )


def test_two_moves_at_once_make_no_circle(john: httpx2.Client, dynamodb: FakeDynamo) -> None:
    one, other = _task(john, "One"), _task(john, "Other")

    def move() -> None:
        moved = john.patch(f"/tasks/{other}", json={"parent_id": one})
        assert moved.status_code == 200

    dynamodb.interferences.append(move)
    answer = john.patch(f"/tasks/{one}", json={"parent_id": other})
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "A task cannot be a part of itself",
    )
    assert (_read(john, one)["parent_id"], _read(john, other)["parent_id"]) == (None, one)


@pytest.mark.parametrize("interfering", ["complete", "delete", "move", "add"])
def test_what_comes_below_meanwhile_is_not_forgotten(
    john: httpx2.Client, dynamodb: FakeDynamo, trip: dict[str, str], interfering: str
) -> None:
    """A part of packing is added between reading the tree and writing it."""
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    dynamodb.interferences.append(lambda: _task(john, "Shirts", parent_id=trip["Pack"]) and None)
    place = f"/tasks/{trip['Trip']}"
    if interfering == "complete":
        assert john.post(f"{place}/complete").status_code == 200
        assert _done(john) == {"Trip", "Pack", "Book", "Socks", "Shirts"}
    elif interfering == "delete":
        assert john.delete(place).status_code == 204
        assert len(john.get("/trash").json()) == 5
    elif interfering == "move":
        assert john.patch(place, json={"project_id": home}).status_code == 200
        assert len(john.get(f"/tasks?project_id={home}").json()) == 5
    else:
        _task(john, "Hats", parent_id=trip["Pack"])
        assert len(john.get(f"/tasks?parent_id={trip['Pack']}").json()) == 3


# --------------------------------------------------------------------- completing and reopening


def test_parent_is_completed_with_all_below_it(john: httpx2.Client, trip: dict[str, str]) -> None:
    done = john.patch(f"/tasks/{trip['Trip']}", json={"completed": True}).json()
    assert _done(john) == set(trip)
    assert _read(john, trip["Socks"])["completed_at"] == done["completed_at"]


def test_part_is_completed_by_itself(john: httpx2.Client, trip: dict[str, str]) -> None:
    john.post(f"/tasks/{trip['Pack']}/complete")
    assert _done(john) == {"Pack", "Socks"}


def test_reopened_they_are_in_the_inbox_if_their_project_is_gone(john: httpx2.Client) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    lawn = _task(john, "Mow the lawn", project_id=home)
    fetch = _task(john, "Fetch the mower", parent_id=lawn)
    before = _task(john, "Buy it", parent_id=lawn)
    for task in (before, lawn):
        john.patch(f"/tasks/{task}", json={"completed": True})
    assert john.delete(f"/projects/{home}").status_code == 204
    john.patch(f"/tasks/{lawn}", json={"completed": False})
    john.patch(f"/tasks/{before}", json={"completed": False})
    found = john.get("/tasks?view=inbox").json()
    assert {task["id"] for task in found} == {lawn, fetch, before}
    assert [task["parent_id"] for task in found if task["id"] != lawn] == [lawn, lawn]


def test_reopened_it_is_in_no_section_if_that_is_gone(john: httpx2.Client) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    section = john.post(f"/projects/{home}/sections", json={"name": "Later"}).json()["id"]
    kept = john.post(f"/projects/{home}/sections", json={"name": "Now"}).json()["id"]
    places = (section, kept)
    tasks = [_task(john, "Mow the lawn", project_id=home, section_id=one) for one in places]
    for task in tasks:
        john.patch(f"/tasks/{task}", json={"completed": True})
    assert john.delete(f"/projects/{home}/sections/{section}").status_code == 204
    for task in tasks:
        john.patch(f"/tasks/{task}", json={"completed": False})
    found = [_read(john, task) for task in tasks]
    assert [(one["project_id"], one["section_id"]) for one in found] == [(home, None), (home, kept)]


def test_those_that_were_done_with_it_are_reopened_with_it(
    john: httpx2.Client, trip: dict[str, str], clock: Any
) -> None:
    john.post(f"/tasks/{trip['Book']}/complete")
    clock.advance(seconds=5)
    john.post(f"/tasks/{trip['Trip']}/complete")
    john.patch(f"/tasks/{trip['Trip']}", json={"completed": False})
    assert _done(john) == {"Book"}


def test_part_that_comes_again_is_done_for_ever_with_its_parent(john: httpx2.Client) -> None:
    trip = _task(john, "Trip")
    _task(john, "Stretch", parent_id=trip, **DAILY)
    john.post(f"/tasks/{trip}/complete")
    assert _done(john) == {"Trip", "Stretch"}


@pytest.mark.parametrize("way", ["PATCH", "POST"])
def test_parts_of_what_comes_again_are_to_be_done_again(john: httpx2.Client, way: str) -> None:
    clean = _task(john, "Clean", **DAILY)
    for title in ("Floor", "Windows"):
        _task(john, title, parent_id=clean)
    floor, windows = (task["id"] for task in john.get(f"/tasks?parent_id={clean}").json())
    john.post(f"/tasks/{floor}/complete")
    before = _read(john, floor)
    if way == "POST":
        john.post(f"/tasks/{clean}/complete")
    else:
        john.patch(f"/tasks/{clean}", json={"completed": True})
    assert _read(john, clean)["due_date"] == "2026-11-23"
    assert _done(john) == set()
    # What is undone is as it was, also below.
    [completion] = john.get(f"/tasks/{clean}/completions").json()
    john.delete(f"/tasks/{clean}/completions/{completion['completion_id']}")
    assert _read(john, floor)["completed_at"] == before["completed_at"]
    assert _read(john, windows)["completed"] is False


# --------------------------------------------------------------------------------------- moving


def test_parts_go_where_their_task_goes(john: httpx2.Client, trip: dict[str, str]) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    section = john.post(f"/projects/{home}/sections", json={"name": "Later"}).json()["id"]
    moved = john.post(
        f"/tasks/{trip['Trip']}/move", json={"project_id": home, "section_id": section}
    )
    assert moved.status_code == 200
    for task_id in trip.values():
        task = _read(john, task_id)
        assert (task["project_id"], task["section_id"]) == (home, section)
    assert john.get("/tasks?project_id=inbox").json() == []


def test_part_becomes_a_task_of_its_own_with_what_is_below_it(
    john: httpx2.Client, trip: dict[str, str]
) -> None:
    john.patch(f"/tasks/{trip['Pack']}", json={"parent_id": None})
    john.delete(f"/tasks/{trip['Trip']}")
    assert {task["title"] for task in john.get("/tasks").json()} == {"Pack", "Socks"}
    john.post(f"/tasks/{trip['Pack']}/complete")
    assert _done(john) == {"Pack", "Socks"}


def test_task_with_parts_becomes_a_part(john: httpx2.Client, trip: dict[str, str]) -> None:
    holidays = _task(john, "Holidays")
    john.patch(f"/tasks/{trip['Trip']}", json={"parent_id": holidays})
    john.post(f"/tasks/{holidays}/complete")
    assert _done(john) == {*trip, "Holidays"}


def test_part_is_moved_to_another_task(john: httpx2.Client, trip: dict[str, str]) -> None:
    other = _task(john, "Move out")
    john.post(f"/tasks/{trip['Pack']}/move", json={"parent_id": other})
    john.post(f"/tasks/{trip['Trip']}/complete")
    assert _done(john) == {"Trip", "Book"}
    john.delete(f"/tasks/{other}")
    assert {task["title"] for task in john.get("/trash").json()} == {"Move out", "Pack", "Socks"}


def test_task_as_it_was_read_stays_where_it_is(john: httpx2.Client, trip: dict[str, str]) -> None:
    task = _read(john, trip["Socks"])
    sent = john.put(f"/tasks/{trip['Socks']}", json=task | {"title": "Red socks"}).json()
    assert sent | {"title": "Socks", "version": 1, "updated_at": task["updated_at"]} == task


def test_task_is_moved_and_completed_at_once_with_all_below(
    john: httpx2.Client, trip: dict[str, str]
) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    both = {"project_id": home, "completed": True}
    assert john.patch(f"/tasks/{trip['Trip']}", json=both).status_code == 200
    assert {_read(john, task_id)["project_id"] for task_id in trip.values()} == {home}
    assert _done(john) == {*trip}


# ------------------------------------------------------------------------ deleting and restoring


def test_parent_is_deleted_and_restored_with_all_below_it(
    john: httpx2.Client, trip: dict[str, str]
) -> None:
    before = {title: _read(john, task_id) for title, task_id in trip.items()}
    john.delete(f"/tasks/{trip['Trip']}")
    assert john.get("/tasks").json() == []
    trash = {task["title"]: task["deleted_with"] for task in john.get("/trash").json()}
    assert trash == {
        "Trip": None,
        "Pack": trip["Trip"],
        "Book": trip["Trip"],
        "Socks": trip["Trip"],
    }
    assert john.post(f"/trash/{trip['Trip']}/restore").status_code == 200
    for title, task in before.items():
        now = _read(john, trip[title])
        assert now | {"version": 1, "updated_at": task["updated_at"]} == task
    assert john.get("/trash").json() == []
    john.post(f"/tasks/{trip['Trip']}/complete")
    assert _done(john) == set(trip)


def test_part_is_deleted_and_comes_back_below_its_parent(
    john: httpx2.Client, trip: dict[str, str]
) -> None:
    john.delete(f"/tasks/{trip['Pack']}")
    assert [task["title"] for task in john.get("/tasks").json()] == ["Book", "Trip"]
    restored = john.post(f"/trash/{trip['Pack']}/restore").json()
    assert restored["parent_id"] == trip["Trip"]
    john.post(f"/tasks/{trip['Trip']}/complete")
    assert _done(john) == set(trip)


def test_part_whose_parent_is_gone_comes_back_by_itself(
    john: httpx2.Client, trip: dict[str, str]
) -> None:
    john.delete(f"/tasks/{trip['Trip']}")
    restored = john.post(f"/trash/{trip['Pack']}/restore").json()
    assert restored["parent_id"] is None
    # What was below it is restored with the task that all were deleted with.
    john.post(f"/trash/{trip['Trip']}/restore")
    assert {task["title"] for task in john.get("/tasks").json()} == set(trip)
    # Its own parent is not among them, so that it is a part of what is.
    assert _read(john, trip["Socks"])["parent_id"] == trip["Trip"]
    john.post(f"/tasks/{trip['Trip']}/complete")
    assert _done(john) == {"Trip", "Book", "Socks"}


def test_parts_whose_restoring_was_broken_off_are_free_when_their_task_is_gone_for_good(
    john: httpx2.Client, dynamodb: FakeDynamo, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = _task(john, "Root")
    for number in range(TWICE_AT_ONCE + 2):
        _task(john, f"Part {number}", parent_id=root)
    john.delete(f"/tasks/{root}")

    def fail() -> None:
        dynamodb.interferences = [fail]
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    # What counts the account's writes, and the first of the parts, go through.
    dynamodb.interferences = [lambda: None, lambda: None, fail]
    monkeypatch.setattr("time.sleep", lambda _: None)
    assert john.post(f"/trash/{root}/restore").status_code == 503
    dynamodb.interferences = []
    assert john.delete(f"/trash/{root}").status_code == 204
    one, other = (task["id"] for task in john.get("/tasks").json())
    assert john.patch(f"/tasks/{one}", json={"parent_id": None}).status_code == 200
    assert john.delete(f"/tasks/{other}").status_code == 204


def test_part_for_which_there_is_no_room_any_more_comes_back_by_itself(
    john: httpx2.Client,
) -> None:
    levels = [_task(john, "Level 0")]
    for level in range(1, DEPTH_MAX + 1):
        levels.append(_task(john, f"Level {level}", parent_id=levels[-1]))
    deepest = levels[-1]
    john.delete(f"/tasks/{deepest}")
    above = _task(john, "Above")
    john.patch(f"/tasks/{levels[0]}", json={"parent_id": above})
    restored = john.post(f"/trash/{deepest}/restore")
    assert (restored.status_code, restored.json()["parent_id"]) == (200, None)


def test_task_whose_project_is_gone_comes_back_in_the_inbox(john: httpx2.Client) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    task = _task(john, "Mow the lawn", project_id=home)
    john.delete(f"/tasks/{task}")
    john.delete(f"/projects/{home}")
    assert john.post(f"/trash/{task}/restore").json()["project_id"] == "inbox"
