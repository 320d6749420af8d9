"""POST /sync with all_or_nothing: the commands are one transaction."""

import random
from typing import Any

import httpx2
import pytest

from errand.ids import is_id, new_id
from errand.sync.commits import RECORDS_MAX
from errand_testkit.dynamo import TABLES, FakeDynamo

type Command = dict[str, Any]
type Answers = list[dict[str, Any]]

NOTHING = "Nothing was carried out: command {} was refused"


def _command(command_id: str, method: str, path: str, **more: Any) -> Command:
    return {"id": command_id, "method": method, "path": path, **more}


def _post(command_id: str, path: str, temp_id: str | None = None, **body: Any) -> Command:
    return _command(command_id, "POST", path, body=body) | ({"temp_id": temp_id} if temp_id else {})


def _patch(command_id: str, path: str, **body: Any) -> Command:
    return _command(command_id, "PATCH", path, body=body)


def _together(client: httpx2.Client, *commands: Command) -> httpx2.Response:
    return client.post("/sync", json={"commands": [*commands], "all_or_nothing": True})


def _results(answer: httpx2.Response) -> Answers:
    assert answer.status_code == 200, answer.text
    results: Answers = answer.json()["results"]
    return results


def _statuses(results: Answers) -> list[int]:
    return [one["status"] for one in results]


def _titles(client: httpx2.Client, query: str = "") -> set[str]:
    return {task["title"] for task in client.get(f"/tasks?limit=100{query}").json()}


EVERYTHING = [
    _post("1", "/projects", "temp-home", name="Home"),
    _post("2", "/projects", "temp-shed", name="Shed", parent_id="temp-home"),
    _post("3", "/projects/temp-home/sections", "temp-later", name="Later"),
    _post("4", "/tasks", "temp-lawn", title="Mow the lawn", project_id="temp-home"),
    _post("5", "/tasks/temp-lawn/move", section_id="temp-later"),
    _post("6", "/tasks", "temp-mower", title="Fetch the mower", parent_id="temp-lawn"),
    _post("7", "/tasks", "temp-fuel", title="Buy fuel", parent_id="temp-mower", labels=["shop"]),
    _post("8", "/tasks", "temp-milk", title="Buy milk", labels=["shop", "food"], priority=1),
    _patch("9", "/tasks/temp-milk", title="Buy oat milk", description="x" * 2000),
    _patch("10", "/tasks/temp-milk", due_date="2026-12-24"),
    _post("11", "/tasks/temp-milk/comments", "temp-said", text="The one with the blue cap"),
    _patch("12", "/tasks/temp-milk/comments/temp-said", text="The one with the red cap"),
    _post("13", "/labels", "temp-label", name="garden"),
    _patch("14", "/labels/temp-label", name="outside"),
    _post("15", "/filters", "temp-filter", name="Shopping", query="@shop"),
    _patch("16", "/filters/temp-filter", name="Shops"),
    _post("17", "/tasks", "temp-gone", title="Buy bread"),
    _command("18", "DELETE", "/tasks/temp-gone"),
    _post("19", "/trash/temp-gone/restore"),
    _patch("20", "/tasks/temp-gone", title="Buy rolls"),
    _post("21", "/tasks", "temp-never", title="Buy nothing"),
    _command("22", "DELETE", "/tasks/temp-never"),
    _command("23", "DELETE", "/trash/temp-never"),
    _post("24", "/tasks", "temp-daily", title="Water", due_date="2026-11-22",
          recurrence={"rule": "FREQ=DAILY"}),
    _post("25", "/tasks/temp-daily/complete"),
    _command("26", "POST", "/tasks/temp-daily/skip"),
    _post("27", "/tasks/temp-gone/move", before="temp-milk"),
    _patch("28", "/tasks/temp-mower", completed=True),
    _command("29", "DELETE", "/projects/temp-shed"),
    _post("30", "/tasks/quick", text="Pay rent tomorrow #Home"),
    _command("31", "DELETE", "/tasks/temp-lawn"),
]  # fmt: skip


