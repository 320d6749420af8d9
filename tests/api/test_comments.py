"""Comments on tasks."""

from collections.abc import Callable
from functools import partial
from typing import Any

import httpx2
import pytest

from errand.comments.model import COMMENTS_MAX, Comment
from errand.comments.repository import DynamoComments
from errand.ids import new_id
from errand.storage.unit import Unit
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.log import Follower, unwatched
from errand_testkit.stored import commit


@pytest.fixture
def follow(tables: None, dynamodb: FakeDynamo) -> Callable[[], None]:  # noqa: ARG001 - it is empty
    """What follows the stream catches up."""
    return Follower(unwatched(dynamodb)).follow


@pytest.fixture
def task(john: httpx2.Client) -> str:
    """Its place."""
    return f"/tasks/{john.post('/tasks', json={'title': 'Buy milk'}).json()['id']}"


@pytest.fixture
def comments(task: str) -> str:
    return f"{task}/comments"


def _say(client: httpx2.Client, comments: str, text: str = "None left") -> dict[str, Any]:
    said = client.post(comments, json={"text": text})
    assert said.status_code == 201
    made: dict[str, Any] = said.json()
    return made


def _texts(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200
    return [comment["text"] for comment in answer.json()]


def _kept(dynamodb: FakeDynamo) -> list[str]:
    """Texts of all comments in the table."""
    items = dynamodb.all("DataTable")
    return [item["t"]["S"] for item in items if item["sk"]["S"].startswith("COMMENT#")]


def test_comment_tells_who_wrote_what_and_when(
    john: httpx2.Client, task: str, comments: str
) -> None:
    answer = john.post(comments, json={"text": " None left.\nAgain on Monday "})
    said = answer.json()
    assert said["text"] == "None left.\nAgain on Monday"
    assert said["task_id"] == task.removeprefix("/tasks/")
    assert said["author_id"] == john.get("/users/me").json()["id"]
    assert (said["edited_at"], said["version"]) == (None, 1)
    assert answer.headers["Location"] == f"{comments}/{said['id']}"
    read = john.get(f"{comments}/{said['id']}")
    assert (read.json(), read.headers["ETag"]) == (said, '"1"')


def test_only_another_text_is_an_edit(
    john: httpx2.Client, comments: str, clock: ManualClock
) -> None:
    said = _say(john, comments)
    place = f"{comments}/{said['id']}"
    clock.advance(60)
    for same in ({}, {"text": " None left "}, {**said}):
        assert john.patch(place, json=same).json() == said
    edited = john.patch(place, json={"text": "One left"}).json()
    assert edited == {
        **said,
        "text": "One left",
        "edited_at": edited["edited_at"],
        "version": 2,
    }
    assert edited["edited_at"] > said["created_at"]


def test_version_that_is_not_the_present_one_changes_nothing(
    john: httpx2.Client, comments: str
) -> None:
    place = f"{comments}/{_say(john, comments)['id']}"
    other = {"If-Match": '"2"'}
    assert john.patch(place, json={"text": "One left"}, headers=other).status_code == 412
    assert john.delete(place, headers=other).status_code == 412
    assert john.get(place, headers={"If-None-Match": '"1"'}).status_code == 304
    assert _texts(john.get(comments)) == ["None left"]


def test_deleted_comment_is_gone(john: httpx2.Client, comments: str) -> None:
    place = f"{comments}/{_say(john, comments)['id']}"
    assert john.delete(place).status_code == 204
    for answer in (john.get(place), john.patch(place, json={}), john.delete(place)):
        assert (answer.status_code, answer.json()["detail"]) == (404, "Comment not found")
    assert _texts(john.get(comments)) == []


@pytest.mark.parametrize(
    ("order", "told"),
    [("", ["a", "b", "c"]), ("&order=asc", ["a", "b", "c"]), ("&order=desc", ["c", "b", "a"])],
)
def test_comments_are_listed_in_order(
    john: httpx2.Client, comments: str, order: str, told: list[str]
) -> None:
    for text in "abc":
        _say(john, comments, text)
    first = john.get(f"{comments}?limit=2{order}")
    rest = john.get(first.links["next"]["url"])
    assert [*_texts(first), *_texts(rest)] == told
    assert "next" not in rest.links


def test_cursor_is_good_for_its_task_and_order_alone(john: httpx2.Client, comments: str) -> None:
    for text in "ab":
        _say(john, comments, text)
    following = john.get(f"{comments}?limit=1").links["next"]["url"]
    assert john.get(f"{following}&order=desc").status_code == 422
    other = f"/tasks/{john.post('/tasks', json={'title': 'Buy bread'}).json()['id']}/comments"
    assert john.get(following.replace(comments, other)).status_code == 422


def test_same_key_says_it_once(john: httpx2.Client, comments: str) -> None:
    said = [
        john.post(comments, json={"text": "None"}, headers={"Idempotency-Key": "1"}).json()
        for _ in range(2)
    ]
    assert said[0] == said[1]
    assert _texts(john.get(comments)) == ["None"]


def test_task_that_is_not_there_has_no_comments(
    john: httpx2.Client, jane: httpx2.Client, comments: str
) -> None:
    said = _say(john, comments)
    nowhere = (f"/tasks/{new_id()}/comments", "/tasks/x/comments")
    for client, place in ((jane, comments), *((john, one) for one in nowhere)):
        assert client.post(place, json={"text": "Hello"}).status_code == 404
        assert client.get(place).status_code == 404
        assert client.get(f"{place}/{said['id']}").status_code == 404
        assert client.patch(f"{place}/{said['id']}", json={"text": "x"}).status_code == 404
        assert client.delete(f"{place}/{said['id']}").status_code == 404
    assert _texts(john.get(comments)) == ["None left"]


def test_completed_task_is_talked_about_too(john: httpx2.Client, task: str, comments: str) -> None:
    john.patch(task, json={"completed": True})
    _say(john, comments, "That took long")
    assert _texts(john.get(comments)) == ["That took long"]


def test_comments_are_in_the_trash_with_their_task_and_restored_with_it(
    john: httpx2.Client, task: str, comments: str, follow: Callable[[], None]
) -> None:
    place = f"{comments}/{_say(john, comments)['id']}"
    john.delete(task)
    follow()
    assert john.get(comments).status_code == 404
    assert john.get(place).status_code == 404
    assert john.post(comments, json={"text": "Why?"}).status_code == 404
    john.post(f"{task.replace('/tasks/', '/trash/')}/restore")
    follow()
    assert _texts(john.get(comments)) == ["None left"]


def test_restored_and_deleted_again_keeps_its_comments(
    john: httpx2.Client, task: str, comments: str, follow: Callable[[], None]
) -> None:
    """What follows the stream is late: it hears that it left the trash when it is back there."""
    _say(john, comments)
    john.delete(task)
    john.post(f"{task.replace('/tasks/', '/trash/')}/restore")
    john.delete(task)
    follow()
    john.post(f"{task.replace('/tasks/', '/trash/')}/restore")
    follow()
    assert _texts(john.get(comments)) == ["None left"]


def test_comments_go_with_a_task_that_is_deleted_for_good(
    john: httpx2.Client,
    task: str,
    comments: str,
    follow: Callable[[], None],
    dynamodb: FakeDynamo,
) -> None:
    kept = f"/tasks/{john.post('/tasks', json={'title': 'Buy bread'}).json()['id']}/comments"
    _say(john, kept, "Rye")
    for number in range(30):
        _say(john, comments, f"{number}")
    john.delete(task)
    follow()
    assert len(_kept(dynamodb)) == 31
    john.delete(task.replace("/tasks/", "/trash/"))
    follow()
    assert _kept(dynamodb) == ["Rye"]


def test_comments_go_with_a_task_that_expires_in_the_trash(
    john: httpx2.Client,
    task: str,
    comments: str,
    follow: Callable[[], None],
    dynamodb: FakeDynamo,
) -> None:
    _say(john, comments)
    john.delete(task)
    [trashed] = [one for one in dynamodb.all("DataTable") if "TRASH#" in one["sk"]["S"]]
    dynamodb.call(
        "DeleteItem",
        {"TableName": "DataTable", "Key": {"pk": trashed["pk"], "sk": trashed["sk"]}},
    )
    follow()
    assert _kept(dynamodb) == []


def test_comments_are_in_the_history_of_their_task(
    john: httpx2.Client, task: str, comments: str, follow: Callable[[], None]
) -> None:
    place = f"{comments}/{_say(john, comments)['id']}"
    john.patch(place, json={"text": "One left"})
    follow()
    told = john.get(f"{task}/history").json()
    assert [(one["kind"], one["action"]) for one in told] == [
        ("comment", "updated"),
        ("comment", "created"),
        ("task", "created"),
    ]
    assert (told[0]["old"]["text"], told[0]["new"]["text"]) == ("None left", "One left")


def test_undo_is_of_the_task_and_not_of_what_was_said(
    john: httpx2.Client, task: str, comments: str, follow: Callable[[], None]
) -> None:
    john.patch(task, json={"title": "Buy oat milk"})
    _say(john, comments)
    follow()
    assert john.post(f"{task}/undo").json()["title"] == "Buy milk"
    assert _texts(john.get(comments)) == ["None left"]


def test_comments_are_synchronised_and_exported(
    john: httpx2.Client, comments: str, follow: Callable[[], None]
) -> None:
    begun = john.get("/sync").json()["cursor"]
    said = _say(john, comments)
    follow()
    told = john.get("/sync", params={"cursor": begun}).json()["changes"]
    assert [one["value"] for one in told if one["kind"] == "comment"] == [said]
    assert john.get("/users/me/export").json()["comments"] == [said]


def _add(comment: Comment, user_id: str, unit: Unit) -> None:
    DynamoComments().add(unit, comment, user_id=user_id)


@pytest.fixture
def full(john: httpx2.Client, task: str, clock: ManualClock) -> None:
    """The task has as many as it may have."""
    user_id = john.get("/users/me").json()["id"]
    task_id = task.removeprefix("/tasks/")
    for _ in range(COMMENTS_MAX):
        said = {"text": "x" * 100}
        comment = Comment.new(new_id(), task_id, said, author_id=user_id, now=clock())
        commit(partial(_add, comment, user_id))


@pytest.mark.deep
@pytest.mark.usefixtures("full")
def test_task_has_at_most_a_thousand(john: httpx2.Client, comments: str) -> None:
    refused = john.post(comments, json={"text": "One more"})
    assert (refused.status_code, refused.json()["detail"]) == (
        422,
        "A task has at most 1000 comments",
    )
    [first] = john.get(f"{comments}?limit=1").json()
    john.delete(f"{comments}/{first['id']}")
    key = {"Idempotency-Key": "1"}
    said = john.post(comments, json={"text": "The last"}, headers=key)
    assert said.status_code == 201
    # The same request again is no other comment.
    again = john.post(comments, json={"text": "The last"}, headers=key)
    assert (again.status_code, again.json()) == (201, said.json())


@pytest.mark.deep
@pytest.mark.usefixtures("full")
def test_texts_are_not_read_to_count_them(
    john: httpx2.Client,
    comments: str,
    dynamodb: FakeDynamo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    watch: Any = lambda operation, request: asked.append((operation, request))  # noqa: E731
    monkeypatch.setattr(dynamodb, "_watch", watch)
    john.post(comments, json={"text": "One more"})
    queries = [request for operation, request in asked if operation == "Query"]
    assert [request["IndexName"] for request in queries] == ["by_tree"]
