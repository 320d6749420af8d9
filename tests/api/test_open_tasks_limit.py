"""As many open tasks as an account may have: every way to one more is refused, and no other."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx2
import pytest

from errand.identity.authentication import CACHE_MS
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.log import Follower, unwatched

MOST, NEARLY = 5, 3
MILK = {"title": "Buy milk"}

type Make = Callable[..., str]
type Settle = Callable[[], None]


@pytest.fixture
def open_tasks_max() -> int:
    return MOST


@pytest.fixture
def settle(dynamodb: FakeDynamo, clock: ManualClock) -> Settle:
    """The log is up to date, and what instances remember is forgotten."""
    follower = Follower(unwatched(dynamodb), nearly=NEARLY)

    def settle() -> None:
        follower.follow()
        clock.advance(seconds=CACHE_MS // 1000 + 1)

    return settle


@pytest.fixture
def make(john: httpx2.Client) -> Make:
    def make(**fields: Any) -> str:
        answer = john.post("/tasks", json=MILK | fields)
        assert answer.status_code == 201, answer.text
        return f"/tasks/{answer.json()['id']}"

    return make


@pytest.fixture
def fill(john: httpx2.Client, make: Make, settle: Settle) -> Callable[[], None]:
    """Up to the limit."""

    def fill() -> None:
        for _ in range(MOST - len(john.get("/tasks?completed=false").json())):
            make()
        settle()

    return fill


def _is_refused(answer: httpx2.Response) -> bool:
    told = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, told["code"]) == (422, "invalid_input"), answer.text
    return bool(told["detail"] == f"An account has at most {MOST} open tasks")


def _open(client: httpx2.Client) -> int:
    return len(client.get("/tasks?completed=false&limit=100").json())


# ------------------------------------------------------------------------------- one more


def _restored(john: httpx2.Client, make: Make) -> Callable[[], httpx2.Response]:
    task = make()
    assert john.delete(task).status_code == 204
    return lambda: john.post(f"{task.replace('/tasks', '/trash')}/restore")


def _reopened(john: httpx2.Client, make: Make) -> Callable[[], httpx2.Response]:
    task = make(completed=True)
    return lambda: john.patch(task, json={"completed": False})


def _undone(john: httpx2.Client, make: Make) -> Callable[[], httpx2.Response]:
    task = make()
    assert john.post(f"{task}/complete", json={}).status_code == 200
    return lambda: john.post(f"{task}/undo")


def _occurrence(john: httpx2.Client, make: Make) -> Callable[[], httpx2.Response]:
    task = make(due_date="2026-11-22", recurrence={"rule": "FREQ=DAILY"})
    john.post(f"{task}/complete", json={})
    john.post(f"{task}/complete", json={"for_ever": True})
    [done] = john.get(f"{task}/completions").json()
    return lambda: john.delete(f"{task}/completions/{done['completion_id']}")


def _quick(john: httpx2.Client, _: Make) -> Callable[[], httpx2.Response]:
    return lambda: john.post("/tasks/quick", json={"text": "Buy milk"})


def _created(john: httpx2.Client, _: Make) -> Callable[[], httpx2.Response]:
    return lambda: john.post("/tasks", json=MILK)


def _with_a_key(john: httpx2.Client, _: Make) -> Callable[[], httpx2.Response]:
    return lambda: john.post("/tasks", json=MILK, headers={"Idempotency-Key": "1"})


def _import(john: httpx2.Client, tasks: Sequence[Any]) -> httpx2.Response:
    content = "\n".join(map(json.dumps, tasks))
    headers = {"Content-Type": "application/x-ndjson"}
    return john.post("/imports?format=json_lines", content=content, headers=headers)


def _imported(john: httpx2.Client, _: Make) -> Callable[[], httpx2.Response]:
    return lambda: _import(john, [MILK])


ONE_MORE = [_created, _with_a_key, _quick, _reopened, _restored, _undone, _occurrence, _imported]


@pytest.mark.parametrize("way", ONE_MORE, ids=lambda way: way.__name__)
def test_one_more_is_refused_until_there_is_room(
    john: httpx2.Client,
    make: Make,
    settle: Settle,
    fill: Callable[[], None],
    way: Callable[..., Callable[[], httpx2.Response]],
) -> None:
    ask = way(john, make)
    settle()
    fill()
    for _ in range(2):
        assert _is_refused(ask())
    assert _open(john) == MOST
    [first, *_] = john.get("/tasks?completed=false").json()
    john.patch(f"/tasks/{first['id']}", json={"completed": True})
    settle()
    answer = ask()
    assert answer.is_success, answer.text
    assert _open(john) == MOST


def test_command_of_a_batch_is_refused_alone(john: httpx2.Client, fill: Callable[[], None]) -> None:
    fill()
    commands = [
        {"id": "1", "method": "POST", "path": "/tasks", "body": MILK},
        {"id": "2", "method": "POST", "path": "/projects", "body": {"name": "Home"}},
    ]
    results = john.post("/sync", json={"commands": commands}).json()["results"]
    assert [one["status"] for one in results] == [422, 201]
    assert _open(john) == MOST


def test_commands_that_are_one_are_refused_together(
    john: httpx2.Client, fill: Callable[[], None]
) -> None:
    fill()
    commands = [
        {"id": "1", "method": "POST", "path": "/projects", "body": {"name": "Home"}},
        {"id": "2", "method": "POST", "path": "/tasks", "body": MILK},
    ]
    asked = {"commands": commands, "all_or_nothing": True}
    results = john.post("/sync", json=asked).json()["results"]
    assert [one["status"] for one in results] == [424, 422]
    assert john.get("/projects").json() == []
    assert _open(john) == MOST


def test_what_makes_no_more_is_not_refused(
    john: httpx2.Client, make: Make, fill: Callable[[], None]
) -> None:
    task = make(due_date="2026-11-22", recurrence={"rule": "FREQ=DAILY"})
    other = make()
    fill()
    make(completed=True)
    assert john.patch(task, json={"title": "Water", "priority": 1}).status_code == 200
    assert john.post(f"{task}/move", json={"at": "end"}).status_code == 200
    assert john.post(f"{task}/complete", json={}).status_code == 200
    assert john.post(f"{other}/complete", json={}).status_code == 200
    assert john.delete(task).status_code == 204


def test_request_that_was_carried_out_is_answered_as_then(
    john: httpx2.Client, fill: Callable[[], None]
) -> None:
    headers = {"Idempotency-Key": "1"}
    first = john.post("/tasks", json=MILK, headers=headers)
    fill()
    again = john.post("/tasks", json=MILK, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert _is_refused(john.post("/tasks", json=MILK, headers={"Idempotency-Key": "2"}))


def test_everybody_has_room_of_their_own(jane: httpx2.Client, fill: Callable[[], None]) -> None:
    fill()
    assert jane.post("/tasks", json=MILK).status_code == 201


# ------------------------------------------------------------------------- several at once


def _tree(make: Make, **fields: Any) -> str:
    task = make(**fields)
    for _ in range(2):
        make(parent_id=task.rpartition("/")[2])
    return task


def _restored_tree(john: httpx2.Client, make: Make) -> Callable[[], httpx2.Response]:
    task = _tree(make)
    assert john.delete(task).status_code == 204
    return lambda: john.post(f"{task.replace('/tasks', '/trash')}/restore")


def _reopened_tree(john: httpx2.Client, make: Make) -> Callable[[], httpx2.Response]:
    task = _tree(make)
    assert john.post(f"{task}/complete", json={}).status_code == 200
    return lambda: john.patch(task, json={"completed": False})


def _undone_tree(john: httpx2.Client, make: Make) -> Callable[[], httpx2.Response]:
    task = _tree(make)
    assert john.post(f"{task}/complete", json={}).status_code == 200
    return lambda: john.post(f"{task}/undo")


def _tree_that_comes_again(john: httpx2.Client, make: Make) -> Callable[[], httpx2.Response]:
    task = _tree(make, due_date="2026-11-22", recurrence={"rule": "FREQ=DAILY"})
    for part in john.get(f"/tasks?parent_id={task.rpartition('/')[2]}").json():
        john.patch(f"/tasks/{part['id']}", json={"completed": True})
    return lambda: john.post(f"{task}/complete", json={})


def _imported_file(john: httpx2.Client, _: Make) -> Callable[[], httpx2.Response]:
    return lambda: _import(john, [MILK, MILK])


SEVERAL = [_restored_tree, _reopened_tree, _undone_tree, _tree_that_comes_again, _imported_file]


@pytest.mark.parametrize("way", SEVERAL, ids=lambda way: way.__name__)
def test_several_more_are_refused_as_soon_as_the_log_has_counted(
    john: httpx2.Client,
    make: Make,
    dynamodb: FakeDynamo,
    way: Callable[..., Callable[[], httpx2.Response]],
) -> None:
    """However much room there was when this instance last read the account."""
    ask = way(john, make)
    for _ in range(MOST - 1 - _open(john)):
        make()
    Follower(unwatched(dynamodb), nearly=NEARLY).follow()
    before = _open(john)
    assert before == MOST - 1
    assert _is_refused(ask())
    assert _open(john) == before


# ------------------------------------------------------------------------------ what it costs


def test_account_with_much_room_is_never_asked(
    make: Make, settle: Settle, dynamodb: FakeDynamo
) -> None:
    make()
    settle()
    make()
    dynamodb.operations.clear()
    make()
    assert dynamodb.operations == ["PutItem"]


def test_account_with_little_room_is_looked_up_by_one_read(
    john: httpx2.Client, make: Make, settle: Settle, dynamodb: FakeDynamo
) -> None:
    for _ in range(NEARLY):
        make()
    settle()
    john.get("/tasks")
    dynamodb.operations.clear()
    make()
    assert dynamodb.operations == ["Query", "PutItem"]


def test_what_the_log_has_not_counted_yet_is_not_refused(
    john: httpx2.Client, make: Make, settle: Settle
) -> None:
    for _ in range(MOST):
        make()
    make()
    settle()
    assert _is_refused(john.post("/tasks", json=MILK))