def _known(client: httpx2.Client) -> Any:
    """All that somebody has, without what is never twice the same."""
    pages = {
        path: client.get(f"{path}?limit=100").json()
        for path in ("/tasks", "/projects", "/labels", "/filters", "/trash")
    }
    tasks = [*pages["/tasks"], *client.get("/tasks?limit=100&completed=true").json()]
    pages["comments"] = [
        one for task in tasks for one in client.get(f"/tasks/{task['id']}/comments").json()
    ]
    pages["completions"] = [
        one for task in tasks for one in client.get(f"/tasks/{task['id']}/completions").json()
    ]
    names = {
        one["id"]: one.get("title") or one.get("name") for page in pages.values() for one in page
    }

    def plain(name: str, value: Any) -> Any:
        if name.endswith("_at") or name in {"position", "author_id", "completion_id"}:
            return bool(value)
        if isinstance(value, list):
            return [plain(name, one) for one in value]
        return names.get(value, "an id") if isinstance(value, str) and is_id(value) else value

    return {
        name: [{key: plain(key, value) for key, value in one.items()} for one in page]
        for name, page in pages.items()
    }


@pytest.mark.both_transports
def test_together_they_make_what_they_make_one_by_one(
    john: httpx2.Client, jane: httpx2.Client
) -> None:
    alone = jane.post("/sync", json={"commands": EVERYTHING}).json()["results"]
    assert [one["body"] for one in alone if one["status"] >= 300] == []
    together = _results(_together(john, *EVERYTHING))
    assert _statuses(together) == _statuses(alone)
    assert _known(john) == _known(jane)


def test_of_records_that_are_there_too(john: httpx2.Client, jane: httpx2.Client) -> None:
    """What is changed more than once is written once, and keeps what it had."""
    for client in (john, jane):
        task = client.post("/tasks", json={"title": "Buy milk", "labels": ["a"]}).json()["id"]
        part = client.post("/tasks", json={"title": "Find a shop", "parent_id": task}).json()["id"]
        done = client.post("/tasks", json={"title": "Buy bread", "description": "y" * 900}).json()
        commands = [
            _patch("1", f"/tasks/{task}", title="Buy oat milk"),
            _patch("2", f"/tasks/{task}", labels=["a", "b"]),
            _patch("3", f"/tasks/{part}", priority=2),
            _patch("4", f"/tasks/{task}", completed=True),
            _patch("5", f"/tasks/{done['id']}", priority=1),
            _command("6", "DELETE", f"/tasks/{done['id']}"),
            _post("7", f"/trash/{done['id']}/restore"),
            _patch("8", f"/tasks/{done['id']}", title="Buy rye bread"),
        ]
        answer = client.post("/sync", json={"commands": commands, "all_or_nothing": client is john})
        assert {*_statuses(_results(answer))} == {200, 204}
    assert _known(john) == _known(jane)


def test_they_are_one_transaction(john: httpx2.Client, dynamodb: FakeDynamo) -> None:
    dynamodb.operations.clear()
    _together(john, *(_post(f"{one}", "/tasks", title=f"Task {one}") for one in range(50)))
    writes = [one for one in dynamodb.operations if one not in {"GetItem", "BatchGetItem", "Query"}]
    # The account is told apart from others by what it writes in a minute.
    assert [one for one in writes if one != "UpdateItem"] == ["TransactWriteItems"]


