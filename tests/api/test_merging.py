"""POST /sync: changes that tell what they began with are merged, field by field."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from errand.comments.model import COMMENTS_MAX
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.log import Follower, unwatched

type Change = Callable[..., dict[str, Any]]


@pytest.fixture
def task(john: httpx2.Client) -> str:
    """The path of one, as two devices have seen it."""
    made = john.post("/tasks", json={"title": "Buy milk", "description": "Two litres"}).json()
    return f"/tasks/{made['id']}"


@pytest.fixture
def change(john: httpx2.Client, task: str) -> Change:
    """What the second device sends."""

    def change(
        was: dict[str, Any], *, command_id: str = "1", together: bool = False, **fields: Any
    ) -> dict[str, Any]:
        command = {"id": command_id, "method": "PATCH", "path": task, "body": fields, "was": was}
        sent = {"commands": [command], "all_or_nothing": together}
        answer = john.post("/sync", json=sent)
        assert answer.status_code == 200, answer.text
        [result] = answer.json()["results"]
        return dict(result)

    return change


def _comments(john: httpx2.Client, task: str) -> list[tuple[str, str]]:
    found = john.get(f"{task}/comments?limit=100").json()
    return [(one["replaced"], one["text"]) for one in found]


@pytest.mark.parametrize("together", [False, True], ids=["alone", "in one transaction"])
def test_fields_of_two_devices_are_merged(
    john: httpx2.Client, task: str, change: Change, *, together: bool
) -> None:
    john.patch(task, json={"title": "Buy oat milk", "labels": ["shop"]})
    result = change(
        {"description": "Two litres", "priority": 4},
        description="One",
        priority=1,
        together=together,
    )
    assert (result["status"], result["conflicts"]) == (200, [])
    now = john.get(task).json()
    assert now == result["body"]
    assert (now["title"], now["description"], now["labels"], now["priority"]) == (
        "Buy oat milk", "One", ["shop"], 1,
    )  # fmt: skip
    assert _comments(john, task) == []


@pytest.mark.parametrize("together", [False, True], ids=["alone", "in one transaction"])
def test_of_a_conflict_both_are_kept(
    john: httpx2.Client, task: str, change: Change, *, together: bool
) -> None:
    john.patch(task, json={"title": "Buy oat milk", "description": "Three\nlitres", "priority": 2})
    result = change(
        {"title": "Buy milk", "description": "Two litres", "priority": 4},
        title="Buy soy milk",
        description=None,
        priority=1,
        together=together,
    )
    assert result["status"] == 200
    assert [(one["field"], one["replaced"]) for one in result["conflicts"]] == [
        ("title", "Buy oat milk"),
        ("description", "Three\nlitres"),
        ("priority", 2),
    ]
    now = john.get(task).json()
    assert (now["title"], now["description"], now["priority"]) == ("Buy soy milk", None, 1)
    assert _comments(john, task) == [
        ("title", "Buy oat milk"),
        ("description", "Three\nlitres"),
    ]
    title, description, priority = (one["comment_id"] for one in result["conflicts"])
    assert john.get(f"{task}/comments/{title}").json()["text"] == "Buy oat milk"
    assert john.get(f"{task}/comments/{description}").json()["replaced"] == "description"
    assert priority is None


def test_comment_and_change_are_one_transaction(
    john: httpx2.Client, task: str, change: Change, dynamodb: FakeDynamo
) -> None:
    john.patch(task, json={"title": "Buy oat milk"})
    dynamodb.operations.clear()
    change({"title": "Buy milk"}, title="Buy soy milk")
    assert dynamodb.operations.count("TransactWriteItems") == 1


def test_what_both_have_typed_is_no_conflict(
    john: httpx2.Client, task: str, change: Change
) -> None:
    john.patch(task, json={"title": "Buy oat milk"})
    assert change({"title": "Buy milk"}, title=" Buy oat milk ")["conflicts"] == []
    assert _comments(john, task) == []


def test_sent_again_it_tells_the_same_and_keeps_nothing_twice(
    john: httpx2.Client, task: str, change: Change
) -> None:
    john.patch(task, json={"title": "Buy oat milk"})
    first = change({"title": "Buy milk"}, title="Buy soy milk")
    john.patch(task, json={"title": "Buy rice milk"})
    again = change({"title": "Buy milk"}, title="Buy soy milk")
    assert again["conflicts"] == first["conflicts"]
    assert john.get(task).json()["title"] == "Buy rice milk"
    assert _comments(john, task) == [("title", "Buy oat milk")]
    # It is another command if it began with something else.
    assert change({"title": "Buy rice milk"}, title="Buy soy milk")["status"] == 422


def test_whoever_changes_it_in_the_same_instant_is_kept_too(
    john: httpx2.Client, task: str, change: Change, dynamodb: FakeDynamo
) -> None:
    dynamodb.interferences = [lambda: john.patch(task, json={"title": "Buy oat milk"})]
    result = change({"title": "Buy milk"}, title="Buy soy milk")
    assert [one["replaced"] for one in result["conflicts"]] == ["Buy oat milk"]
    assert _comments(john, task) == [("title", "Buy oat milk")]


def test_without_what_was_the_last_writer_wins(john: httpx2.Client, task: str) -> None:
    john.patch(task, json={"title": "Buy oat milk"})
    command = {"id": "1", "method": "PATCH", "path": task, "body": {"title": "Buy soy milk"}}
    [result] = john.post("/sync", json={"commands": [command]}).json()["results"]
    assert (result["status"], result["conflicts"]) == (200, [])
    assert _comments(john, task) == []


def test_own_changes_in_a_row_are_no_conflict(
    john: httpx2.Client, task: str, change: Change
) -> None:
    """Also where the first is kept in another form than it was typed in."""
    typed = "  Buy oat milk "
    change({"title": "Buy milk"}, title=typed, labels=["Shop"])
    second = {"title": typed, "labels": ["SHOP"]}
    result = change(second, title="Buy soy milk", labels=[], command_id="2")
    assert (result["status"], result["conflicts"]) == (200, [])
    # Nor is one whose own text was refused: what is there is kept, for it was not to be replaced.
    change({"title": "Buy soy milk"}, title="no", command_id="3")
    change({"title": "no"}, title="no milk", command_id="4")
    assert _comments(john, task) == [("title", "Buy soy milk")]


def test_what_was_may_be_anything(john: httpx2.Client, task: str, change: Change) -> None:
    """What no task can have is like nothing that it has: what is there is kept."""
    result = change(
        {"title": ["x"], "due": {"type": "?"}, "priority": 99, "labels": "x", "completed": None},
        title="Buy soy milk",
        due={"type": "date", "date": "2026-12-24"},
        priority=1,
        labels=["shop"],
        completed=True,
    )
    assert result["status"] == 200
    assert _comments(john, task) == [("title", "Buy milk")]
    assert {one["field"] for one in result["conflicts"]} <= {
        *["title", "due", "priority", "labels"]
    }


def test_text_is_told_where_there_is_no_room_for_it(
    john: httpx2.Client, task: str, change: Change, dynamodb: FakeDynamo
) -> None:
    john.post(f"{task}/comments", json={"text": "Said"})
    items = dynamodb.items["DataTable"]
    pk, sk = next(key for key in items if key[1].startswith("COMMENT#"))
    comment = items[pk, sk]
    for number in range(COMMENTS_MAX):
        key = (pk, f"{sk[:-8]}{number:08}")
        items[key] = {**comment, "sk": {"S": key[1]}}
    john.patch(task, json={"title": "Buy oat milk"})
    result = change({"title": "Buy milk"}, title="Buy soy milk")
    assert result["conflicts"] == [
        {"field": "title", "replaced": "Buy oat milk", "comment_id": None}
    ]
    Follower(unwatched(dynamodb)).follow()
    assert "Buy oat milk" in john.get(f"{task}/history").text


def test_temporary_ids_stand_in_what_was(john: httpx2.Client) -> None:
    commands = [
        {"id": "1", "method": "POST", "path": "/projects", "temp_id": "temp-p",
         "body": {"name": "Home"}},
        {"id": "2", "method": "POST", "path": "/tasks", "temp_id": "temp-t",
         "body": {"title": "Mow the lawn", "project_id": "temp-p"}},
        {"id": "3", "method": "PATCH", "path": "/tasks/temp-t", "body": {"project_id": "inbox"},
         "was": {"project_id": "temp-p"}},
    ]  # fmt: skip
    results = john.post("/sync", json={"commands": commands}).json()["results"]
    assert [(one["status"], one["conflicts"]) for one in results[1:]] == [(201, []), (200, [])]


def test_task_in_the_trash_is_told_with_the_way_back(
    john: httpx2.Client, task: str, change: Change
) -> None:
    john.delete(task)
    result = change({"title": "Buy milk"}, title="Buy soy milk")
    task_id = task.rpartition("/")[2]
    assert (result["status"], result["body"]["code"]) == (404, "in_trash")
    assert f"POST /trash/{task_id}/restore" in result["body"]["detail"]
    # The client decides, here to bring it back; what was not carried out can be, by its id.
    restore = {"id": "r", "method": "POST", "path": f"/trash/{task_id}/restore"}
    john.post("/sync", json={"commands": [restore]})
    assert change({"title": "Buy milk"}, title="Buy soy milk")["status"] == 200
    assert john.get(task).json()["title"] == "Buy soy milk"


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("POST", "/tasks/{}/complete", "in_trash"),
        ("POST", "/tasks/{}/move", "in_trash"),
        ("PUT", "/tasks/{}", "in_trash"),
        ("DELETE", "/tasks/{}", "not_found"),
        ("PATCH", "/projects/{}", "not_found"),
        ("POST", "/trash/{}x/restore", "not_found"),
    ],
)
def test_which_commands_are_told_of_the_trash(
    john: httpx2.Client, task: str, method: str, path: str, code: str
) -> None:
    john.delete(task)
    command = {"id": "1", "method": method, "path": path.format(task.rpartition("/")[2])}
    body: dict[str, Any] = {} if method == "DELETE" else {"body": {}}
    [result] = john.post("/sync", json={"commands": [command | body]}).json()["results"]
    assert (result["status"], result["body"]["code"]) == (404, code)


def test_trash_of_somebody_else_is_not_told(
    john: httpx2.Client, jane: httpx2.Client, task: str
) -> None:
    john.delete(task)
    command = {"id": "1", "method": "PATCH", "path": task, "body": {"title": "Mine"}}
    [result] = jane.post("/sync", json={"commands": [command]}).json()["results"]
    assert result["body"]["code"] == "not_found"


@pytest.mark.parametrize(
    "command",
    [
        {"method": "POST", "path": "/tasks/x/move"},
        {"method": "DELETE", "path": "/tasks/x"},
        {"path": "/tasks"},
        {"path": "/trash/x"},
        {"path": "/tasks/x/comments"},
        {"was": {"description": "Two litres"}},
        {"was": []},
        {"body": None},
    ],
    ids=str,
)
def test_what_was_is_of_fields_of_one_thing(john: httpx2.Client, command: dict[str, Any]) -> None:
    good = {"id": "1", "method": "PATCH", "path": "/tasks/x", "body": {"title": "Buy milk"}}
    sent = good | {"was": {"title": "Buy bread"}} | command
    answer = john.post("/sync", json={"commands": [sent]})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")


@pytest.fixture(params=["projects", "labels", "filters", "sections", "comments"])
def other(request: pytest.FixtureRequest, john: httpx2.Client, task: str) -> tuple[str, str]:
    """The path of something else, and its field."""
    field = "text" if request.param == "comments" else "name"
    where = f"/{request.param}"
    if request.param == "sections":
        where = f"/projects/{john.post('/projects', json={'name': 'Home'}).json()['id']}/sections"
    if request.param == "comments":
        where = f"{task}/comments"
    more = {"query": "!completed"} if request.param == "filters" else {}
    made = john.post(where, json={field: "milk", **more})
    assert made.status_code == 201, made.text
    return f"{where}/{made.json()['id']}", field


@pytest.fixture
def change_other(john: httpx2.Client, other: tuple[str, str]) -> Change:
    path, field = other

    def change(was: str, value: str, *, together: bool = False, **more: str) -> dict[str, Any]:
        change = {"body": {field: value}, "was": {field: was}}
        command = {"id": "1", "method": "PATCH", "path": path, **change, **more}
        answer = john.post("/sync", json={"commands": [command], "all_or_nothing": together})
        assert answer.status_code == 200, answer.text
        [result] = answer.json()["results"]
        return dict(result)

    return change


@pytest.mark.parametrize("together", [False, True], ids=["alone", "in one transaction"])
def test_of_anything_else_what_was_replaced_is_told(
    john: httpx2.Client, other: tuple[str, str], change_other: Change, *, together: bool
) -> None:
    path, field = other
    john.patch(path, json={field: "oat milk"})
    result = change_other("milk", "soy milk", together=together)
    told = {"field": field, "replaced": "oat milk", "comment_id": None}
    assert (result["status"], result["conflicts"]) == (200, [told])
    assert john.get(path).json()[field] == "soy milk"
    assert change_other("milk", "soy milk", together=together)["conflicts"] == [told]


@pytest.mark.parametrize(
    ("was", "value"), [("oat milk", "soy milk"), (" oat milk ", "soy milk"), ("milk", "oat milk ")]
)
def test_of_anything_else_what_was_known_is_no_conflict(
    john: httpx2.Client, other: tuple[str, str], change_other: Change, was: str, value: str
) -> None:
    path, field = other
    john.patch(path, json={field: "oat milk"})
    result = change_other(was, value)
    assert (result["status"], result["conflicts"]) == (200, [])
    assert john.get(path).json()[field] == value.strip()


def test_of_anything_else_a_change_in_the_same_instant_is_told(
    john: httpx2.Client, other: tuple[str, str], change_other: Change, dynamodb: FakeDynamo
) -> None:
    path, field = other
    dynamodb.interferences = [lambda: john.patch(path, json={field: "oat milk"})]
    result = change_other("milk", "soy milk")
    assert [one["replaced"] for one in result["conflicts"]] == ["oat milk"]
    assert john.get(path).json()[field] == "soy milk"


def test_of_anything_else_a_version_that_is_gone_is_refused(
    john: httpx2.Client, other: tuple[str, str], change_other: Change
) -> None:
    path, field = other
    john.patch(path, json={field: "oat milk"})
    result = change_other("milk", "soy milk", if_match='"1"')
    assert (result["status"], result["conflicts"]) == (412, [])
    assert john.get(path).json()[field] == "oat milk"


def test_of_anything_else_that_is_gone_there_is_nothing_to_tell(
    john: httpx2.Client, other: tuple[str, str], change_other: Change
) -> None:
    path, _ = other
    assert john.delete(path).status_code == 204
    result = change_other("milk", "soy milk")
    assert (result["status"], result["conflicts"]) == (404, [])


def test_of_anything_else_what_is_refused_replaces_nothing(
    john: httpx2.Client, other: tuple[str, str], change_other: Change
) -> None:
    path, field = other
    john.patch(path, json={field: "oat milk"})
    result = change_other("milk", " ")
    assert (result["status"], result["conflicts"]) == (422, [])
