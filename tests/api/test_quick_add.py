"""POST /tasks/quick: a task of one line."""

from typing import Any

import httpx2
import pytest


def _add(client: httpx2.Client, text: str, **more: Any) -> httpx2.Response:
    return client.post("/tasks/quick", json={"text": text, **more})


def test_line_becomes_a_task(john: httpx2.Client) -> None:
    home = john.post("/projects", json={"name": "Home"}).json()["id"]
    answer = _add(john, "Pay rent every 1st at 9am #home p1 {in 3 days}")
    assert answer.status_code == 201
    task = answer.json()
    assert answer.headers["Location"] == f"/tasks/{task['id']}"
    assert task["title"] == "Pay rent"
    assert task["due"] == {"type": "floating", "at": "2026-12-01T09:00:00"}
    assert task["recurrence"] == {"rule": "FREQ=MONTHLY;BYMONTHDAY=1", "from": "due"}
    assert (task["project_id"], task["priority"], task["deadline"]) == (home, 1, "2026-11-25")


def test_dry_run_tells_what_is_understood_and_makes_nothing(john: httpx2.Client) -> None:
    text = "Call mum tomorrow p2"
    answer = _add(john, text, dry_run=True)
    assert answer.status_code == 200
    told = answer.json()
    assert told["task"] == {
        "title": "Call mum",
        "due": {"type": "date", "date": "2026-11-23"},
        "priority": 2,
    }
    parts = [text[part["start"] : part["end"]] for part in told["understood"]]
    assert parts == ["tomorrow", "p2"]
    assert john.get("/tasks").json() == []


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Read 1984", "Read 1984"),
        ("buy 2 by 4 planks", "buy 2 by 4 planks"),
        ("Call May about order 66", "Call May about order 66"),
        # What is not kept, or not known, stays in the title.
        ("Call the bank #garden/beds tomorrow", "Call the bank #garden/beds"),
        ("Mow the lawn #garden tomorrow", "Mow the lawn #garden"),
    ],
)
def test_title_keeps_what_is_none_of_it(john: httpx2.Client, text: str, title: str) -> None:
    assert _add(john, text).json()["title"] == title


def test_day_is_that_of_the_zone(john: httpx2.Client) -> None:
    def due(**more: str) -> str:
        day: str = _add(john, "Call mum tomorrow", **more).json()["due_date"]
        return day

    assert due() == "2026-11-23"
    # It is 22:30 there, of the same day; and 21:30 of the day before in Pago Pago.
    assert due(timezone="Pacific/Kiritimati") == "2026-11-23"
    assert due(timezone="Pacific/Pago_Pago") == "2026-11-22"
    john.patch("/users/me", json={"timezone": "Pacific/Pago_Pago"})
    assert due() == "2026-11-22"


def test_same_key_adds_one_task(john: httpx2.Client) -> None:
    body, headers = {"text": "Call mum tomorrow"}, {"Idempotency-Key": "1"}
    made = [john.post("/tasks/quick", json=body, headers=headers).json() for _ in range(2)]
    assert made[0] == made[1]
    assert len(john.get("/tasks").json()) == 1


@pytest.mark.parametrize(
    "text",
    ["x" * 300, "p1 " + "\u202eabc" * 2, "tomorrow", "\U0001f4a9" * 3, "\U0001f600" * 250],
    ids=ascii,
)
def test_odd_lines_are_tasks_or_are_told_why_not(john: httpx2.Client, text: str) -> None:
    answer = _add(john, text)
    assert answer.status_code in {201, 422}, answer.text
    if answer.status_code == 422:
        assert answer.json()["errors"]


def test_its_address_is_that_of_no_task(john: httpx2.Client) -> None:
    answer = john.options("/tasks/quick")
    assert (answer.status_code, answer.headers["Allow"]) == (204, "POST")
    assert john.get("/tasks/quick").status_code == 404
