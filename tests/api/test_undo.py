"""Undoing the last change of a task."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from errand.history.reconciling import Reconciler
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.log import NAMES, Follower, unwatched

FULL = {
    "title": "Buy milk",
    "description": "x" * 1000,
    "due": {"type": "zoned", "at": "2026-12-24T09:00:00", "zone": "Europe/Berlin"},
    "deadline": "2026-12-31",
    "start": {"type": "date", "date": "2026-12-01"},
    "duration": 30,
    "priority": 1,
    "reminders": [{"type": "relative", "before": "due", "minutes": 10}],
    "links": ["https://example.com/"],
    "recurrence": {"rule": "FREQ=DAILY"},
}
DAILY = {"title": "Water plants", "due_date": "2026-11-22", "recurrence": {"rule": "FREQ=DAILY"}}
MOVE = {
    "occurrence": {"type": "date", "date": "2026-11-24"},
    "due": {"type": "date", "date": "2026-11-25"},
}
# What tells versions of one task apart, whatever else is as it was.
TOLD = {"version", "updated_at"}


@pytest.fixture
def follow(tables: None, dynamodb: FakeDynamo) -> Callable[[], None]:  # noqa: ARG001 - it is empty
    """The log catches up."""
    return Follower(unwatched(dynamodb)).follow


def _own(task: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in task.items() if name not in TOLD}


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Buy bread"},
        {"description": None, "links": []},
        {"description": "short"},
        {"due": None},
        {"due_date": "2027-01-01"},
        {"recurrence": {"rule": "FREQ=WEEKLY"}},
        {"recurrence": None},
        {"priority": 4, "deadline": None, "start": None, "duration": None, "reminders": []},
        {"completed": True},
        {"completed": True, "title": "Buy bread"},
    ],
    ids=str,
)
def test_task_is_as_it_was(
    john: httpx2.Client, follow: Callable[[], None], clock: ManualClock, change: dict[str, Any]
) -> None:
    before = john.post("/tasks", json=FULL).json()
    place = f"/tasks/{before['id']}"
    clock.advance(seconds=1)
    assert john.patch(place, json=change).status_code == 200
    follow()
    undone = john.post(f"{place}/undo")
    assert undone.status_code == 200, undone.text
    assert _own(undone.json()) == _own(before)
    assert undone.json()["version"] == 3
    assert undone.headers["ETag"] == '"3"'
    assert john.get(place).json() == undone.json()
    assert john.get(f"{place}/completions").json() == []


def test_it_is_in_the_views_that_it_was_in(john: httpx2.Client, follow: Callable[[], None]) -> None:
    task = john.post("/tasks", json=FULL).json()
    john.patch(f"/tasks/{task['id']}", json={"priority": 4, "due": None, "recurrence": None})
    assert john.get("/tasks?priority=1").json() == []
    follow()
    john.post(f"/tasks/{task['id']}/undo")
    assert len(john.get("/tasks?priority=1").json()) == 1
    assert len(john.get("/tasks?view=upcoming").json()) == 1


def test_completed_is_reopened_in_the_inbox_if_its_project_is_gone(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    task = john.post("/tasks", json={"title": "Buy milk", "project_id": home}).json()["id"]
    john.post(f"/tasks/{task}/complete")
    assert john.delete(f"/projects/{home}").status_code == 204
    follow()
    assert john.post(f"/tasks/{task}/undo").json()["project_id"] == "inbox"


def test_completed_is_reopened_and_reopened_was_completed_when_it_was(
    john: httpx2.Client, follow: Callable[[], None], clock: ManualClock
) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    place = f"/tasks/{task['id']}"
    clock.advance(seconds=1)
    completed = john.post(f"{place}/complete").json()
    clock.advance(seconds=60)
    john.patch(place, json={"completed": False})
    follow()
    assert john.post(f"{place}/undo").json()["completed_at"] == completed["completed_at"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/complete", {}),
        ("POST", "/complete", {"for_ever": True}),
        ("POST", "/skip", None),
        ("PATCH", "/occurrences", MOVE),
        ("PATCH", "", {"completed": True}),
    ],
)
def test_what_is_done_to_an_occurrence_is_undone(
    john: httpx2.Client,
    follow: Callable[[], None],
    clock: ManualClock,
    method: str,
    path: str,
    body: Any,
) -> None:
    task = john.post("/tasks", json=DAILY).json()
    place = f"/tasks/{task['id']}"
    clock.advance(seconds=1)
    john.post(f"{place}/complete")
    before = john.get(place).json()
    clock.advance(seconds=1)
    assert john.request(method, place + path, json=body).status_code == 200
    follow()
    assert _own(john.post(f"{place}/undo").json()) == _own(before)
    # The completion before it is still one.
    assert len(john.get(f"{place}/completions").json()) == 1
    days = [one["due"]["date"] for one in john.get(f"{place}/occurrences?limit=3").json()]
    assert days == ["2026-11-23", "2026-11-24", "2026-11-25"]


def test_undoing_an_undo_does_it_again(
    john: httpx2.Client, follow: Callable[[], None], clock: ManualClock
) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    place = f"/tasks/{task['id']}"
    clock.advance(seconds=1)
    john.patch(place, json={"title": "Buy bread"})
    titles = []
    for _ in range(3):
        follow()
        titles.append(john.post(f"{place}/undo").json()["title"])
    assert titles == ["Buy milk", "Buy bread", "Buy milk"]


def test_completion_that_was_undone_is_not_made_up_again(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    task = john.post("/tasks", json=DAILY).json()
    place = f"/tasks/{task['id']}"
    john.post(f"{place}/complete")
    follow()
    john.post(f"{place}/undo")
    follow()
    answer = john.post(f"{place}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_the_latest")


def test_change_after_a_completion_was_undone_is_undone(
    john: httpx2.Client, dynamodb: FakeDynamo, follow: Callable[[], None]
) -> None:
    """Whatever order the stream has for what was one transaction."""
    task = john.post("/tasks", json=DAILY).json()
    place = f"/tasks/{task['id']}"
    john.post(f"{place}/complete")
    follow()
    [done] = john.get(f"{place}/completions").json()
    john.delete(f"{place}/completions/{done['completion_id']}")
    one, other = (record["dynamodb"] for record in dynamodb.stream[-2:])
    one["SequenceNumber"], other["SequenceNumber"] = other["SequenceNumber"], one["SequenceNumber"]
    dynamodb.stream[-2:] = reversed(dynamodb.stream[-2:])
    john.patch(place, json={"title": "Water all plants"})
    follow()
    assert _undone(john, task["id"])["title"] == DAILY["title"]


@pytest.mark.parametrize("times", [1, 12])
def test_write_that_changed_nothing_is_no_change(
    john: httpx2.Client, follow: Callable[[], None], times: int
) -> None:
    task = john.post("/tasks", json=DAILY).json()
    place = f"/tasks/{task['id']}"
    john.post(f"{place}/complete")
    for _ in range(times):
        john.patch(place, json={"title": DAILY["title"]})
    follow()
    assert _own(_undone(john, task["id"])) == _own(task)
    assert john.get(f"{place}/completions").json() == []
    john.patch(place, json={"title": DAILY["title"]})
    follow()
    # Nor does one after it make the completion that was undone.
    assert john.post(f"{place}/undo").status_code == 409
    assert john.get(f"{place}/completions").json() == []


def test_task_that_was_only_written_as_it_was_has_nothing_to_undo(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    john.patch(f"/tasks/{task['id']}", json={"title": "Buy milk"})
    follow()
    answer = john.post(f"/tasks/{task['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_the_latest")
    assert "has not changed" in answer.json()["detail"]


@pytest.mark.parametrize(
    "does", [["complete", "edit"], ["edit", "complete"], ["complete", "edit", "complete", "skip"]]
)
def test_what_a_batch_did_to_a_task_is_one_change(
    john: httpx2.Client, follow: Callable[[], None], clock: ManualClock, does: list[str]
) -> None:
    task = john.post("/tasks", json=DAILY).json()
    part = john.post("/tasks", json={"title": "Fetch water", "parent_id": task["id"]}).json()
    john.post(f"/tasks/{part['id']}/complete")
    clock.advance(seconds=1)
    place = f"/tasks/{task['id']}"
    before = [john.get(path).json() for path in (place, f"/tasks/{part['id']}")]
    requests: dict[str, Any] = {
        "complete": {"method": "POST", "path": f"{place}/complete"},
        "skip": {"method": "POST", "path": f"{place}/skip"},
        "edit": {"method": "PATCH", "path": place, "body": {"title": "Water all plants"}},
    }
    commands = [{"id": f"c{at}", **requests[name]} for at, name in enumerate(does)]
    answer = john.post("/sync", json={"commands": commands, "all_or_nothing": True})
    assert {result["status"] for result in answer.json()["results"]} == {200}
    follow()
    _undone(john, task["id"])
    now = [john.get(path).json() for path in (place, f"/tasks/{part['id']}")]
    assert [*map(_own, now)] == [*map(_own, before)]
    assert john.get(f"{place}/completions").json() == []


@pytest.mark.deep
def test_change_before_many_comments_is_found_in_few_requests(
    john: httpx2.Client, follow: Callable[[], None], dynamodb: FakeDynamo
) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    place = f"/tasks/{task['id']}"
    john.patch(place, json={"title": "Buy bread"})
    for number in range(150):
        john.post(f"{place}/comments", json={"text": f"Comment {number}"})
    follow()
    asked = len(dynamodb.operations)
    assert _undone(john, task["id"])["title"] == "Buy milk"
    assert len(dynamodb.operations) - asked < 12


def test_same_key_undoes_once(john: httpx2.Client, follow: Callable[[], None]) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    place = f"/tasks/{task['id']}"
    john.patch(place, json={"priority": 1})
    follow()
    headers = {"Idempotency-Key": "1"}
    first = john.post(f"{place}/undo", headers=headers)
    # Whether or not the log has it by then.
    for _ in range(2):
        again = john.post(f"{place}/undo", headers=headers)
        assert (again.json(), again.headers["ETag"]) == (first.json(), '"3"')
        follow()
    assert john.get(place).json()["version"] == 3


# ---------------------------------------------------------------------------- what is refused


def test_new_task_has_nothing_to_undo(john: httpx2.Client, follow: Callable[[], None]) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    for _ in range(2):
        answer = john.post(f"/tasks/{task['id']}/undo")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_the_latest")
        follow()


def test_restored_task_has_nothing_to_undo(john: httpx2.Client, follow: Callable[[], None]) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    john.delete(f"/tasks/{task['id']}")
    john.post(f"/trash/{task['id']}/restore")
    follow()
    answer = john.post(f"/tasks/{task['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_the_latest")


def test_change_that_is_not_in_the_log_yet_can_be_undone_soon(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    place = f"/tasks/{task['id']}"
    john.patch(place, json={"priority": 1})
    follow()
    john.patch(place, json={"priority": 2})
    answer = john.post(f"{place}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_recorded_yet")
    assert answer.headers["Retry-After"] == "1"
    follow()
    assert john.post(f"{place}/undo").json()["priority"] == 1


def test_what_somebody_has_changed_meanwhile_stays(
    john: httpx2.Client, follow: Callable[[], None], dynamodb: FakeDynamo
) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    place = f"/tasks/{task['id']}"
    john.patch(place, json={"priority": 1})
    follow()
    dynamodb.interferences = [lambda: john.patch(place, json={"priority": 2})]
    assert john.post(f"{place}/undo").status_code == 409
    assert john.get(place).json()["priority"] == 2


def test_version_that_is_not_there_any_more(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    place = f"/tasks/{task['id']}"
    john.patch(place, json={"priority": 1})
    follow()
    assert john.post(f"{place}/undo", headers={"If-Match": '"1"'}).status_code == 412
    assert john.post(f"{place}/undo", headers={"If-Match": '"2"'}).status_code == 200


def test_project_that_is_gone_is_no_place_to_go_back_to(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    project = john.post("/projects", json={"name": "Home"}).json()
    body = {"title": "Buy milk", "project_id": project["id"]}
    task = john.post("/tasks", json=body).json()
    john.patch(f"/tasks/{task['id']}", json={"project_id": "inbox"})
    john.delete(f"/projects/{project['id']}")
    follow()
    answer = john.post(f"/tasks/{task['id']}/undo")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "Project not found"


def test_nobody_elses(john: httpx2.Client, jane: httpx2.Client, follow: Callable[[], None]) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    john.patch(f"/tasks/{task['id']}", json={"priority": 1})
    follow()
    for task_id in (task["id"], "nothing", "0" * 26):
        assert jane.post(f"/tasks/{task_id}/undo").status_code == 404


# ------------------------------------------------------------------- labels, trees, manual order


def _undone(client: httpx2.Client, task_id: str) -> dict[str, Any]:
    answer = client.post(f"/tasks/{task_id}/undo")
    assert answer.status_code == 200, answer.text
    task: dict[str, Any] = answer.json()
    return task


def test_labels_are_as_they_were(john: httpx2.Client, follow: Callable[[], None]) -> None:
    task = john.post("/tasks", json={"title": "Pay", "labels": ["rent", "bank"]}).json()
    for labels in (["rent"], [], ["home"]):
        before = john.get(f"/tasks/{task['id']}").json()
        john.patch(f"/tasks/{task['id']}", json={"labels": labels})
        follow()
        assert _own(_undone(john, task["id"])) == _own(before)
        john.patch(f"/tasks/{task['id']}", json={"labels": labels})


def test_move_is_undone_with_all_below(john: httpx2.Client, follow: Callable[[], None]) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    trip = john.post("/tasks", json={"title": "Trip"}).json()
    pack = john.post("/tasks", json={"title": "Pack", "parent_id": trip["id"]}).json()
    john.post("/tasks", json={"title": "Socks", "parent_id": pack["id"]})
    john.post(f"/tasks/{trip['id']}/move", json={"project_id": home})
    follow()
    assert _own(_undone(john, trip["id"])) == _own(trip)
    assert john.get(f"/tasks?project_id={home}").json() == []
    # A part that became a task of its own is a part again.
    before = john.get(f"/tasks/{pack['id']}").json()
    john.patch(f"/tasks/{pack['id']}", json={"parent_id": None})
    follow()
    assert _own(_undone(john, pack["id"])) == _own(before)
    john.post(f"/tasks/{trip['id']}/complete")
    assert john.get("/tasks?completed=false").json() == []


def test_place_among_neighbours_is_as_it_was(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    first, second = (john.post("/tasks", json={"title": title}).json() for title in ("One", "Two"))
    john.post(f"/tasks/{second['id']}/move", json={"before": first["id"]})
    follow()
    assert _own(_undone(john, second["id"])) == _own(second)


def test_completion_is_undone_with_all_below(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    clean = john.post("/tasks", json=DAILY).json()
    parts = [
        john.post("/tasks", json={"title": title, "parent_id": clean["id"]}).json()
        for title in ("Floor", "Windows")
    ]
    john.post(f"/tasks/{parts[0]['id']}/complete")
    before = [john.get(f"/tasks/{part['id']}").json()["completed_at"] for part in parts]
    john.post(f"/tasks/{clean['id']}/complete")
    follow()
    assert _undone(john, clean["id"])["due_date"] == clean["due_date"]
    now = [john.get(f"/tasks/{part['id']}").json()["completed_at"] for part in parts]
    assert now == before


def test_what_the_log_has_missed_cannot_be_undone(
    john: httpx2.Client, follow: Callable[[], None], dynamodb: FakeDynamo, clock: ManualClock
) -> None:
    """It is known that something has changed, and not what it was."""
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    follow()
    john.patch(f"/tasks/{task['id']}", json={"title": "Buy bread"})
    user_id = john.get("/users/me").json()["id"]
    reconciler = Reconciler(
        dynamodb=unwatched(dynamodb), names=NAMES, clock=clock, pause=lambda _: None
    )
    assert reconciler.reconcile(user_id) == 1
    answer = john.post(f"/tasks/{task['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_the_latest")
    assert john.get(f"/tasks/{task['id']}").json()["title"] == "Buy bread"


def test_part_that_was_moved_with_its_task_is_not_moved_back_alone(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    trip = john.post("/tasks", json={"title": "Trip"}).json()["id"]
    pack = john.post("/tasks", json={"title": "Pack", "parent_id": trip}).json()["id"]
    john.post(f"/tasks/{trip}/move", json={"project_id": home})
    follow()
    answer = john.post(f"/tasks/{pack}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_the_latest")
    assert john.get(f"/tasks/{pack}").json()["parent_id"] == trip


def test_move_is_undone_with_a_part_that_is_completed_with_it(
    john: httpx2.Client, follow: Callable[[], None]
) -> None:
    """It is written once, though two things happen to it."""
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    trip = john.post("/tasks", json={"title": "Trip"}).json()["id"]
    john.post(f"/tasks/{trip}/complete")
    john.patch(f"/tasks/{trip}", json={"completed": False, "project_id": home})
    pack = john.post("/tasks", json={"title": "Pack", "parent_id": trip}).json()["id"]
    follow()
    assert _undone(john, trip)["completed"]
    part = john.get(f"/tasks/{pack}").json()
    assert (part["project_id"], part["completed"]) == ("inbox", True)


@pytest.mark.parametrize("gone", ["section", "project"])
@pytest.mark.parametrize("how", ["undone", "reopened"])
def test_task_that_is_open_again_is_where_there_is_a_place(
    john: httpx2.Client, follow: Callable[[], None], how: str, gone: str
) -> None:
    """A project may be deleted while its tasks are completed."""
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    place = f"/projects/{home}/sections"
    later = john.post(place, json={"name": "Later"}).json()["id"]
    body = {"title": "Trip", "project_id": home, "section_id": later}
    trip = john.post("/tasks", json=body).json()["id"]
    pack = john.post("/tasks", json={"title": "Pack", "parent_id": trip}).json()["id"]
    john.post(f"/tasks/{trip}/complete")
    assert john.delete(f"{place}/{later}" if gone == "section" else f"/projects/{home}").is_success
    new = john.post("/tasks", json={"title": "Book", "parent_id": trip})
    assert (new.status_code, "reopen it first" in new.json()["detail"]) == (422, True)
    follow()
    if how == "undone":
        _undone(john, trip)
    else:
        john.patch(f"/tasks/{trip}", json={"completed": False})
    where = "inbox" if gone == "project" else home
    for task_id, parent_id in ((trip, None), (pack, trip)):
        task = john.get(f"/tasks/{task_id}").json()
        assert not task["completed"]
        assert (task["project_id"], task["section_id"]) == (where, None)
        assert task["parent_id"] == parent_id
    listed = john.get(f"/tasks?project_id={where}").json()
    assert [task["title"] for task in listed] == ["Trip", "Pack"]


def test_part_that_is_open_again_is_a_part_no_more_if_its_project_is_gone(
    john: httpx2.Client,
) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    trip = john.post("/tasks", json={"title": "Trip", "project_id": home}).json()["id"]
    pack = john.post("/tasks", json={"title": "Pack", "parent_id": trip}).json()["id"]
    john.post(f"/tasks/{trip}/complete")
    john.delete(f"/projects/{home}")
    task = john.patch(f"/tasks/{pack}", json={"completed": False}).json()
    assert (task["project_id"], task["parent_id"]) == ("inbox", None)


def test_occurrence_that_was_the_last_is_open_again_in_the_inbox(john: httpx2.Client) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    twice = {"recurrence": {"rule": "FREQ=DAILY;COUNT=2"}, "project_id": home}
    task = john.post("/tasks", json=DAILY | twice).json()["id"]
    for _ in range(2):
        john.post(f"/tasks/{task}/complete")
    assert john.delete(f"/projects/{home}").status_code == 204
    [done] = john.get(f"/tasks/{task}/completions").json()
    john.delete(f"/tasks/{task}/completions/{done['completion_id']}")
    assert [one["id"] for one in john.get("/tasks?view=inbox").json()] == [task]


@pytest.mark.parametrize("again", [0, 1])
def test_part_that_was_open_stays_open_when_reopening_its_task_is_undone(
    john: httpx2.Client,
    follow: Callable[[], None],
    dynamodb: FakeDynamo,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    again: int,
) -> None:
    monkeypatch.setattr(dynamodb, "_clock", clock)
    trip = john.post("/tasks", json={"title": "Trip"}).json()["id"]
    pack, book = (
        john.post("/tasks", json={"title": title, "parent_id": trip}).json()["id"]
        for title in ("Pack", "Book")
    )
    john.post(f"/tasks/{trip}/complete")
    clock.advance(seconds=5)
    john.patch(f"/tasks/{book}", json={"completed": False})
    clock.advance(seconds=5)
    john.patch(f"/tasks/{trip}", json={"completed": False})
    clock.advance(seconds=5)
    # Whatever is written since.
    john.patch(f"/tasks/{pack}", json={"title": "Pack all"})
    for _ in range(again):
        john.patch(f"/tasks/{trip}", json={"title": "Trip"})
    follow()
    _undone(john, trip)
    done = {one: john.get(f"/tasks/{one}").json()["completed"] for one in (trip, pack, book)}
    assert done == {trip: True, pack: True, book: False}
