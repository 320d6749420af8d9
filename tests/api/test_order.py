"""POST /tasks/{id}/move: where tasks stand among their neighbours."""

import random
from typing import Any

import httpx2
import pytest

from errand import ids
from errand.tasks import order
from errand.tasks.order import LONGEST
from errand.tasks.tree import SUBTASKS_MAX
from errand_testkit.dynamo import FakeDynamo


def _task(client: httpx2.Client, title: str, **fields: Any) -> str:
    made: str = client.post("/tasks", json={"title": title} | fields).json()["id"]
    return made


@pytest.fixture
def line(john: httpx2.Client) -> dict[str, str]:
    """Four tasks of the Inbox: title to id."""
    return {title: _task(john, title) for title in ("One", "Two", "Three", "Four")}


def _move(client: httpx2.Client, task_id: str, **to: Any) -> dict[str, Any]:
    answer = client.post(f"/tasks/{task_id}/move", json=to)
    assert answer.status_code == 200, answer.text
    moved: dict[str, Any] = answer.json()
    return moved


def _titles(client: httpx2.Client, query: str = "project_id=inbox") -> list[str]:
    return [task["title"] for task in client.get(f"/tasks?{query}&limit=100").json()]


def test_tasks_stand_as_they_were_made(john: httpx2.Client, line: dict[str, str]) -> None:
    assert _titles(john) == [*line]
    shown = john.get("/tasks?project_id=inbox").json()
    assert [task["position"] for task in shown] == [*line.values()]


@pytest.mark.parametrize(
    ("moved", "to", "titles"),
    [
        ("Four", {"before": "Two"}, ["One", "Four", "Two", "Three"]),
        ("Four", {"before": "One"}, ["Four", "One", "Two", "Three"]),
        ("Four", {"after": "One"}, ["One", "Four", "Two", "Three"]),
        ("One", {"after": "Four"}, ["Two", "Three", "Four", "One"]),
        ("One", {"after": "Two"}, ["Two", "One", "Three", "Four"]),
        ("Two", {"after": "One"}, ["One", "Two", "Three", "Four"]),
        ("Two", {"before": "Three"}, ["One", "Two", "Three", "Four"]),
        ("Three", {"at": "start"}, ["Three", "One", "Two", "Four"]),
        ("Two", {"at": "end"}, ["One", "Three", "Four", "Two"]),
        ("Two", {}, ["One", "Three", "Four", "Two"]),
    ],
)
def test_task_is_moved(
    john: httpx2.Client, line: dict[str, str], moved: str, to: dict[str, str], titles: list[str]
) -> None:
    beside = {name: line.get(title, title) for name, title in to.items()}
    task = _move(john, line[moved], **beside)
    assert (task["id"], task["version"]) == (line[moved], 2)
    assert _titles(john) == titles
    shown = john.get("/tasks?project_id=inbox").json()
    assert sorted(shown, key=lambda task: str(task["position"])) == shown


def test_later_starts_and_ends_are_farther_out(john: httpx2.Client, line: dict[str, str]) -> None:
    for title in ("Two", "Three"):
        _move(john, line[title], at="start")
    for title in ("Two", "One"):
        _move(john, line[title], at="end")
    assert _titles(john) == ["Three", "Four", "Two", "One"]
    _task(john, "Five")
    assert _titles(john)[-1] == "Five"


def test_moving_is_one_write(
    john: httpx2.Client, line: dict[str, str], dynamodb: FakeDynamo
) -> None:
    before = {item["sk"]["S"]: item for item in dynamodb.all()}
    _move(john, line["Four"], before=line["Two"])
    now = {item["sk"]["S"]: item for item in dynamodb.all()}
    changed = [key for key, item in now.items() if before[key] != item]
    assert changed == [f"TASK#{line['Four']}"]


def test_order_survives_completion(john: httpx2.Client, line: dict[str, str]) -> None:
    _move(john, line["Four"], before=line["Two"])
    john.post(f"/tasks/{line['Four']}/complete")
    john.patch(f"/tasks/{line['Four']}", json={"completed": False})
    assert _titles(john) == ["One", "Four", "Two", "Three"]


def test_task_is_moved_into_a_project_beside_another(
    john: httpx2.Client, line: dict[str, str]
) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    section = john.post(f"/projects/{home}/sections", json={"name": "Later"}).json()["id"]
    lawn = _task(john, "Mow the lawn", project_id=home, section_id=section)
    moved = _move(john, line["Two"], before=lawn)
    assert (moved["project_id"], moved["section_id"]) == (home, section)
    assert _titles(john, f"project_id={home}&section_id={section}") == ["Two", "Mow the lawn"]
    _move(john, line["Three"], project_id=home)
    assert _titles(john, f"project_id={home}") == ["Three", "Two", "Mow the lawn"]


