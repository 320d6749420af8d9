"""Calendar feeds: private, to be revoked, and what calendar programs read there."""

import asyncio
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx2
import pytest
from fastapi import FastAPI
from icalendar import Calendar

from errand.calendar import reading
from errand.calendar.model import FEEDS_MAX
from errand.tasks.due import Due
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import PASSWORD
from errand_testkit.storage import Tasks
from errand_testkit.stored import change_account
from errand_testkit.visitors import account_named, acts, bearer, make_token

PATH = "/calendar/feeds"
NEW: dict[str, Any] = {"name": "Everything", "current_password": PASSWORD}
SECRET = "[A-Za-z0-9_-]{86}"

type Component = Any


def make(client: httpx2.Client, **fields: Any) -> httpx2.Response:
    return client.post(PATH, json=NEW | fields)


def address(client: httpx2.Client) -> str:
    """The path of a new one."""
    url: str = make(client).json()["url"]
    return urlsplit(url).path


@pytest.fixture
def feed(john: httpx2.Client) -> str:
    """The path of John's."""
    return address(john)


def parsed(answer: httpx2.Response) -> Component:
    assert answer.status_code == 200, answer.text
    found = Calendar.from_ical(answer.text)
    assert [part.errors for part in found.walk() if part.errors] == []
    return found


def titles(answer: httpx2.Response) -> list[str]:
    return [str(todo["SUMMARY"]) for todo in parsed(answer).walk("VTODO")]


# ------------------------------------------------------------------------------------- making feeds


def test_new_feed_is_shown_with_its_address(john: httpx2.Client) -> None:
    answer = make(john, name=" Everything ")
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    feed = answer.json()
    assert re.fullmatch(rf"http://testserver/calendar/{SECRET}\.ics", feed.pop("url"))
    assert re.fullmatch("[0-9a-v]{26}", feed.pop("id"))
    assert feed == {
        "name": "Everything",
        "created_at": "2026-11-22T08:30:00.000Z",
        "last_read_on": None,
    }


def test_address_is_under_the_url_of_the_deployment(john: httpx2.Client, app: FastAPI) -> None:
    app.state.public_url = "https://errand.example.com/v1"
    try:
        assert make(john).json()["url"].startswith("https://errand.example.com/v1/calendar/")
    finally:
        app.state.public_url = ""


def test_address_is_shown_once_and_kept_nowhere(john: httpx2.Client, dynamodb: FakeDynamo) -> None:
    made = make(john).json()
    [listed] = john.get(PATH).json()
    assert listed == {name: value for name, value in made.items() if name != "url"}
    secret = made["url"].rpartition("/")[2].removesuffix(".ics")
    assert secret not in str(dynamodb.items)
    [exported] = john.get("/users/me/export").json()["calendar_feeds"]
    assert exported == listed


def test_feeds_are_listed_newest_first(john: httpx2.Client) -> None:
    for name in ("one", "two", "three"):
        make(john, name=name)
    assert [feed["name"] for feed in john.get(PATH).json()] == ["three", "two", "one"]


def test_an_account_has_so_many_feeds(john: httpx2.Client) -> None:
    for _ in range(FEEDS_MAX):
        assert make(john).status_code == 201
    answer = make(john)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    feeds = john.get(PATH).json()
    assert len(feeds) == FEEDS_MAX
    john.delete(f"{PATH}/{feeds[0]['id']}")
    assert make(john).status_code == 201


def test_a_stolen_access_token_makes_no_feed(john: httpx2.Client) -> None:
    answer = make(john, current_password="not hers")
    assert (answer.status_code, answer.json()["code"]) == (400, "incorrect_password")
    script = bearer(make_token(john, "account:write", "tasks:read"))
    answer = john.post(PATH, json=NEW, headers=script)
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")
    assert john.get(PATH).json() == []


def test_sent_again_it_makes_nothing_new_and_tells_no_address(john: httpx2.Client) -> None:
    key = {"Idempotency-Key": "1"}
    first, second = (john.post(PATH, json=NEW, headers=key) for _ in range(2))
    assert first.json()["url"]
    assert second.json() == first.json() | {"url": None}
    assert len(john.get(PATH).json()) == 1


def test_making_and_revoking_are_on_record(john: httpx2.Client) -> None:
    feed = make(john).json()
    assert john.delete(f"{PATH}/{feed['id']}").status_code == 204
    assert acts(john) == ["feed_created", "feed_revoked"]


def test_nobody_revokes_what_is_not_theirs(
    john: httpx2.Client, jane: httpx2.Client, feed: str
) -> None:
    [mine] = john.get(PATH).json()
    for feed_id in (mine["id"], "0" * 26, "x"):
        assert jane.delete(f"{PATH}/{feed_id}").status_code == 404
    assert john.get(feed).status_code == 200


# ------------------------------------------------------------------------------------------ reading


