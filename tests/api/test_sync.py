"""Keeping a copy: everything at first, then what has changed, and never a gap."""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx2
import pytest

from errand_api.services import Services
from errand_testkit.depth import some
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.log import Follower, unwatched
from errand_testkit.people import PASSWORD
from errand_testkit.replica import Replica

DAILY = {"title": "Water plants", "due_date": "2026-11-22", "recurrence": {"rule": "FREQ=DAILY"}}
LOG = "LogTable"
DAY = 24 * 3600


@pytest.fixture
def follower(tables: None, dynamodb: FakeDynamo) -> Follower:  # noqa: ARG001 - it is empty
    return Follower(unwatched(dynamodb))


@pytest.fixture
def follow(follower: Follower) -> Callable[[], None]:
    """The log catches up."""
    return follower.follow


def _page(client: httpx2.Client, cursor: str | None = None, limit: int = 100) -> Any:
    query: dict[str, Any] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
    answer = client.get("/sync", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _sync(client: httpx2.Client, replica: Replica, *, limit: int = 100) -> int:
    """To the end; how many pages it took."""
    pages = 0
    while True:
        page = _page(client, replica.cursor, limit)
        replica.take(page)
        pages += 1
        if not page["more"]:
            return pages


def _all(client: httpx2.Client, path: str) -> list[Any]:
    found: list[Any] = []
    following: Any = path
    while following:
        answer = client.get(following)
        found += answer.json()
        following = answer.links.get("next", {}).get("url")
    return found


def _is_equal(client: httpx2.Client, replica: Replica) -> bool:
    """To all that the API shows."""

    def by_id(records: Any) -> list[Any]:
        return sorted(records, key=lambda one: str(one["id"]))

    return all(
        by_id(replica.of(kind)) == by_id(_all(client, path))
        for kind, path in {"task": "/tasks", "project": "/projects", "trash": "/trash"}.items()
    ) and replica.of("account") == [client.get("/users/me").json()]


def _some_of_everything(client: httpx2.Client) -> None:
    for number in range(3):
        client.post("/tasks", json={"title": f"Open {number}", "description": "x" * 1000})
        done = client.post("/tasks", json={"title": f"Done {number}", "completed": True})
        assert done.status_code == 201
        gone = client.post("/tasks", json={"title": f"Gone {number}"}).json()
        client.delete(f"/tasks/{gone['id']}")
        client.post("/projects", json={"name": f"Project {number}"})
    task = client.post("/tasks", json=DAILY).json()
    client.post(f"/tasks/{task['id']}/complete")


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_everything_comes_without_a_cursor(
    john: httpx2.Client, follow: Callable[[], None], limit: int
) -> None:
    _some_of_everything(john)
    follow()
    replica = Replica()
    _sync(john, replica, limit=limit)
    assert _is_equal(john, replica)
    assert len(replica.of("completion")) == 1


def test_what_is_open_comes_first_and_what_is_done_last(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    _some_of_everything(john)
    follow()
    told = _page(john)["changes"]
    kinds = [
        f"{one['value']['completed']}" if one["kind"] == "task" else one["kind"] for one in told
    ]
    order = list(dict.fromkeys(kinds))
    assert order == ["False", "account", "project", "trash", "completion", "True"]


def test_empty_account_is_one_page(sign_up: Callable[..., httpx2.Client]) -> None:
    page = _page(sign_up("newcomer"))
    assert [one["kind"] for one in page["changes"]] == ["account"]
    assert page["more"] is False


def test_what_has_changed_comes_with_a_cursor(
    john: httpx2.Client, follow: Callable[[], None], clock: ManualClock
) -> None:
    kept = john.post("/tasks", json={"title": "Buy milk"}).json()
    gone = john.post("/tasks", json={"title": "Buy wine"}).json()
    follow()
    replica = Replica()
    _sync(john, replica)
    assert _page(john, replica.cursor)["changes"] == []
    clock.advance(seconds=1)
    for title in ("Buy bread", "Buy rye bread"):
        john.patch(f"/tasks/{kept['id']}", json={"title": title})
    john.delete(f"/tasks/{gone['id']}")
    project = john.post("/projects", json={"name": "Home"}).json()
    follow()
    page = _page(john, replica.cursor)
    told = {(one["kind"], one["id"]): one["value"] for one in page["changes"]}
    assert len(page["changes"]) == 4
    assert told["task", kept["id"]] == john.get(f"/tasks/{kept['id']}").json()
    assert told["task", gone["id"]] is None
    assert told["trash", gone["id"]]["title"] == "Buy wine"
    assert told["project", project["id"]] == project
    assert page["more"] is False
    replica.take(page)
    assert _is_equal(john, replica)


def test_settings_are_told(john: httpx2.Client, follow: Callable[[], None]) -> None:
    follow()
    replica = Replica()
    _sync(john, replica)
    john.patch("/users/me", json={"timezone": "Europe/Berlin"})
    follow()
    [change] = _page(john, replica.cursor)["changes"]
    assert change["value"] == john.get("/users/me").json()
    assert change["id"] == change["value"]["id"]


@pytest.mark.deeper
@pytest.mark.parametrize("limit", some([2, 1, 7], 1))
def test_pages_of_changes_go_on(
    john: httpx2.Client, follow: Callable[[], None], clock: ManualClock, limit: int
) -> None:
    follow()
    replica = Replica()
    _sync(john, replica)
    for _ in range(3):
        _some_of_everything(john)
        clock.advance(seconds=1)
    follow()
    assert _sync(john, replica, limit=limit) > 1
    assert _is_equal(john, replica)


def test_what_changes_while_everything_is_read_is_told(
    john: httpx2.Client, follow: Callable[[], None], clock: ManualClock
) -> None:
    """Behind the reader, before it, and from one side to the other."""
    _some_of_everything(john)
    replica = Replica()
    page = _page(john, None, 1)
    while page["more"]:
        replica.take(page)
        clock.advance(seconds=1)
        if replica.records and len(replica.records) % 3 == 0:
            for task in john.get("/tasks").json():
                john.patch(f"/tasks/{task['id']}", json={"completed": not task["completed"]})
            john.delete(f"/tasks/{john.get('/tasks').json()[0]['id']}")
            john.post("/tasks", json={"title": f"Late {len(replica.records)}"})
        follow()
        page = _page(john, replica.cursor, 1)
        if len(replica.records) > 12:
            break
    replica.take(page)
    _sync(john, replica)
    assert _is_equal(john, replica)


def test_change_that_is_late_in_the_log_is_not_missed(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    """The copy was made before the log had it, and has it; then it comes once more."""
    john.post("/tasks", json={"title": "Buy milk"})
    replica = Replica()
    _sync(john, replica)
    assert _is_equal(john, replica)
    follow()
    assert {one["kind"] for one in _page(john, replica.cursor)["changes"]} == {"account", "task"}


def test_record_is_told_as_it_is_by_now(
    john: httpx2.Client, follow: Callable[[], None], clock: ManualClock
) -> None:
    """Though the log is behind: what comes later is never older than what came before."""
    follow()
    replica = Replica()
    _sync(john, replica)
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    follow()
    clock.advance(seconds=1)
    john.patch(f"/tasks/{task['id']}", json={"title": "Buy bread"})
    [change] = _page(john, replica.cursor)["changes"]
    assert change["value"]["title"] == "Buy bread"
    john.delete(f"/tasks/{task['id']}")
    [change] = _page(john, replica.cursor)["changes"]
    assert change["deleted"] is True


# ------------------------------------------------------------------------------------------- expiry


def _assert_expired(answer: httpx2.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_expired")


def _with_cursor(client: httpx2.Client, cursor: str | None) -> httpx2.Response:
    return client.get("/sync", params={"cursor": cursor or ""})


def _forget(dynamodb: FakeDynamo, *numbers: int) -> None:
    """As the TTL does, in no particular order."""
    for key in list(dynamodb.items[LOG]):
        if int(key[1].partition("#")[2]) in numbers:
            del dynamodb.items[LOG][key]


@pytest.mark.parametrize("gone", [(1,), (2,), (3,), (2, 3)], ids=str)
def test_entry_that_is_gone_makes_the_cursor_expire(
    john: httpx2.Client, follow: Callable[[], None], dynamodb: FakeDynamo, gone: tuple[int, ...]
) -> None:
    follow()
    cursor = _page(john)["cursor"]
    for title in ("Buy milk", "Buy bread", "Buy wine"):
        john.post("/tasks", json={"title": title})
    follow()
    assert len(_page(john, cursor)["changes"]) == 3
    _forget(dynamodb, *gone)
    _assert_expired(_with_cursor(john, cursor))
    assert len(_page(john)["changes"]) == 4


def test_cursor_of_the_beginning_expires_too(
    sign_up: Callable[..., httpx2.Client], follower: Follower, dynamodb: FakeDynamo
) -> None:
    john = sign_up("johndoe")
    cursor = _page(john)["cursor"]
    john.post("/tasks", json={"title": "Buy milk"})
    follower.follow()
    assert len(_page(john, cursor)["changes"]) == 2
    _forget(dynamodb, 1)
    _assert_expired(_with_cursor(john, cursor))


def test_log_that_began_anew_is_another(
    john: httpx2.Client, follower: Follower, dynamodb: FakeDynamo
) -> None:
    """After a year in which nothing changed, its numbers begin at 1."""
    follower.follow()
    cursor = _page(john)["cursor"]
    _forget(dynamodb, 1)
    john.post("/tasks", json={"title": "Buy milk"})
    john.post("/tasks", json={"title": "Buy bread"})
    follower.restart()
    follower.follow()
    assert {int(sk.partition("#")[2]) for _, sk in dynamodb.items[LOG]} == {1, 2}
    _assert_expired(_with_cursor(john, cursor))


def test_cursor_is_good_for_a_year(
    john: httpx2.Client,
    follow: Callable[[], None],
    clock: ManualClock,
) -> None:
    follow()
    old = _page(john)["cursor"]
    clock.advance(seconds=365 * DAY)
    john.headers["Authorization"] = _log_in_again(john)
    assert _with_cursor(john, old).status_code == 200
    clock.advance(seconds=DAY)
    john.headers["Authorization"] = _log_in_again(john)
    _assert_expired(_with_cursor(john, old))


def _log_in_again(client: httpx2.Client) -> str:
    form = {"username": "johndoe", "password": PASSWORD}
    answer = client.post("/token", data=form, headers={"Authorization": ""})
    return f"Bearer {answer.json()['access_token']}"


def test_restored_table_makes_every_cursor_expire(
    john: httpx2.Client, follow: Callable[[], None], services: Services
) -> None:
    follow()
    cursor = _page(john)["cursor"]
    services._made.clear()
    services.epoch = "2027-01-01T00:00:00.000"
    _assert_expired(_with_cursor(john, cursor))
    assert _page(john, _page(john)["cursor"])["changes"] == []


# ------------------------------------------------------------------------------------ whose it is


def test_cursor_is_worthless_to_others(
    john: httpx2.Client, jane: httpx2.Client, follow: Callable[[], None]
) -> None:
    follow()
    cursor = _page(john)["cursor"]
    answer = _with_cursor(jane, cursor)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")
    changed = cursor[:20] + ("A" if cursor[20] != "A" else "B") + cursor[21:]
    assert _with_cursor(john, changed).status_code == 422
    of_a_list = john.get("/tasks?limit=1")
    assert of_a_list.status_code == 200


def test_nothing_of_others_is_told(
    john: httpx2.Client, jane: httpx2.Client, follow: Callable[[], None]
) -> None:
    cursor = _page(jane)["cursor"]
    _some_of_everything(john)
    follow()
    assert [one["kind"] for one in _page(jane, cursor)["changes"]] == ["account"]
    assert [one["kind"] for one in _page(jane)["changes"]] == ["account"]


def _script(john: httpx2.Client, client: httpx2.Client, *scopes: str) -> httpx2.Client:
    body = {"name": "Script", "scopes": scopes, "current_password": PASSWORD}
    token = john.post("/users/me/tokens", json=body).json()["token"]
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def test_token_that_may_not_read_the_account_is_told_of_tasks_alone(
    john: httpx2.Client, client: httpx2.Client, follow: Callable[[], None]
) -> None:
    john.post("/tasks", json={"title": "Buy milk"})
    script = _script(john, client, "tasks:read")
    cursor = None
    for _ in range(2):
        page = _page(script, cursor)
        assert {one["kind"] for one in page["changes"]} <= {"task"}
        cursor = page["cursor"]
        john.patch("/users/me", json={"timezone": "Europe/Berlin"})
        follow()
    # With another token it would miss what this one was not told.
    _assert_expired(_with_cursor(john, cursor))


# ----------------------------------------------------------------------------------- what it costs


def test_changes_are_two_round_trips_and_none_is_one(
    john: httpx2.Client, follow: Callable[[], None], dynamodb: FakeDynamo
) -> None:
    follow()
    cursor = _page(john)["cursor"]
    for number in range(30):
        john.post("/tasks", json={"title": f"Buy milk {number}"})
    follow()
    dynamodb.operations.clear()
    cursor = _page(john, cursor)["cursor"]
    assert dynamodb.operations == ["Query", "BatchGetItem"]
    dynamodb.operations.clear()
    _page(john, cursor)
    assert dynamodb.operations == ["Query"]


def test_cursor_holds_nothing_of_what_was_read(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    john.post("/tasks", json={"title": "Buy milk"})
    follow()
    cursor = _page(john)["cursor"]
    assert b"milk" not in urlsafe_b64decode(cursor)
    assert len(cursor) < 250


def test_days_and_instants_are_as_everywhere(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    body = {"title": "Buy milk", "due_date": str(date(2026, 12, 24))}
    task = john.post("/tasks", json=body).json()
    follow()
    [told] = [one for one in _page(john)["changes"] if one["kind"] == "task"]
    assert told["value"] == task


def test_sections_labels_and_places_are_told(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    replica = Replica()
    _sync(john, replica)
    section = john.post("/projects/inbox/sections", json={"name": "Later"}).json()
    trip = john.post("/tasks", json={"title": "Trip", "labels": ["rent"]}).json()
    john.post("/tasks", json={"title": "Pack", "parent_id": trip["id"]})
    john.post(f"/tasks/{trip['id']}/move", json={"section_id": section["id"], "at": "start"})
    follow()
    _sync(john, replica)
    assert _is_equal(john, replica)
    assert replica.of("section") == [section]
    [labels] = replica.of("labels")
    assert [label["name"] for label in labels["labels"]] == ["rent"]
    # A new name is one change, by which a copy knows the labels of all tasks.
    john.patch(f"/labels/{labels['labels'][0]['id']}", json={"name": "flat"})
    follow()
    page = _page(john, replica.cursor)
    assert [change["kind"] for change in page["changes"]] == ["labels"]
    assert page["changes"][0]["value"]["labels"][0]["id"] == trip["label_ids"][0]
    copy = Replica()
    _sync(john, copy)
    assert _is_equal(john, copy)