def test_what_does_not_fit_is_told(john: httpx2.Client, line: dict[str, str]) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    done = _task(john, "Done")
    john.post(f"/tasks/{done}/complete")
    path = f"/tasks/{line['One']}/move"
    for to, status in (
        ({"before": line["One"]}, 422),
        ({"before": done}, 422),
        ({"before": line["Two"], "project_id": home}, 422),
        ({"before": line["Two"], "at": "end"}, 422),
        ({"before": "0" * 26}, 404),
        ({"project_id": "0" * 26}, 404),
        ({"section_id": "0" * 26}, 404),
        ({"parent_id": "0" * 26}, 404),
    ):
        assert john.post(path, json=to).status_code == status, to
    assert john.post(path, json={"at": "end"}, headers={"If-Match": '"7"'}).status_code == 412
    assert john.post("/tasks/nothing/move", json={}).status_code == 404


def test_start_stays_in_reach_when_clocks_differ(
    john: httpx2.Client, line: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is put before the first is no farther out than the start of a moment later."""
    ids.new_id()
    slow = ids._last
    for title, to, seconds in (
        ("Four", {"at": "start"}, 50),
        ("Three", {"before": line["Four"]}, 0),
        ("Two", {"at": "start"}, 51),
    ):
        monkeypatch.setattr(ids, "_last", slow + seconds * 4096_000)
        _move(john, line[title], **to)
    assert _titles(john) == ["Two", "Three", "Four", "One"]


@pytest.fixture
def all_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no place between any two tasks until they are spread."""

    def spread(*line: Any) -> list[str] | None:
        monkeypatch.setattr(order, "between", between)
        return apart(*line)

    between, apart = order.between, order.spread
    monkeypatch.setattr(order, "between", lambda *_: None)
    monkeypatch.setattr(order, "spread", spread)


@pytest.mark.usefixtures("all_taken")
def test_part_is_moved_beside_its_task_which_is_spread(
    john: httpx2.Client, line: dict[str, str]
) -> None:
    """That task gets another place itself, and has one part less."""
    part = _task(john, "Part", parent_id=line["Two"])
    moved = _move(john, part, after=line["Two"])
    assert moved["parent_id"] is None
    assert _titles(john) == ["One", "Two", "Part", "Three", "Four"]


@pytest.mark.deep
@pytest.mark.usefixtures("all_taken")
def test_tree_is_moved_between_tasks_that_are_spread(john: httpx2.Client) -> None:
    """Together they are more than a transaction takes."""
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    line = [_task(john, f"Task {number}", project_id=home) for number in range(30)]
    tree = _task(john, "Tree")
    for number in range(SUBTASKS_MAX):
        _task(john, f"Part {number}", parent_id=tree)
    _move(john, tree, after=line[14])
    assert _titles(john, f"project_id={home}")[14:17] == ["Task 14", "Tree", "Task 15"]


@pytest.mark.usefixtures("all_taken")
@pytest.mark.parametrize(
    ("moved", "beside", "titles"),
    [
        ("One", {"after": "Three"}, ["Two", "Three", "One", "Four"]),
        ("Four", {"before": "Two"}, ["One", "Four", "Two", "Three"]),
    ],
)
def test_task_is_moved_among_its_neighbours_which_are_spread(
    john: httpx2.Client,
    line: dict[str, str],
    moved: str,
    beside: dict[str, str],
    titles: list[str],
) -> None:
    _move(john, line[moved], **{name: line[title] for name, title in beside.items()})
    assert _titles(john) == titles


@pytest.mark.deep
def test_moves_to_one_place_without_end_keep_order_and_keys_short(john: httpx2.Client) -> None:
    chance = random.Random(7)  # noqa: S311 - a test
    titles = [f"Task {number}" for number in range(6)]
    known = {title: _task(john, title) for title in titles}
    expected = [*titles]
    for turn in range(400):
        # Always between the two that stand in the middle: what uses keys up fastest.
        moved = expected[0] if chance.random() < 0.5 else expected[-1]
        expected.remove(moved)
        middle = len(expected) // 2
        if turn % 2:
            _move(john, known[moved], before=known[expected[middle]])
        else:
            _move(john, known[moved], after=known[expected[middle - 1]])
        expected.insert(middle, moved)
    assert _titles(john) == expected
    for task in john.get("/tasks?project_id=inbox&limit=100").json():
        assert len(task["position"]) <= LONGEST