@pytest.mark.both_transports
def test_if_one_fails_none_is_applied(john: httpx2.Client) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    results = _results(
        _together(
            john,
            _post("1", "/tasks", "temp-1", title="Buy bread"),
            _patch("2", f"/tasks/{task['id']}", title="Buy oat milk"),
            _patch("3", f"/tasks/{'0' * 26}", title="Buy nothing"),
            _post("4", "/tasks", title="Buy rolls", parent_id="temp-1"),
        )
    )
    assert _statuses(results) == [424, 424, 404, 424]
    assert {one["body"]["detail"] for one in results if one["status"] == 424} == {NOTHING.format(3)}
    assert not any(one["made_id"] or one["etag"] for one in results)
    assert john.get("/tasks").json() == [task]
    # It was not carried out, so that it can be once what was wrong is mended.
    mended = _together(john, _post("1", "/tasks", "temp-1", title="Buy bread"))
    assert _statuses(_results(mended)) == [201]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (_post("x", "/tasks", title=""), 422),
        (_post("x", "/labels", name="shop"), 409),
        (_command("x", "PATCH", "/tasks/{}", body={"priority": 1}, if_match='"7"'), 412),
        (_post("x", "/tasks", title="Buy rolls", parent_id="temp-1", project_id="temp-p"), 422),
        (_command("x", "POST", "/tasks/{}/skip"), 404),
    ],
    ids=["invalid", "taken", "version", "contradiction", "no occurrence"],
)
def test_whatever_it_is_refused_for(john: httpx2.Client, wrong: Command, status: int) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()["id"]
    before = _known(john)
    results = _results(
        _together(
            john,
            _post("1", "/tasks", "temp-1", title="Buy bread", labels=["shop"]),
            _post("2", "/projects", "temp-p", name="Home"),
            _patch("3", f"/tasks/{task}", title="Buy oat milk"),
            wrong | {"path": wrong["path"].format(task)},
        )
    )
    assert _statuses(results) == [424, 424, 424, status]
    assert _known(john) == before


def test_version_is_that_of_the_command_before(john: httpx2.Client) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()["id"]
    change = _patch("1", f"/tasks/{task}", title="Buy oat milk")
    other = _patch("2", f"/tasks/{task}", priority=1)
    late = _results(_together(john, change, other | {"if_match": '"1"'}))
    assert _statuses(late) == [424, 412]
    right = _results(_together(john, change, other | {"if_match": '"2"'}))
    assert [one["etag"] for one in right] == ['"2"', '"3"']


