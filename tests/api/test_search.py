"""GET /search: what is found, in which order, and what was looked at."""

from typing import Any

import httpx2
import pytest

from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.items import bury
from errand_testkit.people import PASSWORD


def _search(client: httpx2.Client, text: str, **more: Any) -> dict[str, Any]:
    answer = client.get("/search", params={"q": text, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _titles(client: httpx2.Client, text: str, **more: Any) -> list[str]:
    return [one["task"]["title"] for one in _search(client, text, **more)["results"]]


@pytest.fixture
def _tasks(john: httpx2.Client) -> None:
    for fields in (
        {"title": "Pay the rent", "labels": ["Bank"]},
        {"title": "Rental car for Łódź", "description": "Ask for the price"},
        {"title": "Call parents", "description": "About the RENT, too"},
        {"title": "東京駅で買う"},
        {"title": "Rent paid", "completed": True},
    ):
        assert john.post("/tasks", json=fields).status_code == 201


@pytest.mark.usefixtures("_tasks")
@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("rent", ["Pay the rent", "Rental car for Łódź", "Rent paid", "Call parents"]),
        ("pay ren", ["Pay the rent"]),
        ("lodz", ["Rental car for Łódź"]),
        ("京駅", ["東京駅で買う"]),
        ('"the price"', ["Rental car for Łódź"]),
        ('"price the"', []),
        ("bank", ["Pay the rent"]),
        ("nowhere", []),
    ],
)
def test_what_is_found(john: httpx2.Client, text: str, titles: list[str]) -> None:
    assert _titles(john, text) == titles


@pytest.mark.usefixtures("_tasks")
def test_open_or_completed_ones_alone(john: httpx2.Client) -> None:
    assert _titles(john, "rent", completed="true") == ["Rent paid"]
    assert "Rent paid" not in _titles(john, "rent", completed="false")


@pytest.mark.usefixtures("_tasks")
def test_what_was_just_written_is_found(john: httpx2.Client) -> None:
    task = john.get("/tasks?limit=1&completed=false").json()[0]
    john.patch(f"/tasks/{task['id']}", json={"title": "Unheard of"})
    assert _titles(john, "unheard") == ["Unheard of"]
    john.delete(f"/tasks/{task['id']}")
    assert _titles(john, "unheard") == []


@pytest.mark.usefixtures("_tasks")
def test_task_is_told_as_it_is_with_where_it_fits(john: httpx2.Client) -> None:
    page = _search(john, "rent", limit=1)
    [result] = page["results"]
    assert result["task"] == john.get(f"/tasks/{result['task']['id']}").json()
    [mark] = result["marks"]
    assert (mark["field"], result["task"]["title"][mark["start"] : mark["end"]]) == (
        "title",
        "rent",
    )
    assert (page["found"], page["looked_at"], page["cursor"]) == (4, 5, None)


def test_recent_ones_come_first(john: httpx2.Client, clock: ManualClock) -> None:
    john.post("/tasks", json={"title": "Rent of old"})
    clock.advance(seconds=200 * 24 * 3600)
    credentials = {"username": "johndoe", "password": PASSWORD}
    token = john.post("/token", data=credentials).json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    john.post("/tasks", json={"title": "Rent of new"}, headers=headers)
    found = john.get("/search?q=rent", headers=headers).json()
    assert [one["task"]["title"] for one in found["results"]] == ["Rent of new", "Rent of old"]


@pytest.mark.deep
def test_more_than_one_read_goes_on_behind_the_cursor(
    john: httpx2.Client, dynamodb: FakeDynamo
) -> None:
    task = john.post("/tasks", json={"title": "Needle"}).json()["id"]
    bury(dynamodb, task, ["Hay " + "x" * 900] * 1100)
    first = _search(john, "needle", completed="false")
    assert first["results"] == []
    assert 0 < first["looked_at"] < 1101
    rest = _search(john, "needle", completed="false", cursor=first["cursor"])
    assert [one["task"]["id"] for one in rest["results"]] == [task]
    assert first["looked_at"] + rest["looked_at"] == 1101
    refused = john.get(
        "/search", params={"q": "hay", "completed": "false", "cursor": first["cursor"]}
    )
    assert refused.json()["code"] == "invalid_cursor"


@pytest.mark.parametrize("text", ["", "…", "x" * 257, " ".join(f"w{n}" for n in range(17))])
def test_what_is_no_search_is_refused(john: httpx2.Client, text: str) -> None:
    assert john.get("/search", params={"q": text}).status_code == 422


def test_tasks_of_others_are_not_found(john: httpx2.Client, jane: httpx2.Client) -> None:
    jane.post("/tasks", json={"title": "Secret"})
    assert _search(john, "secret")["looked_at"] == 0
