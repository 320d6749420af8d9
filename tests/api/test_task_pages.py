"""GET /tasks: order, filters, pages."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from errand.tasks.model import SKIP_MAX


@pytest.fixture
def tasks(john: httpx2.Client) -> list[dict[str, Any]]:
    """Seven tasks, oldest first; the second, fourth and sixth are completed."""
    return [
        john.post("/tasks", json={"title": f"Task {n}", "completed": n % 2 == 0}).json()
        for n in range(1, 8)
    ]


def pages(client: httpx2.Client, url: str) -> Iterator[list[dict[str, Any]]]:
    """Every page, by the Link header."""
    while True:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        yield answer.json()
        if "next" not in answer.links:
            return
        url = answer.links["next"]["url"]


def titles(tasks: list[dict[str, Any]]) -> str:
    return "".join(task["title"].removeprefix("Task ") for task in tasks)


PAGES = {
    "": "7654321",
    "?order=desc": "7654321",
    "?order=asc": "1234567",
    "?completed=true": "642",
    "?completed=false": "7531",
    "?completed=true&order=asc": "246",
    "?limit=3": "765",
    "?limit=3&skip=2": "543",
    "?skip=6": "1",
    "?skip=7": "",
    "?skip=200": "",
    "?completed=false&skip=1&limit=2&order=asc": "35",
    "?limit=100": "7654321",
    "?unheard=of": "7654321",
}


@pytest.mark.usefixtures("tasks")
def test_one_page(john: httpx2.Client) -> None:
    for query, expected in PAGES.items():
        answer = john.get(f"/tasks{query}")
        assert titles(answer.json()) == expected, query
        assert answer.headers["Cache-Control"] == "no-store"


WALKS = {
    "limit=1": ["7", "6", "5", "4", "3", "2", "1"],
    "limit=2": ["76", "54", "32", "1"],
    "limit=7": ["7654321"],
    "limit=3&order=asc": ["123", "456", "7"],
    "limit=2&completed=true": ["64", "2"],
    "limit=2&completed=false&order=asc": ["13", "57"],
    "limit=2&skip=3": ["43", "21"],
    "skip=1&limit=2&completed=true": ["42"],
}


@pytest.mark.usefixtures("tasks")
def test_the_link_leads_to_the_end(john: httpx2.Client) -> None:
    for query, expected in WALKS.items():
        assert [titles(page) for page in pages(john, f"/tasks?{query}")] == expected, query


def test_an_empty_list_has_no_next_page(john: httpx2.Client) -> None:
    answer = john.get("/tasks/")
    assert answer.json() == []
    assert "Link" not in answer.headers


def test_the_link_keeps_what_was_asked_for(
    john: httpx2.Client, tasks: list[dict[str, Any]]
) -> None:
    answer = john.get("/tasks?limit=2&completed=false&skip=1&order=asc")
    url = httpx2.URL(answer.links["next"]["url"])
    assert url.path == "/tasks"
    assert (url.host, url.scheme) == ("", "")
    query = dict(url.params)
    del query["cursor"]
    assert query == {"limit": "2", "completed": "false", "order": "asc"}
    assert len(tasks) == 7


@pytest.mark.usefixtures("tasks")
def test_tasks_that_come_and_go_do_not_shift_a_page(john: httpx2.Client) -> None:
    first = john.get("/tasks?limit=3")
    john.post("/tasks", json={"title": "Task 8"})
    john.delete(f"/tasks/{first.json()[-1]['id']}")
    assert titles(john.get(first.links["next"]["url"]).json()) == "432"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=ten",
        "limit=",
        "limit=1e3",
        "limit=" + "9" * 5000,
        "skip=-1",
        "skip=x",
        "completed=yes",
        "completed=1",
        "completed=TRUE ",
        "completed=",
        "order=newest",
        "order=",
        "order=ASC",
    ],
)
def test_refused_queries(john: httpx2.Client, query: str) -> None:
    answer = john.get(f"/tasks?{query}")
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "validation_error"
    assert problem["errors"][0]["loc"] == ["query", query.partition("=")[0]]


@pytest.mark.parametrize("skip", [SKIP_MAX + 1, 10**9])
def test_past_its_bound_skip_points_to_the_cursor(john: httpx2.Client, skip: int) -> None:
    answer = john.get(f"/tasks?skip={skip}")
    assert answer.status_code == 422
    assert "cursor" in answer.json()["detail"]


def cursor_of(client: httpx2.Client, query: str) -> str:
    url = httpx2.URL(client.get(f"/tasks?{query}").links["next"]["url"])
    return str(url.params["cursor"])


@pytest.mark.usefixtures("tasks")
def test_a_cursor_is_good_for_one_list(john: httpx2.Client) -> None:
    cursor = {"cursor": cursor_of(john, "limit=2")}
    assert john.get("/tasks", params=cursor | {"limit": "5"}).status_code == 200
    for other in (
        {"order": "asc"},
        {"completed": "true"},
        {"completed": "false"},
        {"order": "asc", "completed": "false"},
    ):
        answer = john.get("/tasks", params=cursor | other)
        assert answer.status_code == 422, other
        assert answer.json()["code"] == "invalid_cursor"


@pytest.mark.usefixtures("tasks")
def test_a_cursor_is_good_for_one_user(john: httpx2.Client, jane: httpx2.Client) -> None:
    answer = jane.get("/tasks", params={"cursor": cursor_of(john, "limit=2")})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_cursor"


def changed(cursor: str) -> Iterator[str]:
    """A cursor with one character exchanged, for each of them that carries a whole sextet."""
    for position in range(len(cursor.rstrip("=")) - 1):
        other = "A" if cursor[position] != "A" else "B"
        yield cursor[:position] + other + cursor[position + 1 :]


@pytest.mark.usefixtures("tasks")
def test_a_cursor_cannot_be_made_up(john: httpx2.Client) -> None:
    cursor = cursor_of(john, "limit=2")
    for forged in [
        *changed(cursor),
        *(cursor[:n] + "!" + cursor[n:] for n in range(0, len(cursor), 10)),
        cursor + cursor,
        cursor + "=",
        cursor[:-4],
        cursor[1:],
        "",
        "=",
        "A",
        "%",
        "\x00",
        "\u2603",
        "A" * 16,
        "A" * 52,
        "A" * 6000,
    ]:
        answer = john.get("/tasks", params={"cursor": forged})
        assert answer.status_code == 422, forged
        assert answer.json()["code"] == "invalid_cursor"


def test_pages_are_of_one_user_only(
    john: httpx2.Client, jane: httpx2.Client, tasks: list[dict[str, Any]]
) -> None:
    hers = jane.post("/tasks", json={"title": "Task 9"}).json()
    assert jane.get("/tasks").json() == [hers]
    assert john.get("/tasks?order=asc").json() == tasks


# The gateway knows its own names and lets no other through.
@pytest.mark.parametrize("transport", ["asgi"])
@pytest.mark.usefixtures("tasks")
def test_an_odd_host_is_no_error(john: httpx2.Client) -> None:
    for host in ("example.com:8443", "[::1]:8000", "evil example", "[", "a:b:c", ""):
        answer = john.get("/tasks?limit=2", headers={"Host": host})
        assert answer.status_code == 200, host
        assert answer.links["next"]["url"].partition("?")[0].endswith("/tasks")