@pytest.mark.deep
def test_too_many_records_are_refused_before_any_is_written(john: httpx2.Client) -> None:
    top = john.post("/tasks", json={"title": "Move house"}).json()["id"]
    for one in range(RECORDS_MAX // 2):
        john.post("/tasks", json={"title": f"Box {one}", "parent_id": top})
    before = _known(john)
    answer = _together(
        john, _post("1", "/tasks", title="Buy milk"), _command("2", "DELETE", f"/tasks/{top}")
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "batch_too_large")
    assert answer.json()["detail"].startswith("With command 2 this is more than the 99 records")
    assert _known(john) == before
    # One by one it is deleted all the same.
    john.post("/sync", json={"commands": [_command("2", "DELETE", f"/tasks/{top}")]})
    assert john.get("/tasks").json() == []


def test_as_many_as_there_may_be(john: httpx2.Client) -> None:
    commands = [_post(f"{one}", "/tasks", title=f"Task {one}") for one in range(RECORDS_MAX)]
    assert {*_statuses(_results(_together(john, *commands)))} == {201}
    assert len(_titles(john)) == RECORDS_MAX


def test_sent_again_it_is_carried_out_once(john: httpx2.Client, dynamodb: FakeDynamo) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()["id"]
    commands = [
        _post("1", "/tasks", "temp-1", title="Buy bread"),
        _patch("2", f"/tasks/{task}", title="Buy oat milk"),
        _command("3", "DELETE", "/tasks/temp-1"),
    ]
    first = _results(_together(john, *commands))
    # Somebody else changes what it changed: that is not undone.
    john.patch(f"/tasks/{task}", json={"title": "Buy soy milk"})
    stored = dynamodb.all()
    again = _results(_together(john, *commands))
    assert dynamodb.all() == stored
    for name in ("status", "etag", "made_id", "temp_id"):
        assert [one[name] for one in again] == [one[name] for one in first]


def test_another_batch_that_begins_alike_is_refused(john: httpx2.Client) -> None:
    first = _post("1", "/tasks", title="Buy milk")
    _together(john, first)
    answer = _together(john, first, _post("2", "/tasks", title="Buy bread"))
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert _titles(john) == {"Buy milk"}


def test_whoever_is_overtaken_decides_anew(john: httpx2.Client, dynamodb: FakeDynamo) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()["id"]
    made = john.post("/tasks", json={"title": "Buy bread"}).json()["id"]
    dynamodb.interferences = [
        lambda: john.patch(f"/tasks/{task}", json={"description": "Two litres"}),
        lambda: john.delete(f"/tasks/{made}"),
    ]
    commands = [
        _post("1", "/tasks", "temp-1", title="Buy rolls"),
        _patch("2", f"/tasks/{task}", title="Buy oat milk"),
        _patch("3", f"/tasks/{task}", priority=1),
        _patch("4", f"/tasks/{made}", title="Buy rye bread"),
    ]
    results = _results(_together(john, *commands))
    assert _statuses(results) == [424, 424, 424, 404]
    assert _titles(john) == {"Buy milk"}
    results = _results(_together(john, *commands[:-1]))
    assert _statuses(results) == [201, 200, 200]
    now = john.get(f"/tasks/{task}").json()
    assert (now["title"], now["description"], now["priority"], now["version"]) == (
        "Buy oat milk", "Two litres", 1, 4,
    )  # fmt: skip


def test_who_changed_it_is_kept(john: httpx2.Client, dynamodb: FakeDynamo) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()["id"]
    _together(
        john,
        _patch("1", f"/tasks/{task}", title="Buy oat milk"),
        _patch("2", f"/tasks/{task}", priority=1),
        _post("3", "/tasks", title="Buy bread"),
    )
    signed = [item["wb"] for item in dynamodb.all(TABLES[0]) if item["sk"]["S"].startswith("TASK#")]
    assert len(signed) == 2
    assert signed[0] == signed[1]


def test_nobody_sees_half_of_it(john: httpx2.Client, jane: httpx2.Client) -> None:
    """What waits is of one request: another one, of the same process, knows nothing of it."""
    task = john.post("/tasks", json={"title": "Buy milk"}).json()["id"]
    results = _results(_together(jane, _patch("1", f"/tasks/{task}", title="Mine")))
    assert _statuses(results) == [404]
    assert _titles(john) == {"Buy milk"}


@pytest.mark.deep
def test_any_commands_make_what_they_make_one_by_one(
    john: httpx2.Client, jane: httpx2.Client
) -> None:
    """Made at random, six times twenty, without those that are refused alone."""
    for seed in range(6):
        chance = random.Random(seed)  # noqa: S311 - a test
        commands = _some(chance, f"s{seed}")
        alone = jane.post("/sync", json={"commands": commands}).json()["results"]
        good = [
            command for command, got in zip(commands, alone, strict=True) if got["status"] < 300
        ]
        together = _results(_together(john, *good))
        assert [one["status"] for one in together] == [
            one["status"] for one in alone if one["status"] < 300
        ], f"seed {seed}: {together}"
    assert _known(john) == _known(jane)


def _some(chance: random.Random, name: str) -> list[Command]:
    made: list[str] = []
    commands: list[Command] = []
    for number in range(20):
        one = f"{name}-{number}"
        task = chance.choice(made) if made else new_id()
        kinds = [
            _post(one, "/tasks", f"temp-{one}", title=f"Task {one}", labels=[f"l{number % 3}"]),
            _post(one, "/tasks", f"temp-{one}", title=f"Part {one}", parent_id=task),
            _patch(one, f"/tasks/{task}", title=f"Changed {one}"),
            _patch(one, f"/tasks/{task}", completed=chance.random() < 0.6),
            _patch(one, f"/tasks/{task}", parent_id=None),
            _post(one, f"/tasks/{task}/move", after=chance.choice(made or [task])),
            _post(one, f"/tasks/{task}/comments", text=f"Said {one}"),
            _command(one, "DELETE", f"/tasks/{task}"),
            _post(one, f"/trash/{task}/restore"),
            _post(one, f"/tasks/{task}/complete"),
        ]
        command = chance.choice(kinds if made else kinds[:1])
        commands.append(command)
        if "temp_id" in command:
            made.append(command["temp_id"])
    return commands
