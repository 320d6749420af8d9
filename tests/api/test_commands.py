"""POST /sync: what a client did while it was offline, in its order."""

from typing import Any

import httpx2
import pytest
from botocore.exceptions import ClientError

from errand_api.batch_schemas import COMMANDS_MAX
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.visitors import bearer, make_token


def _send(client: httpx2.Client, *commands: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/sync", json={"commands": [*commands]})
    assert answer.status_code == 200, answer.text
    sent: dict[str, Any] = answer.json()
    return sent


def _post(command_id: str, path: str, temp_id: str | None = None, **body: Any) -> dict[str, Any]:
    command = {"id": command_id, "method": "POST", "path": path, "body": body}
    return command | ({"temp_id": temp_id} if temp_id else {})


def _made(sent: dict[str, Any]) -> dict[str, str]:
    """What temporary ids became."""
    return {one["temp_id"]: one["made_id"] for one in sent["results"] if one["made_id"]}


def _statuses(sent: dict[str, Any]) -> list[int]:
    return [result["status"] for result in sent["results"]]


def test_commands_name_what_earlier_ones_made(john: httpx2.Client) -> None:
    sent = _send(
        john,
        _post("1", "/projects", "temp-home", name="Home"),
        _post("2", "/projects/temp-home/sections", "temp-later", name="Later"),
        _post("3", "/tasks", "temp-lawn", title="Mow the lawn", project_id="temp-home"),
        _post("4", "/tasks/temp-lawn/move", section_id="temp-later"),
        _post("5", "/tasks", title="Fetch the mower", parent_id="temp-lawn"),
        {"id": "6", "method": "PATCH", "path": "/tasks/temp-lawn", "body": {"priority": 1}},
    )
    assert _statuses(sent) == [201, 201, 201, 200, 201, 200]
    lawn = john.get(f"/tasks/{_made(sent)['temp-lawn']}").json()
    assert (lawn["project_id"], lawn["section_id"], lawn["priority"]) == (
        _made(sent)["temp-home"],
        _made(sent)["temp-later"],
        1,
    )
    assert sent["results"][5]["body"] == lawn
    assert sent["results"][5]["etag"] == f'"{lawn["version"]}"'
    [part] = john.get(f"/tasks?parent_id={lawn['id']}").json()
    assert part["title"] == "Fetch the mower"


def test_title_like_a_temporary_id_stays(john: httpx2.Client) -> None:
    sent = _send(
        john,
        _post("1", "/tasks", "temp-1", title="One"),
        _post("2", "/tasks", title="temp-1", description="temp-1"),
    )
    assert sent["results"][1]["body"]["title"] == "temp-1"


def test_one_that_fails_stops_those_alone_that_need_it(john: httpx2.Client) -> None:
    sent = _send(
        john,
        _post("1", "/projects", "temp-home", name=""),
        _post("2", "/tasks", "temp-lawn", title="Mow the lawn", project_id="temp-home"),
        {"id": "3", "method": "DELETE", "path": "/tasks/temp-lawn"},
        _post("4", "/tasks", title="Buy milk"),
        {"id": "5", "method": "PATCH", "path": f"/tasks/{'0' * 26}", "body": {"priority": 1}},
    )
    assert _statuses(sent) == [422, 424, 424, 201, 404]
    assert sent["results"][0]["body"]["code"] == "validation_error"
    assert sent["results"][1]["body"]["detail"] == "temp-home was not made"
    assert set(_made(sent)) == {None}
    assert [task["title"] for task in john.get("/tasks").json()] == ["Buy milk"]


def test_commands_sent_again_are_carried_out_once(john: httpx2.Client) -> None:
    daily = {"due_date": "2026-11-22", "recurrence": {"rule": "FREQ=DAILY"}}
    commands = [
        _post("1", "/tasks", "temp-1", title="Water plants", **daily),
        {"id": "2", "method": "POST", "path": "/tasks/temp-1/skip"},
        {"id": "3", "method": "POST", "path": "/tasks/temp-1/complete"},
        {"id": "4", "method": "PATCH", "path": "/tasks/temp-1", "body": {"title": "Water roses"}},
        _post("5", "/tasks", "temp-2", title="Buy milk"),
        {"id": "6", "method": "DELETE", "path": "/tasks/temp-2"},
        _post("7", "/labels", name="rent"),
    ]
    first = _send(john, *commands)
    assert _statuses(first) == [201, 200, 200, 200, 201, 204, 201]
    # Meanwhile somebody else has changed it: that is not lost by a repetition.
    task = f"/tasks/{_made(first)['temp-1']}"
    john.patch(task, json={"title": "Water lilies"})
    again = _send(john, *commands)
    assert _statuses(again) == _statuses(first)
    assert _made(again) == _made(first)
    assert again["results"][0] == first["results"][0]
    now = john.get(task).json()
    assert (now["title"], now["due_date"]) == ("Water lilies", "2026-11-24")
    assert len(john.get("/labels").json()) == 1
    assert len(john.get("/trash").json()) == 1


def test_id_of_another_command_is_refused(john: httpx2.Client) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()["id"]
    change = {"id": "1", "method": "PATCH", "path": f"/tasks/{task}", "body": {"priority": 1}}
    _send(john, change)
    sent = _send(john, change | {"body": {"priority": 2}})
    assert _statuses(sent) == [422]
    assert john.get(f"/tasks/{task}").json()["priority"] == 1


def test_versions_are_asked_for(john: httpx2.Client) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()["id"]
    path = f"/tasks/{task}"
    john.patch(path, json={"title": "Buy bread"})
    change = {"method": "PATCH", "path": path, "body": {"priority": 1}}
    sent = _send(john, change | {"id": "1", "if_match": '"1"'}, change | {"id": "2"})
    assert _statuses(sent) == [412, 200]


@pytest.mark.parametrize(
    "command",
    [
        {"path": "/users/me"},
        {"path": "/sync"},
        {"path": "/register"},
        {"path": "/tasks/../users/me"},
        {"path": "/tasks?limit=1"},
        {"path": "https://example.com/tasks"},
        {"path": "/tasks/"},
        {"method": "GET"},
        {"id": ""},
        {"id": "a b"},
        {"temp_id": "home"},
        {"if_match": "é"},
        {"body": ["title"]},
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_no_command_is_refused(john: httpx2.Client, command: dict[str, Any]) -> None:
    good = {"id": "1", "method": "POST", "path": "/tasks", "body": {"title": "Buy milk"}}
    answer = john.post("/sync", json={"commands": [good | command]})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert john.get("/tasks").json() == []


def test_so_many_and_each_with_an_id_of_its_own(john: httpx2.Client) -> None:
    many = [_post(f"c{number}", "/tasks", title="Buy milk") for number in range(COMMANDS_MAX + 1)]
    for commands in (many, [], [many[0], many[0]]):
        assert john.post("/sync", json={"commands": commands}).status_code == 422
    assert _statuses(_send(john, *many[:-1])) == [201] * COMMANDS_MAX


def test_token_allows_what_it_allows(john: httpx2.Client) -> None:
    token = make_token(john, "tasks:read")
    answer = john.post(
        "/sync",
        json={"commands": [_post("1", "/tasks", title="Buy milk")]},
        headers=bearer(token),
    )
    assert answer.status_code == 403
    assert john.get("/tasks").json() == []


def test_what_stands_behind_one_that_has_to_be_sent_again_waits(
    john: httpx2.Client, dynamodb: FakeDynamo
) -> None:
    """They may be about the same, and are carried out in their order or not at all."""
    task = john.post("/tasks", json={"title": "Buy milk"}).json()["id"]
    commands = [
        {"id": "1", "method": "PATCH", "path": f"/tasks/{task}", "body": {"priority": 1}},
        {"id": "2", "method": "PATCH", "path": f"/tasks/{task}", "body": {"title": "Buy bread"}},
        {"id": "3", "method": "PATCH", "path": f"/tasks/{task}", "body": {"title": "Buy rolls"}},
        _post("4", "/tasks", "temp-1", title="Buy rice"),
        _post("5", "/tasks/temp-1/comments", text="Basmati"),
    ]
    done = _send(john, commands[0])

    attempts = [1, 2, 3]

    def throttle() -> None:
        if attempts:
            attempts.pop()
            dynamodb.interferences = [throttle]
            told: Any = {"Error": {"Code": "ThrottlingException", "Message": "Too much"}}
            raise ClientError(told, "UpdateItem")

    dynamodb.interferences = [throttle]
    assert _statuses(_send(john, *commands)) == [200, 503, 503, 503, 503]
    assert john.get(f"/tasks/{task}").json() == done["results"][0]["body"]
    assert _statuses(_send(john, *commands)) == [200, 200, 200, 201, 201]
    assert john.get(f"/tasks/{task}").json()["title"] == "Buy rolls"