@pytest.mark.both_transports
def test_calendar_is_read_without_a_log_in(john: httpx2.Client, client: httpx2.Client) -> None:
    feed = address(john)
    john.patch("/users/me", json={"timezone": "Europe/Berlin"})
    due = {"type": "zoned", "at": "2026-12-24T09:00", "zone": "Europe/Berlin"}
    john.post("/tasks", json={"title": "Buy milk; oat, 2 l — מחר 🥛", "due": due, "priority": 1})
    john.post("/tasks", json={"title": "Some day"})
    answer = client.get(feed)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    found = parsed(answer)
    assert found["X-WR-CALNAME"] == "Everything"
    assert found["X-WR-TIMEZONE"] == "Europe/Berlin"
    assert titles(answer) == ["Some day", "Buy milk; oat, 2 l — מחר 🥛"]
    [event] = found.walk("VEVENT")
    assert event["DTSTART"].dt == datetime(2026, 12, 24, 9, tzinfo=ZoneInfo("Europe/Berlin"))
    assert event["PRIORITY"] == 1
    assert len(found.walk("VTIMEZONE")) == 1


def test_series_has_its_rule_and_its_exceptions(john: httpx2.Client, feed: str) -> None:
    new = {"title": "Water plants", "due_date": "2026-12-01", "recurrence": {"rule": "FREQ=DAILY"}}
    task = f"/tasks/{john.post('/tasks', json=new).json()['id']}"
    for day, due in (("03", None), ("05", {"type": "date", "date": "2026-12-06"})):
        occurrence = {"type": "date", "date": f"2026-12-{day}"}
        move = {"occurrence": occurrence, "due": due}
        assert john.patch(f"{task}/occurrences", json=move).status_code == 200
    john.post(f"{task}/complete")
    series, moved = parsed(john.get(feed)).walk("VTODO")
    assert series["DTSTART"].dt == date(2026, 12, 2)
    assert series["RRULE"].to_ical() == b"FREQ=DAILY"
    assert [one.dt for one in series["EXDATE"].dts] == [date(2026, 12, 3)]
    assert (moved["RECURRENCE-ID"].dt, moved["DUE"].dt) == (date(2026, 12, 5), date(2026, 12, 6))


def test_what_is_done_or_deleted_is_not_on_it(john: httpx2.Client, feed: str) -> None:
    done, deleted, _ = (
        john.post("/tasks", json={"title": title}).json()["id"]
        for title in ("Done", "Deleted", "Open")
    )
    john.post(f"/tasks/{done}/complete")
    john.delete(f"/tasks/{deleted}")
    assert titles(john.get(feed)) == ["Open"]


def test_long_descriptions_are_told(john: httpx2.Client, feed: str) -> None:
    john.post("/tasks", json={"title": "Long", "description": "words " * 800})
    [todo] = parsed(john.get(feed)).walk("VTODO")
    assert str(todo["DESCRIPTION"]) == ("words " * 800).strip()


def test_nothing_of_others_is_on_it(john: httpx2.Client, jane: httpx2.Client, feed: str) -> None:
    jane.post("/tasks", json={"title": "Nobody knows"})
    assert titles(john.get(feed)) == []


def test_two_reads_are_equal_whenever_they_are(
    john: httpx2.Client, feed: str, clock: ManualClock
) -> None:
    john.post("/tasks", json={"title": "Buy milk", "due_date": "2026-12-01"})
    first = john.get(feed)
    clock.advance(400 * 24 * 60 * 60)
    assert john.get(feed, headers={"Authorization": ""}).content == first.content


