"""Completing, skipping and moving occurrences, as a client sees it."""

from typing import Any

import httpx2
import pytest

from errand.events.changes import event_of
from errand.storage.kinds import COMPLETION
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.log import Follower, entries, unwatched

DAILY = {"title": "Water plants", "due_date": "2026-11-22", "recurrence": {"rule": "FREQ=DAILY"}}


@pytest.fixture
def task(john: httpx2.Client) -> dict[str, Any]:
    """Due every day, for the first time today."""
    made: dict[str, Any] = john.post("/tasks", json=DAILY).json()
    return made


def _place(task: dict[str, Any]) -> str:
    return f"/tasks/{task['id']}"


@pytest.mark.parametrize("by", ["complete", "PATCH", "PUT"])
def test_completed_it_is_due_anew(john: httpx2.Client, task: dict[str, Any], by: str) -> None:
    if by == "complete":
        answer = john.post(f"{_place(task)}/complete")
    else:
        answer = john.request(by, _place(task), json={"completed": True})
    assert answer.status_code == 200
    after = answer.json()
    assert (after["due_date"], after["completed"], after["version"]) == ("2026-11-23", False, 2)
    [completion] = john.get(f"{_place(task)}/completions").json()
    assert (completion["id"], completion["due_date"]) == (task["id"], "2026-11-22")
    assert completion["completed"]


def test_each_completion_is_kept_latest_first(john: httpx2.Client, task: dict[str, Any]) -> None:
    for _ in range(3):
        john.post(f"{_place(task)}/complete")
    first = john.get(f"{_place(task)}/completions?limit=2")
    rest = john.get(first.links["next"]["url"])
    days = [one["due_date"] for one in [*first.json(), *rest.json()]]
    assert days == ["2026-11-24", "2026-11-23", "2026-11-22"]


def test_task_that_does_not_recur_is_completed(john: httpx2.Client) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    assert john.post(f"{_place(task)}/complete").json()["completed"] is True
    assert john.get(f"{_place(task)}/completions").json() == []


def test_it_can_be_completed_for_ever(john: httpx2.Client, task: dict[str, Any]) -> None:
    answer = john.post(f"{_place(task)}/complete", json={"for_ever": True})
    assert answer.json()["completed"] is True


def test_client_that_was_offline_tells_when(john: httpx2.Client) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    body = {"completed_at": "2026-11-20T10:00:00+02:00"}
    answer = john.post(f"{_place(task)}/complete", json=body)
    assert answer.json()["completed_at"] == "2026-11-20T08:00:00.000Z"


