"""Saved filters, and the lists of tasks that they are."""

from typing import Any

import httpx2
import pytest

from errand.ids import new_id
from errand.saved_filters.model import FILTERS_MAX
from errand_testkit.dynamo import FakeDynamo

RENT = {"name": "Rent", "query": ' title ~ "rent" & open ', "colour": "#2A9D8F"}


def _save(client: httpx2.Client, query: str, name: str = "Soon") -> dict[str, Any]:
    answer = client.post("/filters", json={"name": name, "query": query})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _titles(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [task["title"] for task in answer.json()]


def test_filter_is_saved_read_changed_and_deleted(john: httpx2.Client) -> None:
    answer = john.post("/filters", json=RENT)
    saved = answer.json()
    place = f"/filters/{saved['id']}"
    assert (answer.status_code, answer.headers["Location"]) == (201, place)
    assert (saved["name"], saved["query"]) == ("Rent", 'title ~ "rent" & open')
    assert saved["colour"] == "#2a9d8f"
    read = john.get(place)
    assert (read.json(), read.headers["ETag"]) == (saved, '"1"')
    changed = john.patch(place, json={"query": "overdue", "colour": None}).json()
    assert (changed["query"], changed["colour"], changed["version"]) == ("overdue", None, 2)
    assert john.patch(place, json={}).json() == changed
    assert john.patch(place, json={"name": "x"}, headers={"If-Match": '"1"'}).status_code == 412
    assert john.delete(place, headers={"If-Match": '"1"'}).status_code == 412
    assert john.delete(place).status_code == 204
    for gone in (john.get(place), john.patch(place, json={}), john.delete(place)):
        assert (gone.status_code, gone.json()["detail"]) == (404, "Filter not found")


def test_filters_are_listed_oldest_first(john: httpx2.Client, jane: httpx2.Client) -> None:
    saved = [_save(john, "overdue", name) for name in ("One", "Two")]
    first = john.get("/filters?limit=1")
    rest = john.get(first.links["next"]["url"])
    assert [*first.json(), *rest.json()] == saved
    assert jane.get("/filters").json() == []
    assert john.get("/users/me/export").json()["filters"] == saved


def test_same_key_saves_one(john: httpx2.Client) -> None:
    saved = [
        john.post("/filters", json=RENT, headers={"Idempotency-Key": "1"}).json() for _ in range(2)
    ]
    assert saved[0] == saved[1]
    assert len(john.get("/filters").json()) == 1


@pytest.mark.deep
def test_account_has_at_most_a_hundred(john: httpx2.Client) -> None:
    key = {"Idempotency-Key": "1"}
    last = john.post("/filters", json=RENT, headers=key).json()
    for _ in range(FILTERS_MAX - 1):
        _save(john, "overdue")
    refused = john.post("/filters", json=RENT)
    assert (refused.status_code, refused.json()["detail"]) == (
        422,
        "An account has at most 100 saved filters",
    )
    again = john.post("/filters", json=RENT, headers=key)
    assert (again.status_code, again.json()) == (201, last)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("due < tomorow", "at 6: "),
        ("(overdue", "at 8: "),
        ("overdue & ", "at 9: "),
        ("prioritty = 1", "at 0: "),
    ],
)
def test_what_is_wrong_is_told_when_it_is_saved(john: httpx2.Client, query: str, why: str) -> None:
    place = f"/filters/{_save(john, 'overdue')['id']}"
    for answer in (
        john.post("/filters", json={"name": "x", "query": query}),
        john.patch(place, json={"query": query}),
    ):
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["loc"], error["type"]) == (
            422,
            ["body", "query"],
            "filter",
        )
        assert error["msg"].startswith(why)
        # As who filters without saving is told.
        told = john.get("/tasks", params={"filter": query.strip()}).json()["detail"]
        assert told == f"filter: {error['msg']}"


@pytest.fixture
def _tasks(john: httpx2.Client) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    for fields in (
        {"title": "Pay rent", "priority": 1, "project_id": home},
        {"title": "Call the bank", "priority": 1},
        {"title": "Mow the lawn", "project_id": home},
        {"title": "Pay more rent", "priority": 1},
    ):
        assert john.post("/tasks", json=fields).status_code == 201


@pytest.mark.usefixtures("_tasks")
@pytest.mark.parametrize("order", [{}, {"order": "asc"}], ids=str)
@pytest.mark.parametrize("query", ["priority = 1", "#home", 'title ~ "rent"', "completed"])
def test_saved_filter_is_the_list_of_what_it_says(
    john: httpx2.Client, query: str, order: dict[str, str]
) -> None:
    saved = _save(john, query)
    told = john.get("/tasks", params={"saved_filter": saved["id"], **order})
    assert _titles(told) == _titles(john.get("/tasks", params={"filter": query, **order}))


@pytest.mark.usefixtures("_tasks")
def test_saved_filter_is_read_once_and_nothing_more(
    john: httpx2.Client, dynamodb: FakeDynamo, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = _save(john, "priority = 1")
    john.get("/tasks")
    asked: list[str] = []
    monkeypatch.setattr(dynamodb, "_watch", lambda operation, _: asked.append(operation))
    john.get("/tasks", params={"filter": "priority = 1"})
    alone = len(asked)
    john.get("/tasks", params={"saved_filter": saved["id"]})
    assert asked[alone:] == ["GetItem", *asked[:alone]]


@pytest.mark.usefixtures("_tasks")
def test_pages_go_on_until_the_filter_says_something_else(john: httpx2.Client) -> None:
    saved = _save(john, "priority = 1")
    first = john.get("/tasks", params={"saved_filter": saved["id"], "limit": 2})
    following = first.links["next"]["url"]
    assert [*_titles(first), *_titles(john.get(following))] == [
        "Pay more rent",
        "Call the bank",
        "Pay rent",
    ]
    other = _save(john, "priority = 1")
    assert john.get(following.replace(saved["id"], other["id"])).status_code == 422
    place = f"/filters/{saved['id']}"
    assert john.patch(place, json={"name": "Urgent"}).status_code == 200
    assert _titles(john.get(following)) == ["Pay rent"]
    assert john.patch(place, json={"query": "open"}).status_code == 200
    refused = john.get(following)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_cursor")


def test_name_that_has_gone_is_told_when_it_is_used(john: httpx2.Client) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    saved = _save(john, "open & #home")
    of_it = f"/tasks?saved_filter={saved['id']}"
    assert john.get(of_it).json() == []
    john.delete(f"/projects/{home}")
    refused = john.get(of_it)
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("filter: at 7: there is no project #home")
    # And one may be saved before what it names is there.
    assert _save(john, "@bank")["query"] == "@bank"


def test_filter_that_is_not_there_is_not_found(john: httpx2.Client, jane: httpx2.Client) -> None:
    saved = _save(john, "overdue")
    for client, filter_id in ((jane, saved["id"]), (john, new_id())):
        answer = client.get("/tasks", params={"saved_filter": filter_id})
        assert (answer.status_code, answer.json()["detail"]) == (404, "Filter not found")
        assert client.get(f"/filters/{filter_id}").status_code == 404


@pytest.mark.parametrize(
    "other",
    ["filter=overdue", "view=today", "project_id=inbox", "priority=1", "completed=true"],
)
def test_saved_filter_is_a_list_of_its_own(john: httpx2.Client, other: str) -> None:
    answer = john.get(f"/tasks?saved_filter={_save(john, 'overdue')['id']}&{other}")
    assert (answer.status_code, answer.json()["errors"][0]["type"]) == (422, "one_list")
