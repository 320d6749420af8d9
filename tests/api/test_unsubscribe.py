"""Whoever reads a mail stops the next one: by a click that is meant, never by a look."""

import re
from base64 import b64encode
from hashlib import sha256

import httpx2
import pytest

from errand.identity.accounts.model import Account
from errand.mails.model import LIFETIME_SECONDS
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.html import Page
from errand_testkit.stored import change_account, remove_account, store_unsubscribe_token
from errand_testkit.visitors import account_named

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def account(john: httpx2.Client) -> Account:
    assert not stopped(john)
    return account_named("johndoe")


@pytest.fixture
def path(account: Account, clock: ManualClock) -> str:
    return f"/mail/unsubscribe/{store_unsubscribe_token(account, now=clock())}"


def stopped(john: httpx2.Client) -> bool:
    return john.get("/users/me").json()["reminder_mails"] is False


def test_a_click_stops_what_the_mail_was_about(
    john: httpx2.Client, client: httpx2.Client, path: str
) -> None:
    answer = client.post(path, data=ONE_CLICK)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "will not mail you reminders of your tasks any more" in Page(answer.text).text
    assert stopped(john)
    assert john.get("/users/me").headers["ETag"] == '"2"'


def test_mail_programs_may_send_the_other_kind_of_form(
    john: httpx2.Client, client: httpx2.Client, path: str
) -> None:
    """RFC 8058, section 3.2."""
    assert client.post(path, files={"List-Unsubscribe": (None, "One-Click")}).status_code == 200
    assert stopped(john)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_look_at_the_link_stops_nothing(
    john: httpx2.Client, client: httpx2.Client, dynamodb: FakeDynamo, path: str, method: str
) -> None:
    before = dynamodb.all(), dynamodb.all("EphemeralTable")
    assert client.request(method, path).status_code == 200
    assert (dynamodb.all(), dynamodb.all("EphemeralTable")) == before
    assert not stopped(john)


def test_page_has_a_button_that_does(john: httpx2.Client, client: httpx2.Client, path: str) -> None:
    answer = client.get(path)
    page = Page(answer.text)
    assert page.open == []
    assert "Errand mails you reminders of your tasks." in page.text
    assert {"form", "input", "button"} <= {*page.tags}
    # To its own address, with what a mail program sends.
    button = '<input type="hidden" name="List-Unsubscribe" value="One-Click">'
    assert f'<form method="post">{button}' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    [style] = re.findall("<style>(.*)</style>", answer.text)
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not stopped(john)


def test_again_it_answers_the_same_and_changes_nothing(
    john: httpx2.Client, client: httpx2.Client, path: str
) -> None:
    first = client.post(path, data=ONE_CLICK)
    again = client.post(path, data=ONE_CLICK)
    assert (again.status_code, again.text) == (200, first.text)
    assert john.get("/users/me").headers["ETag"] == '"2"'


def test_who_subscribed_again_is_not_stopped_by_an_old_mail(
    john: httpx2.Client, client: httpx2.Client, path: str
) -> None:
    client.post(path, data=ONE_CLICK)
    assert john.patch("/users/me", json={"reminder_mails": True}).status_code == 200
    assert client.post(path, data=ONE_CLICK).status_code == 200
    assert not stopped(john)


def test_of_two_clicks_at_once_one_does_it(
    john: httpx2.Client, client: httpx2.Client, dynamodb: FakeDynamo, path: str
) -> None:
    dynamodb.interferences.append(lambda: client.post(path, data=ONE_CLICK))
    assert client.post(path, data=ONE_CLICK).status_code == 200
    assert stopped(john)
    assert john.get("/users/me").headers["ETag"] == '"2"'


def test_a_change_at_the_same_time_is_kept(
    john: httpx2.Client, client: httpx2.Client, dynamodb: FakeDynamo, path: str
) -> None:
    dynamodb.interferences.append(lambda: john.patch("/users/me", json={"full_name": "John"}))
    assert client.post(path, data=ONE_CLICK).status_code == 200
    account = john.get("/users/me").json()
    assert (account["full_name"], account["reminder_mails"]) == ("John", False)


@pytest.mark.parametrize("ask", ["GET", "POST"])
def test_what_was_made_up_or_is_old_leads_nowhere(
    john: httpx2.Client, client: httpx2.Client, clock: ManualClock, path: str, ask: str
) -> None:
    data = ONE_CLICK if ask == "POST" else None
    for wrong in (
        f"{path}x",
        path[:-1],
        f"{path[:-1]}{'_' if path[-1] != '_' else '-'}",
        "/mail/unsubscribe/x",
    ):
        answer = client.request(ask, wrong, data=data)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    clock.advance(LIFETIME_SECONDS)
    assert client.request(ask, path, data=data).status_code == 404
    clock.advance(-LIFETIME_SECONDS)
    assert not stopped(john)


def test_an_account_that_is_gone_gets_no_mail_anyway(
    client: httpx2.Client, account: Account, path: str
) -> None:
    remove_account(account)
    assert client.post(path, data=ONE_CLICK).status_code == 404


@pytest.mark.parametrize("data", [{}, {"List-Unsubscribe": "yes"}, {"other": "One-Click"}], ids=str)
def test_a_post_that_does_not_say_so_stops_nothing(
    john: httpx2.Client, client: httpx2.Client, path: str, data: dict[str, str]
) -> None:
    assert client.post(path, data=data).status_code == 422
    assert client.post(path, json=ONE_CLICK).status_code == 415
    assert not stopped(john)


def test_a_disabled_account_is_unsubscribed_all_the_same(
    client: httpx2.Client, account: Account, clock: ManualClock, path: str
) -> None:
    change_account(account, now=clock(), disabled=True)
    assert client.post(path, data=ONE_CLICK).status_code == 200
    assert not account_named("johndoe").reminder_mails


def test_who_had_stopped_before_has_it_confirmed(
    john: httpx2.Client, client: httpx2.Client, path: str
) -> None:
    john.patch("/users/me", json={"reminder_mails": False})
    assert client.post(path, data=ONE_CLICK).status_code == 200
    assert john.get("/users/me").headers["ETag"] == '"2"'


def test_token_is_in_the_export_without_its_secret(john: httpx2.Client, path: str) -> None:
    [pending] = john.get("/users/me/export").json()["pending"]
    assert pending["purpose"] == "unsubscribe"
    assert path.rpartition("/")[2] not in str(pending)
