"""Whoever reads a reminder has it come again: by a button that is meant, never by a look."""

from typing import Any

import httpx2
import pytest

from errand.acting import ATTRIBUTE
from errand.codecs import instant
from errand.identity.accounts.model import Account
from errand.reminding.model import LIFETIME_SECONDS
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.html import Page
from errand_testkit.stored import change_account, remove_account, store_snooze_token
from errand_testkit.visitors import account_named

HOUR_MS = 60 * 60 * 1000
HOSTILE = '</p><script>alert(1)</script> "{at}" %s \u202ex\u202c'
SOON = {"until": "hour"}


@pytest.fixture
def account(john: httpx2.Client) -> Account:
    assert john.get("/users/me").status_code == 200
    return account_named("johndoe")


@pytest.fixture
def task(john: httpx2.Client, clock: ManualClock) -> str:
    return new_task(john, reminders=[absolute(clock())])


@pytest.fixture
def path(account: Account, task: str, clock: ManualClock) -> str:
    return link(account, task, clock())


def absolute(at: int) -> dict[str, Any]:
    return {"type": "absolute", "at": instant(at)}


def new_task(john: httpx2.Client, **fields: Any) -> str:
    answer = john.post("/tasks", json={"title": "Buy milk", **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def link(account: Account, task: str, at: int) -> str:
    return f"/mail/snooze/{store_snooze_token(account, task_id=task, at=at, now=at)}"


def reminders(john: httpx2.Client, task: str) -> Any:
    return john.get(f"/tasks/{task}").json()["reminders"]


def words(answer: httpx2.Response) -> str:
    assert answer.status_code == 200, answer.text
    page = Page(answer.text)
    assert page.open == []
    return page.text


def test_a_button_has_the_reminder_come_again(
    john: httpx2.Client, client: httpx2.Client, task: str, path: str, clock: ManualClock
) -> None:
    said = words(client.post(path, data=SOON))
    assert "will remind you of “Buy milk” again on" in said
    assert reminders(john, task) == [absolute(clock() + HOUR_MS)]


def test_who_held_the_link_is_not_named_as_who_changed_it_before(
    client: httpx2.Client, dynamodb: FakeDynamo, task: str, path: str
) -> None:
    def changed_by() -> Any:
        [item] = [item for item in dynamodb.all() if item["sk"]["S"] == f"TASK#{task}"]
        return item.get(ATTRIBUTE)

    assert changed_by()
    client.post(path, data=SOON)
    assert changed_by() is None


def test_reminders_before_it_is_due_stay(
    john: httpx2.Client, client: httpx2.Client, account: Account, clock: ManualClock
) -> None:
    relative = {"type": "relative", "before": "due", "minutes": 0}
    due = {"type": "date", "date": "2026-11-22"}
    task = new_task(john, due=due, reminders=[relative])
    at = 1795305600000
    client.post(link(account, task, at), data=SOON)
    assert reminders(john, task) == [relative, absolute(clock() + HOUR_MS)]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_look_at_the_link_snoozes_nothing(
    client: httpx2.Client, dynamodb: FakeDynamo, path: str, method: str
) -> None:
    before = dynamodb.all(), dynamodb.all("EphemeralTable")
    for _ in range(3):
        assert client.request(method, path).status_code == 200
    assert (dynamodb.all(), dynamodb.all("EphemeralTable")) == before


def test_page_has_buttons_and_runs_nothing(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)
    assert "Remind you of “Buy milk” again?" in words(answer)
    assert answer.text.count("<button ") == 5
    assert '<form method="post">' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_hostile_title_is_a_text(
    john: httpx2.Client, client: httpx2.Client, account: Account, clock: ManualClock
) -> None:
    task = new_task(john, title=HOSTILE, reminders=[absolute(clock())])
    path = link(account, task, clock())
    for answer in (client.get(path), client.post(path, data=SOON)):
        assert '<script>alert(1)</script> "{at}" %s' in words(answer)
        assert "<script" not in answer.text
        assert "\u202e" not in answer.text


def test_it_works_once_and_says_so(
    john: httpx2.Client, client: httpx2.Client, task: str, path: str
) -> None:
    client.post(path, data=SOON)
    after = john.get(f"/tasks/{task}").json()
    for answer in (client.post(path, data={"until": "monday"}), client.get(path)):
        assert "has been used: it works once" in words(answer)
    assert john.get(f"/tasks/{task}").json() == after


def test_of_two_clicks_at_once_one_does_it(
    john: httpx2.Client, client: httpx2.Client, dynamodb: FakeDynamo, task: str, path: str
) -> None:
    dynamodb.interferences.append(lambda: client.post(path, data=SOON))
    assert "has been used" in words(client.post(path, data={"until": "monday"}))
    assert john.get(f"/tasks/{task}").json()["version"] == 2


def test_a_change_at_the_same_time_is_kept(
    john: httpx2.Client, client: httpx2.Client, dynamodb: FakeDynamo, task: str, path: str
) -> None:
    rename = {"title": "Buy bread"}
    dynamodb.interferences.append(lambda: john.patch(f"/tasks/{task}", json=rename))
    assert "“Buy bread” again on" in words(client.post(path, data=SOON))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"completed": True}, "is completed"),
        ({"reminders": []}, "has been changed since this mail"),
        (None, "is deleted"),
    ],
    ids=["completed", "changed", "deleted"],
)
def test_what_became_of_the_task_is_said(
    john: httpx2.Client,
    client: httpx2.Client,
    task: str,
    path: str,
    change: dict[str, Any] | None,
    said: str,
) -> None:
    if change is None:
        john.delete(f"/tasks/{task}")
    else:
        john.patch(f"/tasks/{task}", json=change)
    before = john.get(f"/tasks/{task}").text
    assert said in words(client.get(path))
    assert said in words(client.post(path, data=SOON))
    assert change is None or john.get(f"/tasks/{task}").text == before