def test_who_has_it_is_told_so(john: httpx2.Client, feed: str) -> None:
    task = f"/tasks/{john.post('/tasks', json={'title': 'Buy milk'}).json()['id']}"
    tag = john.get(feed).headers["ETag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = john.get(feed, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == tag
        assert answer.headers["Cache-Control"] == "private, no-cache"
    changes: list[Callable[[], object]] = [
        lambda: john.patch(task, json={"title": "Buy bread"}),
        lambda: john.post("/tasks", json={"title": "Another"}),
        lambda: john.patch("/users/me", json={"timezone": "Europe/Berlin"}),
        lambda: john.delete(task),
    ]
    for change in changes:
        change()
        answer = john.get(feed, headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert answer.headers["ETag"] != tag
        tag = answer.headers["ETag"]


def test_it_is_small_for_who_takes_gzip(john: httpx2.Client, feed: str) -> None:
    for number in range(10):
        john.post("/tasks", json={"title": f"Task {number}"})
    answer = john.get(feed, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    tag = answer.headers["ETag"]
    assert tag.endswith('-gzip"')
    again = john.get(feed, headers={"Accept-Encoding": "gzip", "If-None-Match": tag})
    assert (again.status_code, again.headers["ETag"]) == (304, tag)


def test_head_tells_what_get_would(john: httpx2.Client, feed: str) -> None:
    answer = john.head(feed)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"] == john.get(feed).headers["ETag"]


def test_day_of_the_last_read_is_noted(john: httpx2.Client, feed: str, clock: ManualClock) -> None:
    john.get(feed)
    assert john.get(PATH).json()[0]["last_read_on"] == "2026-11-22"
    clock.advance(10 * 60)
    john.get(feed)
    assert john.get(PATH).json()[0]["last_read_on"] == "2026-11-22"


# -------------------------------------------------------------------------------------- and its end


def test_it_leads_nowhere_once_it_is_revoked(john: httpx2.Client, feed: str) -> None:
    tag = john.get(feed).headers["ETag"]
    john.delete(f"{PATH}/{john.get(PATH).json()[0]['id']}")
    for headers in ({}, {"If-None-Match": tag}):
        answer = john.get(feed, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["Cache-Control"] == "no-store"


def test_made_up_addresses_lead_nowhere(
    john: httpx2.Client, jane: httpx2.Client, feed: str
) -> None:
    secret = feed.removeprefix("/calendar/").removesuffix(".ics")
    hers = address(jane)
    others = hers.removeprefix("/calendar/").removesuffix(".ics")
    made_up = [
        secret[:-1] + ("A" if secret[-1] != "A" else "Q"),
        secret[:43] + others[43:],
        secret + "A",
        secret[:-4],
        "A" * 86,
        "feeds",
        "%C3%A9",
        "%00",
        " ",
    ]
    for each in made_up:
        answer = john.get(f"/calendar/{each}.ics")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), each


def test_it_ends_with_all_scripts_and_with_the_account(
    john: httpx2.Client, client: httpx2.Client, feed: str, clock: ManualClock
) -> None:
    account = account_named("johndoe")
    account = change_account(account, now=clock(), disabled=True)
    answer = client.get(feed)
    assert (answer.status_code, answer.json()["code"]) == (400, "inactive_user")
    account = change_account(account, now=clock(), disabled=False)
    assert client.get(feed).status_code == 200
    change_account(account, now=clock(), tokens_from=clock())
    assert client.get(feed).status_code == 404
    assert john.get(PATH).json() == []
    fresh = address(john)
    assert client.get(fresh).status_code == 200
    john.request("DELETE", "/users/me", json={"password": PASSWORD})
    assert client.get(fresh).status_code == 404


@pytest.mark.parametrize("end", [".ics", ".ics/", "", ".bak"])
def test_servers_log_no_secret(app: FastAPI, feed: str, end: str) -> None:
    """They log the path of the scope that they made, once the answer is sent."""
    scope = handled(app, feed.removesuffix(".ics") + end)
    assert (scope["path"], scope["raw_path"]) == ("/calendar/_", b"/calendar/_")


@pytest.mark.parametrize("path", [PATH, f"{PATH}/{'0' * 26}", "/tasks"])
def test_servers_log_all_other_paths(app: FastAPI, path: str) -> None:
    assert handled(app, path)["path"] == path


def handled(app: FastAPI, path: str) -> dict[str, Any]:
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        del message

    asyncio.run(app(scope, receive, send))
    return scope


# ------------------------------------------------------------------------------------------- bounds


def test_of_very_many_tasks_the_newest_and_those_due_are_read(
    john: httpx2.Client, feed: str, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "NEWEST_MAX", 3)
    monkeypatch.setattr(reading, "DUE_MAX", 2)
    tasks = Tasks(clock)
    user_id = account_named("johndoe").id
    for day, title in ((1, "Long ago"), (20, "Late"), (25, "Soon"), (30, "Later")):
        month = 9 if title == "Long ago" else 11
        due = Due(date(2026, month, day))
        tasks.create(user_id=user_id, title=title, due=due)
    for number in range(4):
        tasks.create(user_id=user_id, title=f"Undated {number}")
    expected = ["Late", "Soon", "Undated 3", "Undated 2", "Undated 1"]
    assert titles(john.get(feed)) == expected


@pytest.fixture
def asked(dynamodb: FakeDynamo, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Operations of DynamoDB, in order."""
    asked: list[str] = []
    call = dynamodb.call

    def noted(operation: str, request: Any) -> Any:
        asked.append(operation)
        return call(operation, request)

    monkeypatch.setattr(dynamodb, "call", noted)
    return asked


def test_who_has_it_costs_two_reads(john: httpx2.Client, feed: str, asked: list[str]) -> None:
    john.post("/tasks", json={"title": "Buy milk", "description": "words " * 800})
    tag = john.get(feed).headers["ETag"]
    asked.clear()
    assert john.get(feed, headers={"If-None-Match": tag}).status_code == 304
    assert asked == ["BatchGetItem", "Query"]


def test_unknown_and_revoked_feeds_cost_the_same(
    john: httpx2.Client, jane: httpx2.Client, feed: str, asked: list[str]
) -> None:
    revoked = address(jane)
    jane.delete(f"{PATH}/{jane.get(PATH).json()[0]['id']}")
    secret = feed.removesuffix(".ics")
    wrong = f"{secret[:-1]}{'A' if secret[-1] != 'A' else 'Q'}.ics"
    answers = set()
    for path in (revoked, wrong, f"/calendar/{'A' * 86}.ics"):
        asked.clear()
        answer = john.get(path)
        content = {name: value for name, value in answer.json().items() if name != "instance"}
        answers.add((answer.status_code, str(content), *asked))
    assert len(answers) == 1
    assert asked == ["BatchGetItem"]
