"""GET /tasks by when tasks are due, or were completed, and by priority."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest

# It is 8:30 on Sunday, 22 November 2026, in UTC.
type Put = Callable[..., dict[str, Any]]


@pytest.fixture
def put(john: httpx2.Client) -> Put:
    def put(title: str, **fields: Any) -> dict[str, Any]:
        answer = john.post("/tasks", json={"title": title, **fields})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return put


def _titles(client: httpx2.Client, query: str) -> list[str]:
    answer = client.get(f"/tasks?{query}")
    assert answer.status_code == 200, answer.text
    return [task["title"] for task in answer.json()]


def _zoned(at: str, zone: str) -> dict[str, str]:
    return {"type": "zoned", "at": at, "zone": zone}


@pytest.fixture
def _dated(put: Put) -> None:
    put("not dated")
    put("last year", due_date="2025-11-22")
    put("yesterday", due_date="2026-11-21")
    put("this morning", due={"type": "floating", "at": "2026-11-22T08:00"})
    put("today", due_date="2026-11-22")
    put("tonight", due={"type": "floating", "at": "2026-11-22T21:00"})
    put("today in Tokyo", due=_zoned("2026-11-23T03:00", "Asia/Tokyo"))
    put("tomorrow", due_date="2026-11-23")
    put("next year", due_date="2027-11-22")
    put("done", due_date="2026-11-22", completed=True)


@pytest.mark.usefixtures("_dated")
@pytest.mark.parametrize(
    ("view", "titles"),
    [
        ("today", ["today", "this morning", "tonight", "today in Tokyo"]),
        ("overdue", ["last year", "yesterday", "this morning"]),
        ("upcoming", ["tomorrow", "next year"]),
        ("completed", ["done"]),
    ],
)
def test_view_has_what_is_in_it_in_order(john: httpx2.Client, view: str, titles: list[str]) -> None:
    assert _titles(john, f"view={view}") == titles
    assert _titles(john, f"view={view}&order=desc") == titles[::-1]


@pytest.mark.usefixtures("_dated")
def test_day_is_that_of_the_account(john: httpx2.Client) -> None:
    john.patch("/users/me", json={"timezone": "Pacific/Kiritimati"})
    # 22:30 there; in Tokyo it is due at 8:00 there on the day after.
    assert _titles(john, "view=today") == ["today", "this morning", "tonight"]
    assert _titles(john, "view=overdue") == ["last year", "yesterday", "this morning", "tonight"]


@pytest.mark.parametrize(
    ("here", "there", "at"),
    [
        # 21:30 on Saturday here, 22:30 on Sunday there.
        ("Pacific/Pago_Pago", "Pacific/Kiritimati", "2026-11-23T00:30"),
        ("Pacific/Kiritimati", "Pacific/Pago_Pago", "2026-11-21T00:30"),
    ],
)
def test_clocks_may_show_days_that_are_two_apart(
    john: httpx2.Client, put: Put, here: str, there: str, at: str
) -> None:
    john.patch("/users/me", json={"timezone": here})
    put("far away", due=_zoned(at, there))
    day = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(there)).astimezone(ZoneInfo(here))
    now = datetime(2026, 11, 22, 8, 30, tzinfo=UTC).astimezone(ZoneInfo(here))
    view = "today" if day.date() == now.date() else "upcoming" if day > now else "overdue"
    assert abs((day.date() - datetime.fromisoformat(at).date()).days) >= 1
    assert "far away" in _titles(john, f"view={view}")


@pytest.mark.usefixtures("_dated")
def test_view_goes_on_where_a_page_ended(john: httpx2.Client) -> None:
    found, url = [], "/tasks?view=today&limit=1"
    while url:
        answer = john.get(url)
        assert len(answer.json()) <= 1
        found += [task["title"] for task in answer.json()]
        url = answer.links.get("next", {}).get("url", "")
    assert found == ["today", "this morning", "tonight", "today in Tokyo"]


def test_open_tasks_of_a_priority(john: httpx2.Client, put: Put) -> None:
    for priority in (1, 2, 3, 4):
        put(f"of {priority}", priority=priority)
    put("done", priority=1, completed=True)
    assert [_titles(john, f"priority={one}") for one in (1, 2, 3)] == [["of 1"], ["of 2"], ["of 3"]]
    assert john.get("/tasks?priority=4").status_code == 422


def test_what_was_completed_in_a_period(john: httpx2.Client, put: Put) -> None:
    for day in (19, 20, 21):
        task = put(f"on {day}")
        body = {"completed_at": f"2026-11-{day}T12:00:00Z"}
        john.post(f"/tasks/{task['id']}/complete", json=body)
    assert _titles(john, "view=completed") == ["on 21", "on 20", "on 19"]
    noon = "2026-11-20T12:00:00Z"
    assert _titles(john, f"completed_since={noon}") == ["on 21", "on 20"]
    assert _titles(john, f"completed_until={noon}") == ["on 19"]
    assert _titles(john, f"completed_since={noon}&completed_until={noon}") == []
    assert _titles(john, f"completed_until=2026-11-19T00:00:00Z&completed_since={noon}") == []
    assert _titles(john, "view=completed&order=asc&limit=1") == ["on 19"]


def test_each_completed_occurrence_is_among_them(john: httpx2.Client, put: Put) -> None:
    daily = {"due_date": "2026-11-22", "recurrence": {"rule": "FREQ=DAILY"}}
    task = put("Water plants", **daily)
    for _ in range(2):
        john.post(f"/tasks/{task['id']}/complete")
    found = john.get("/tasks?view=completed").json()
    assert [one["id"] for one in found] == [task["id"]] * 2
    assert {one["due_date"] for one in found} == {"2026-11-22", "2026-11-23"}
    assert all(one["completed"] for one in found)


@pytest.mark.parametrize(
    "query",
    [
        "view=today&completed=false",
        "priority=1&completed=false",
        "view=overdue&priority=1",
        "view=today&completed_since=2026-11-20T12:00:00Z",
        "completed=true&completed_until=2026-11-20T12:00:00Z",
    ],
)
def test_different_lists_are_not_asked_for_at_once(john: httpx2.Client, query: str) -> None:
    answer = john.get(f"/tasks?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["type"]) == (422, "one_list")


@pytest.mark.usefixtures("_dated")
def test_cursor_is_of_one_view(john: httpx2.Client) -> None:
    url = john.get("/tasks?view=today&limit=1").links["next"]["url"]
    answer = john.get(url.replace("view=today", "view=overdue"))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")