def test_a_task_has_no_more_than_ten_reminders(
    john: httpx2.Client, client: httpx2.Client, account: Account
) -> None:
    relative = [{"type": "relative", "before": "due", "minutes": minutes} for minutes in range(10)]
    task = new_task(john, due={"type": "date", "date": "2026-11-22"}, reminders=relative)
    at = 1795305600000
    assert "as many reminders" in words(client.post(link(account, task, at), data=SOON))
    assert reminders(john, task) == relative


@pytest.mark.parametrize("ask", ["GET", "POST"])
def test_what_was_made_up_or_is_old_leads_nowhere(
    client: httpx2.Client, clock: ManualClock, path: str, ask: str
) -> None:
    data = SOON if ask == "POST" else None
    for wrong in (
        f"{path}x",
        path[:-1],
        f"{path[:-1]}{'_' if path[-1] != '_' else '-'}",
        "/mail/snooze/x",
    ):
        answer = client.request(ask, wrong, data=data)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    clock.advance(LIFETIME_SECONDS)
    assert client.request(ask, path, data=data).status_code == 404


def test_an_account_that_is_gone_or_disabled_snoozes_nothing(
    client: httpx2.Client, account: Account, path: str, clock: ManualClock
) -> None:
    disabled = change_account(account, now=clock(), disabled=True)
    assert client.post(path, data=SOON).status_code == 404
    remove_account(disabled or account)
    assert client.post(path, data=SOON).status_code == 404


@pytest.mark.parametrize("data", [{}, {"until": "never"}, {"List-Unsubscribe": "One-Click"}])
def test_a_post_that_does_not_say_when_snoozes_nothing(
    john: httpx2.Client, client: httpx2.Client, task: str, path: str, data: dict[str, str]
) -> None:
    assert client.post(path, data=data).status_code == 422
    assert client.post(path, json=SOON).status_code == 415
    assert john.get(f"/tasks/{task}").json()["version"] == 1


def test_token_is_in_the_export_without_its_secret(john: httpx2.Client, path: str) -> None:
    [pending] = john.get("/users/me/export").json()["pending"]
    assert pending["purpose"] == "snooze"
    assert path.rpartition("/")[2] not in str(pending)


# ------------------------------------------------------------------------- mails about the day


@pytest.fixture
def digest(john: httpx2.Client, account: Account, clock: ManualClock) -> str:
    """The path that the mail links to."""
    zone = {"digest_time": "07:30", "timezone": "Europe/Berlin"}
    assert john.patch("/users/me", json=zone).status_code == 200
    return f"/mail/snooze/{store_snooze_token(account, task_id=None, at=clock(), now=clock())}"


def paused_until(john: httpx2.Client) -> Any:
    return john.get("/users/me").json()["digest_paused_until"]


@pytest.mark.parametrize(
    ("until", "day"),
    [("monday", "2026-11-23"), ("week", "2026-11-29"), ("month", "2026-12-20")],
)
def test_a_button_pauses_mails_about_the_day(
    john: httpx2.Client, client: httpx2.Client, digest: str, until: str, day: str
) -> None:
    page = client.get(digest)
    assert "Pause the mails about your day?" in words(page)
    assert page.text.count("<button ") == 3
    assert paused_until(john) is None
    said = words(client.post(digest, data={"until": until}))
    assert f"comes on {day}" in said
    assert paused_until(john) == day


def test_a_pause_is_asked_for_once(john: httpx2.Client, client: httpx2.Client, digest: str) -> None:
    client.post(digest, data={"until": "month"})
    assert john.patch("/users/me", json={"digest_paused_until": None}).status_code == 200
    assert "has been used" in words(client.post(digest, data={"until": "week"}))
    assert paused_until(john) is None


@pytest.mark.parametrize("until", ["hour", "tomorrow"])
def test_no_mail_about_the_day_comes_again_today(
    john: httpx2.Client, client: httpx2.Client, digest: str, until: str
) -> None:
    assert client.post(digest, data={"until": until}).status_code == 422
    assert paused_until(john) is None
    assert "Pause the mails" in words(client.get(digest))


def test_who_gets_none_has_nothing_to_pause(
    john: httpx2.Client, client: httpx2.Client, digest: str
) -> None:
    john.patch("/users/me", json={"digest_time": None})
    assert "nothing to pause" in words(client.get(digest))
    assert "nothing to pause" in words(client.post(digest, data={"until": "week"}))
    assert paused_until(john) is None
