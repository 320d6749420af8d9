"""Labels, and the tasks that bear them."""

import json
from typing import Any

import httpx2
import pytest

from errand.labels.model import LABELS_MAX
from errand_testkit.dynamo import FakeDynamo


def _task(client: httpx2.Client, *labels: str, **fields: Any) -> dict[str, Any]:
    answer = client.post("/tasks", json={"title": "Pay the rent", "labels": [*labels]} | fields)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _names(client: httpx2.Client) -> list[str]:
    return [label["name"] for label in client.get("/labels?limit=100").json()]


def test_label_is_made_read_changed_and_deleted(john: httpx2.Client) -> None:
    made = john.post("/labels", json={"name": "bank", "colour": "#2A9D8F"})
    label = made.json()
    place = f"/labels/{label['id']}"
    assert (made.status_code, made.headers["Location"], label["colour"]) == (201, place, "#2a9d8f")
    assert john.get(place).json() == label
    changed = john.patch(place, json={"name": "banks"}).json()
    assert (changed["name"], changed["version"]) == ("banks", 2)
    assert john.patch(place, json={}).json() == changed
    assert john.patch(place, json={"name": "x"}, headers={"If-Match": '"1"'}).status_code == 412
    assert john.delete(place, headers={"If-Match": '"1"'}).status_code == 412
    assert john.delete(place).status_code == 204
    for answer in (john.get(place), john.patch(place, json={}), john.delete(place)):
        assert answer.status_code == 404


def test_labels_are_listed_oldest_first(john: httpx2.Client) -> None:
    for name in ("rent", "bank", "home"):
        john.post("/labels", json={"name": name})
    first = john.get("/labels?limit=2")
    rest = john.get(first.links["next"]["url"])
    assert [label["name"] for label in (*first.json(), *rest.json())] == ["rent", "bank", "home"]


