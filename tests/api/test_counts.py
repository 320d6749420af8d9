"""GET /tasks?count=true: how many tasks a whole list has, exactly."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.log import Follower, entries, recount, unwatched

type Put = Callable[..., dict[str, Any]]

TOTAL = "X-Total-Count"
LONG = "x" * 1000


@pytest.fixture
def follower(dynamodb: FakeDynamo) -> Follower:
    follower = Follower(unwatched(dynamodb))
    follower.reached = 0
    return follower


@pytest.fixture
def put(john: httpx2.Client) -> Put:
    def put(title: str, **fields: Any) -> dict[str, Any]:
        answer = john.post("/tasks", json={"title": title, **fields})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return put


def _all(client: httpx2.Client, query: str) -> int:
    """As many as a client meets who reads every page."""
    found, url = 0, f"/tasks?{query}&limit=100"
    while url:
        page = client.get(url)
        found += len(page.json())
        url = page.links.get("next", {}).get("url", "")
    return found


@pytest.fixture
def ids(john: httpx2.Client, put: Put, clock: ManualClock, follower: Follower) -> dict[str, str]:
    """A few tasks of each kind, all in the log."""
    project = john.post("/projects", json={"name": "Home"}).json()["id"]
    section = john.post(f"/projects/{project}/sections", json={"name": "Roof"}).json()["id"]
    parent = put("Paint the house", project_id=project)["id"]
    for number in range(3):
        put(f"Part {number}", parent_id=parent, priority=number + 1)
        put(f"Tile {number}", project_id=project, section_id=section, description=f"{LONG} red")
        put(f"Rent {number}", due_date="2026-11-20", priority=2, labels=["bank"])
        put(f"Call {number}", due_date="2026-11-22", completed=number < 2)
        put(f"Later {number}", due_date="2026-12-24", priority=1, description=f"{LONG} blue")
    comes_again = put("Water", due_date="2026-11-22", recurrence={"rule": "FREQ=DAILY"})["id"]
    clock.advance(seconds=1)
    assert john.post(f"/tasks/{comes_again}/complete", json={}).status_code == 200
    for _ in range(3):
        assert john.delete(f"/tasks/{put('Nothing')['id']}").status_code == 204
    john.post("/filters", json={"name": "Urgent", "query": "priority = 1"})
    saved = john.get("/filters").json()[0]["id"]
    follower.follow()
    return {"project": project, "section": section, "parent": parent, "saved": saved}


MAINTAINED = [
    "order=asc",
    "order=desc",
    "completed=false",
    "completed=true",
    "view=completed",
    "view=trash",
    "view=inbox",
    "project_id=inbox",
    "priority=1",
    "priority=2",
    "sort=title",
    "completed=false&sort=due",
]
READ = [
    "view=today",
    "view=upcoming",
    "view=overdue",
    "project_id={project}",
    "project_id={project}&section_id={section}",
    "parent_id={parent}",
    "completed_since=2026-11-22T00:00:00Z",
    "completed_until=2026-11-23T00:00:00Z",
    "saved_filter={saved}",
    f"filter={quote('due < 2026-12-01 & @bank | #Home')}",
    f"filter={quote('text ~ "blue"')}",
    f"filter={quote('open & text ~ "red"')}",
    f"filter={quote('open & text ~ "red"')}&sort=title",
    f"filter={quote('open & description')}&sort=title",
]


def test_count_is_what_all_pages_have(john: httpx2.Client, ids: dict[str, str]) -> None:
    for query in (one.format(**ids) for one in MAINTAINED + READ):
        met = _all(john, query)
        assert met > 0, query
        for limit in (1, 2, 100):
            page = john.get(f"/tasks?{query}&limit={limit}&count=true")
            assert page.headers[TOTAL] == str(met), query
            assert page.json() == john.get(f"/tasks?{query}&limit={limit}").json(), query
        assert TOTAL not in john.get(f"/tasks?{query}&limit=1").headers, query


@pytest.mark.usefixtures("ids")
def test_size_that_is_kept_takes_one_read_more(john: httpx2.Client, dynamodb: FakeDynamo) -> None:
    def reads(asked: str) -> int:
        dynamodb.operations.clear()
        assert john.get(f"/tasks?{asked}").status_code == 200
        return len(dynamodb.operations)

    for query in MAINTAINED:
        assert reads(f"{query}&limit=1&count=true") == reads(f"{query}&limit=1") + 1, query
        # All of it is on the page.
        assert reads(f"{query}&limit=100&count=true") == reads(f"{query}&limit=100"), query


@pytest.mark.usefixtures("ids")
def test_only_the_first_page_is_asked_how_many_there_are(john: httpx2.Client) -> None:
    first = john.get("/tasks?limit=2&count=true")
    url = first.links["next"]["url"]
    assert "count" not in url
    assert TOTAL not in john.get(url).headers
    again = john.get(f"{url}&count=true")
    assert again.headers[TOTAL] == first.headers[TOTAL]
    skipped = john.get("/tasks?limit=100&skip=2&count=true")
    assert skipped.headers[TOTAL] == first.headers[TOTAL]


def test_list_on_one_page_is_counted_with_what_was_just_written(
    john: httpx2.Client, put: Put
) -> None:
    assert john.get("/tasks?count=true").headers[TOTAL] == "0"
    put("Buy milk")
    assert john.get("/tasks?count=true").headers[TOTAL] == "1"


def test_size_that_is_kept_is_that_of_the_log(
    john: httpx2.Client, put: Put, follower: Follower
) -> None:
    for _ in range(3):
        put("Buy milk")
    follower.follow()
    put("Buy bread")
    assert john.get("/tasks?limit=1&count=true").headers[TOTAL] == "3"
    follower.follow()
    assert john.get("/tasks?limit=1&count=true").headers[TOTAL] == "4"


def test_account_that_nobody_has_counted_is_counted_by_one_read(
    john: httpx2.Client, put: Put
) -> None:
    for _ in range(3):
        put("Buy milk")
    assert john.get("/tasks?limit=1&count=true").headers[TOTAL] == "3"


@pytest.mark.parametrize("query", ["completed=false", "view=overdue"])
def test_list_of_more_than_1_mb_whose_size_nobody_keeps_is_refused(
    john: httpx2.Client, put: Put, dynamodb: FakeDynamo, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    for _ in range(6):
        put("Buy milk", due_date="2026-11-20")
    monkeypatch.setattr(dynamodb, "_page_bytes", 700)
    answer = john.get(f"/tasks?{query}&limit=1&count=true")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert answer.json()["detail"].startswith("count: the list takes more than 1 MB")
    assert john.get(f"/tasks?{query}&limit=1").status_code == 200


@pytest.mark.parametrize("asked", ["sort=title&limit=1", "count=true&limit=1"])
def test_more_long_texts_than_are_looked_through_are_refused(
    john: httpx2.Client, put: Put, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr("errand.tasks.whole_lists._TEXTS_MAX", 2)
    for _ in range(3):
        put("Buy milk", description=LONG, priority=1)
    query = quote('priority = 1 & open & text ~ "x"')
    answer = john.get(f"/tasks?filter={query}&{asked}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert answer.json()["detail"].startswith("More than 2 long texts")


@pytest.mark.usefixtures("ids")
@pytest.mark.usefixtures("_on_the_wire")
def test_what_counting_read_is_explained(john: httpx2.Client) -> None:
    plain = john.get("/tasks?limit=1&completed=false&explain=true")
    counted = john.get("/tasks?limit=1&completed=false&explain=true&count=true")
    assert counted.headers["X-Query-Plan"] == plain.headers["X-Query-Plan"]
    assert int(counted.headers["X-Items-Read"]) == int(plain.headers["X-Items-Read"]) + 2
    assert counted.headers[TOTAL]


@pytest.mark.usefixtures("ids")
def test_every_counter_of_the_log_is_what_a_recount_finds(
    john: httpx2.Client, dynamodb: FakeDynamo
) -> None:
    user_id = john.get("/users/me").json()["id"]
    assert entries(dynamodb, user_id)[-1].counts == recount(dynamodb, user_id)


@pytest.mark.parametrize("value", ["1", "yes", ""])
def test_flag_is_true_or_false(john: httpx2.Client, value: str) -> None:
    assert john.get(f"/tasks?count={value}").status_code == 422