def test_nothing_was_completed_in_the_future(john: httpx2.Client, task: dict[str, Any]) -> None:
    body = {"completed_at": "2026-11-23T10:00:00Z"}
    answer = john.post(f"{_place(task)}/complete", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"])
def test_nothing_was_completed_before_1970(
    john: httpx2.Client, task: dict[str, Any], at: str
) -> None:
    john.patch("/users/me", json={"timezone": "America/New_York"})
    answer = john.post(f"{_place(task)}/complete", json={"completed_at": at})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert "1970" in answer.json()["detail"]


def test_occurrence_that_was_moved_ahead_is_not_lost_with_those_missed(
    john: httpx2.Client,
) -> None:
    weekly = {"rule": "FREQ=WEEKLY"}
    body = {"title": "Sweep", "due_date": "2026-11-09", "recurrence": weekly}
    task = john.post("/tasks", json=body).json()
    move = {
        "occurrence": {"type": "date", "date": "2026-11-16"},
        "due": {"type": "date", "date": "2026-11-26"},
    }
    john.patch(f"{_place(task)}/occurrences", json=move)
    days = [john.post(f"{_place(task)}/complete").json()["due_date"] for _ in range(2)]
    assert days == ["2026-11-26", "2026-11-23"]


def test_occurrence_done_early_is_done_once_though_the_next_is_due_before_it(
    john: httpx2.Client,
) -> None:
    rule = {"rule": "FREQ=DAILY", "from": "completion"}
    body = {"title": "Water", "due_date": "2026-11-30", "recurrence": rule}
    task = john.post("/tasks", json=body).json()
    done = {"occurrence": task["occurrence"]}
    first, again = (john.post(f"{_place(task)}/complete", json=done) for _ in range(2))
    assert first.json()["due_date"] == "2026-11-23"
    assert (again.status_code, again.json()) == (200, first.json())


def test_completion_is_undone_in_the_inbox_if_the_project_is_gone(john: httpx2.Client) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    body = {**DAILY, "recurrence": {"rule": "FREQ=DAILY;COUNT=2"}, "project_id": home}
    task = john.post("/tasks", json=body).json()
    for _ in range(2):
        john.post(f"{_place(task)}/complete")
    assert john.delete(f"/projects/{home}").status_code == 204
    [completion] = john.get(f"{_place(task)}/completions").json()
    undone = john.delete(f"{_place(task)}/completions/{completion['completion_id']}").json()
    assert (undone["completed"], undone["project_id"]) == (False, "inbox")


def test_next_one_is_behind_what_the_clock_of_the_rule_shows(john: httpx2.Client) -> None:
    at = {"type": "zoned", "at": "2026-11-21T08:00:00", "zone": "Asia/Tokyo"}
    body = {"title": "Call", "due": at, "recurrence": {"rule": "FREQ=DAILY"}}
    task = john.post("/tasks", json=body).json()
    # 17:30 in Tokyo, 22:30 on the day before in Honolulu.
    elsewhere = {"type": "zoned", "at": "2026-11-21T22:00:00", "zone": "Pacific/Honolulu"}
    john.patch(_place(task), json={"due": elsewhere})
    after = john.post(f"{_place(task)}/complete").json()
    assert after["due"] == {**at, "at": "2026-11-23T08:00:00"}


def test_same_key_completes_one_occurrence(john: httpx2.Client, task: dict[str, Any]) -> None:
    headers = {"Idempotency-Key": "1"}
    answers = [john.post(f"{_place(task)}/complete", headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert [answer.headers["ETag"] for answer in answers] == ['"2"', '"2"']
    assert len(john.get(f"{_place(task)}/completions").json()) == 1


def test_occurrence_that_two_devices_have_done_is_done_once(
    john: httpx2.Client, task: dict[str, Any]
) -> None:
    path = f"/tasks/{task['id']}"
    first = john.post(f"{path}/complete", json={"occurrence": task["occurrence"]}).json()
    again = john.post(f"{path}/complete", json={"occurrence": task["occurrence"]})
    assert (again.status_code, again.json()) == (200, first)
    assert len(john.get(f"{path}/completions").json()) == 1
    # Moved, it is the same occurrence.
    john.patch(path, json={"due_date": "2030-01-01"})
    assert john.post(f"{path}/complete", json={"occurrence": first["occurrence"]}).json() != first
    assert len(john.get(f"{path}/completions").json()) == 2


def test_occurrence_to_come_is_not_completed(john: httpx2.Client, task: dict[str, Any]) -> None:
    to_come = {"occurrence": {"type": "date", "date": "2031-01-01"}}
    answer = john.post(f"/tasks/{task['id']}/complete", json=to_come)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_the_latest")


def test_occurrence_of_what_does_not_recur_any_more_is_the_task(
    john: httpx2.Client, task: dict[str, Any]
) -> None:
    path = f"/tasks/{task['id']}"
    john.patch(path, json={"recurrence": None})
    for _ in range(2):
        done = john.post(f"{path}/complete", json={"occurrence": task["occurrence"]}).json()
        assert done["completed"]


@pytest.mark.parametrize(
    "due",
    [
        {"type": "date", "date": "2026-11-22"},
        {"type": "floating", "at": "2026-11-22T11:00:00"},
        {"type": "zoned", "at": "2026-11-22T09:00:00", "zone": "Europe/Berlin"},
    ],
)
@pytest.mark.parametrize(
    "was",
    [
        {"type": "date", "date": "2026-11-22"},
        {"type": "floating", "at": "2026-11-22T09:00:00"},
        {"type": "zoned", "at": "2026-11-22T10:00:00", "zone": "Europe/Berlin"},
    ],
)
def test_occurrence_whose_time_another_device_has_changed_is_done(
    john: httpx2.Client, was: dict[str, Any], due: dict[str, Any]
) -> None:
    body = {"title": "Water plants", "due": was, "recurrence": {"rule": "FREQ=DAILY"}}
    task = john.post("/tasks", json=body).json()
    john.patch(_place(task), json={"due": due, "recurrence": {"rule": "FREQ=WEEKLY"}})
    done = john.post(f"{_place(task)}/complete", json={"occurrence": task["occurrence"]}).json()
    assert done["due_date"] == "2026-11-29"


def test_other_version_is_not_completed(john: httpx2.Client, task: dict[str, Any]) -> None:
    for act in ("complete", "skip"):
        answer = john.post(f"{_place(task)}/{act}", headers={"If-Match": '"7"'})
        assert answer.status_code == 412


def test_latest_completion_can_be_undone(john: httpx2.Client, task: dict[str, Any]) -> None:
    for _ in range(2):
        john.post(f"{_place(task)}/complete")
    latest, first = john.get(f"{_place(task)}/completions").json()
    place = f"{_place(task)}/completions"
    refused = john.delete(f"{place}/{first['completion_id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_the_latest")
    undone = john.delete(f"{place}/{latest['completion_id']}")
    assert (undone.status_code, undone.json()["due_date"]) == (200, "2026-11-23")
    assert john.delete(f"{place}/{first['completion_id']}").json()["due_date"] == "2026-11-22"
    assert john.delete(f"{place}/{first['completion_id']}").status_code == 404


@pytest.fixture
def follower(tables: None, dynamodb: FakeDynamo) -> Follower:  # noqa: ARG001 - it is empty
    return Follower(unwatched(dynamodb))


def _events(dynamodb: FakeDynamo) -> list[str]:
    """Of completions."""
    [user_id] = {item["pk"]["S"].partition("#")[2] for item in dynamodb.all("LogTable")}
    told = [one for one in entries(dynamodb, user_id) if one.kind_of_record is COMPLETION]
    return [event["type"] for event in map(event_of, told) if event]


def test_what_was_done_goes_with_a_task_that_is_gone_for_good_and_is_not_undone(
    john: httpx2.Client, task: dict[str, Any], follower: Follower, dynamodb: FakeDynamo
) -> None:
    kept = john.post("/tasks", json=DAILY).json()
    for one in (kept, *[task] * 30):
        john.post(f"{_place(one)}/complete")
    john.delete(_place(task))
    follower.follow()
    done = john.get("/tasks?view=completed&limit=100")
    assert len(done.json()) == 31
    john.delete(f"/trash/{task['id']}")
    follower.follow()
    assert [one["id"] for one in john.get("/tasks?view=completed").json()] == [kept["id"]]
    assert john.get("/tasks?view=completed&count=true").headers["x-total-count"] == "1"
    assert _events(dynamodb) == ["task.occurrence_completed"] * 31


def test_a_task_that_is_gone_is_not_looked_for_with_each_of_its_completions(
    john: httpx2.Client, task: dict[str, Any], dynamodb: FakeDynamo
) -> None:
    behind = unwatched(dynamodb)
    follower = Follower(behind)
    for _ in range(30):
        john.post(f"{_place(task)}/complete")
    john.delete(_place(task))
    follower.follow()
    john.delete(f"/trash/{task['id']}")
    behind.operations.clear()
    follower.follow()
    # Two of them are of the account.
    assert behind.operations.count("GetItem") <= 5


@pytest.mark.parametrize("gone", [False, True], ids=["there", "in the trash"])
def test_what_is_undone_is_told(
    john: httpx2.Client,
    task: dict[str, Any],
    follower: Follower,
    dynamodb: FakeDynamo,
    *,
    gone: bool,
) -> None:
    john.post(f"{_place(task)}/complete")
    [completion] = john.get(f"{_place(task)}/completions").json()
    john.delete(f"{_place(task)}/completions/{completion['completion_id']}")
    if gone:
        john.delete(_place(task))
    follower.follow()
    assert _events(dynamodb) == ["task.occurrence_completed", "task.occurrence_reopened"]


def test_what_was_done_comes_back_with_its_task(
    john: httpx2.Client, task: dict[str, Any], follower: Follower
) -> None:
    john.post(f"{_place(task)}/complete")
    john.delete(_place(task))
    john.post(f"/trash/{task['id']}/restore")
    follower.follow()
    assert len(john.get(f"{_place(task)}/completions").json()) == 1


def test_occurrences_to_come_are_listed(john: httpx2.Client, task: dict[str, Any]) -> None:
    found = john.get(f"{_place(task)}/occurrences?limit=2").json()
    assert found == [
        {"occurrence": one, "due": one}
        for one in ({"type": "date", "date": f"2026-11-2{n}"} for n in (2, 3))
    ]


def test_one_of_them_is_moved(john: httpx2.Client, task: dict[str, Any]) -> None:
    one, due = (
        {"type": "date", "date": "2026-11-23"},
        {"type": "floating", "at": "2026-11-24T08:00"},
    )
    answer = john.patch(f"{_place(task)}/occurrences", json={"occurrence": one, "due": due})
    assert answer.status_code == 200
    shown = {"type": "floating", "at": "2026-11-24T08:00:00"}
    assert answer.json()["moved_occurrences"] == [{"occurrence": one, "due": shown}]
    assert john.post(f"{_place(task)}/complete").json()["due"] == shown


def test_present_one_is_skipped(john: httpx2.Client, task: dict[str, Any]) -> None:
    assert john.post(f"{_place(task)}/skip").json()["due_date"] == "2026-11-23"
    assert john.get(f"{_place(task)}/completions").json() == []


def test_what_does_not_recur_has_no_occurrences(john: httpx2.Client) -> None:
    task = john.post("/tasks", json={"title": "Buy milk"}).json()
    for answer in (john.get(f"{_place(task)}/occurrences"), john.post(f"{_place(task)}/skip")):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_zone_of_the_account_decides_what_day_it_is(
    john: httpx2.Client, task: dict[str, Any]
) -> None:
    # It is 8:30 in UTC, and the next day already on Kiritimati after 10:00.
    assert john.patch("/users/me", json={"timezone": "Pacific/Kiritimati"}).status_code == 200
    body = {"completed_at": "2026-11-21T10:30:00Z"}
    assert john.post(f"{_place(task)}/complete", json=body).json()["due_date"] == "2026-11-23"
    later = {"title": "Water", "recurrence": {"rule": "FREQ=DAILY"}}
    assert john.post("/tasks", json=later).json()["due_date"] == "2026-11-22"