def test_no_two_have_the_same_name(john: httpx2.Client) -> None:
    john.post("/labels", json={"name": "Straße"})
    other = john.post("/labels", json={"name": "bank"}).json()
    for answer in (
        john.post("/labels", json={"name": " STRASSE "}),
        john.patch(f"/labels/{other['id']}", json={"name": "strasse"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")
    assert john.patch(f"/labels/{other['id']}", json={"name": "BANK"}).status_code == 200


def test_same_key_makes_one_label(john: httpx2.Client) -> None:
    made = [
        john.post("/labels", json={"name": "bank"}, headers={"Idempotency-Key": "1"}).json()
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert _names(john) == ["bank"]


def test_task_bears_labels_by_their_names_and_new_ones_are_made(john: httpx2.Client) -> None:
    bank = john.post("/labels", json={"name": "bank"}).json()
    task = _task(john, "Bank", "rent", "BANK")
    assert task["labels"] == ["bank", "rent"]
    assert task["label_ids"][0] == bank["id"]
    assert _names(john) == ["bank", "rent"]
    assert john.get(f"/tasks/{task['id']}").json() == task
    assert john.get("/tasks").json() == [task]


def test_same_key_makes_one_task_and_one_label(john: httpx2.Client) -> None:
    headers = {"Idempotency-Key": "1"}
    new = {"title": "Pay the rent", "labels": ["rent"]}
    first, second = (john.post("/tasks", json=new, headers=headers).json() for _ in range(2))
    assert first == second
    assert _names(john) == ["rent"]


def test_renaming_a_label_is_one_write_for_all_its_tasks(
    john: httpx2.Client, dynamodb: FakeDynamo
) -> None:
    tasks = [_task(john, "rent", title=f"Task {n}") for n in range(3)]
    [label] = john.get("/labels").json()
    stored = [item for item in dynamodb.all() if item["sk"]["S"].startswith("TASK#")]
    john.patch(f"/labels/{label['id']}", json={"name": "flat"})
    assert [item for item in dynamodb.all() if item["sk"]["S"].startswith("TASK#")] == stored
    assert [task["labels"] for task in john.get("/tasks").json()] == [["flat"]] * 3
    changed = john.patch(f"/tasks/{tasks[0]['id']}", json={"title": "Pay it"})
    assert changed.json()["labels"] == ["flat"]


def test_deleted_label_is_borne_by_no_task(john: httpx2.Client) -> None:
    task = _task(john, "rent", "bank")
    [label, _] = john.get("/labels").json()
    john.delete(f"/labels/{label['id']}")
    assert john.get(f"/tasks/{task['id']}").json()["labels"] == ["bank"]
    assert john.get("/tasks?filter=@bank").json()[0]["labels"] == ["bank"]


@pytest.mark.parametrize("none", [[], None])
def test_labels_are_changed_and_taken_away(john: httpx2.Client, none: Any) -> None:
    place = f"/tasks/{_task(john, 'rent')['id']}"
    assert john.patch(place, json={"labels": ["bank"]}).json()["labels"] == ["bank"]
    assert john.get(place).json()["labels"] == ["bank"]
    assert john.patch(place, json={"labels": none}).json()["label_ids"] == []
    assert john.get(place).json()["labels"] == []


def test_task_is_sent_as_it_was_read(john: httpx2.Client) -> None:
    task = _task(john, "rent")
    sent = john.put(f"/tasks/{task['id']}", json=task | {"title": "Pay it"}).json()
    assert (sent["labels"], sent["label_ids"]) == (task["labels"], task["label_ids"])


def test_labels_stay_in_the_trash_and_among_completions(john: httpx2.Client) -> None:
    daily = {"due_date": "2026-11-22", "recurrence": {"rule": "FREQ=DAILY"}}
    task = _task(john, "rent", **daily)
    done = john.post(f"/tasks/{task['id']}/complete")
    assert done.json()["labels"] == ["rent"]
    [completion] = john.get(f"/tasks/{task['id']}/completions").json()
    assert completion["labels"] == ["rent"]
    john.delete(f"/tasks/{task['id']}")
    assert john.get("/trash").json()[0]["labels"] == ["rent"]
    assert john.post(f"/trash/{task['id']}/restore").json()["labels"] == ["rent"]


def test_filters_ask_for_labels(john: httpx2.Client) -> None:
    _task(john, "rent", title="Pay the rent")
    _task(john, "bank", title="Call the bank")
    _task(john, title="Buy milk")
    asked = {
        "@rent": ["Pay the rent"],
        "@rent | @BANK": ["Call the bank", "Pay the rent"],
        "!@rent & open": ["Buy milk", "Call the bank"],
        "@none": ["Buy milk"],
    }
    for text, titles in asked.items():
        answer = john.get("/tasks", params={"filter": text})
        assert [task["title"] for task in answer.json()] == titles, (text, answer.text)


def test_labels_of_others_are_not_known(john: httpx2.Client, jane: httpx2.Client) -> None:
    hers = jane.post("/labels", json={"name": "secret"}).json()
    assert john.get(f"/labels/{hers['id']}").status_code == 404
    assert _names(john) == []
    assert "secret" not in john.get("/tasks", params={"filter": "@secrte"}).text


def test_too_many_are_refused(john: httpx2.Client, dynamodb: FakeDynamo) -> None:
    john.post("/labels", json={"name": "label 0"})
    [stored] = [item for item in dynamodb.all() if item["sk"]["S"] == "LABELS"]
    [first] = json.loads(stored["ls"]["S"])
    many = [[first[0], f"label {n}", *first[2:]] for n in range(LABELS_MAX)]
    dynamodb.put_item(TableName="DataTable", Item={**stored, "ls": {"S": json.dumps(many)}})
    for path, body in (("/labels", {"name": "x"}), ("/tasks", {"title": "One", "labels": ["x"]})):
        answer = john.post(path, json=body)
        assert (answer.status_code, answer.json()["detail"]) == (
            422,
            "An account has at most 500 labels",
        )
    assert _task(john, "label 7")["labels"] == ["label 7"]
    answer = john.post("/tasks", json={"title": "One", "labels": [f"label {n}" for n in range(51)]})
    assert answer.status_code == 422
