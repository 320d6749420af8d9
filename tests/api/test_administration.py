"""Administrators: everybody's accounts, and what may be done to them."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from errand.identity.audit.repository import DynamoAuditLog
from errand.keys import KeyRing
from errand_testkit.fakes import ManualClock
from errand_testkit.stored import change_account
from errand_testkit.visitors import (
    Connect,
    SignUp,
    account_named,
    acts,
    bearer,
    log_in,
    make_token,
    other_instance,
    renew,
    works,
)

type Token = dict[str, Any]


@pytest.fixture
def root(sign_up: SignUp) -> httpx2.Client:
    return sign_up("root", admin=True)


@pytest.fixture
def elsewhere(connect: Connect, ring: KeyRing, clock: ManualClock, transport: Any) -> httpx2.Client:
    """An instance that has seen no token yet."""
    return other_instance(connect, ring=ring, clock=clock, transport=transport)


@pytest.fixture
def update(root: httpx2.Client, clock: ManualClock) -> Callable[..., httpx2.Response]:
    """What root does to somebody, a while after all that was before."""

    def update(username: str = "johndoe", **what: Any) -> httpx2.Response:
        clock.advance(1)
        answer = root.patch(f"/users/{account_named(username).id}", json=what)
        clock.advance(1)
        return answer

    return update


type Update = Callable[..., httpx2.Response]


def names(answer: httpx2.Response) -> list[str]:
    return [user["username"] for user in answer.json()]


def test_accounts_are_listed_oldest_first(root: httpx2.Client, sign_up: SignUp) -> None:
    sign_up("johndoe", email="johndoe@example.com")
    sign_up("janedoe")
    answer = root.get("/users")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert names(answer) == ["root", "johndoe", "janedoe"]
    john = answer.json()[1]
    assert john["email"] == "johndoe@example.com"
    assert (john["admin"], john["disabled"], john["mfa_enabled"]) == (False, False, False)
    assert answer.json()[0]["admin"] is True
    assert "argon2" not in answer.text


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 100])
def test_pages_lead_through_all_of_them(root: httpx2.Client, sign_up: SignUp, limit: int) -> None:
    for number in range(5):
        sign_up(f"user-{number}")
    answer = root.get(f"/users?limit={limit}")
    seen = names(answer)
    while "Link" in answer.headers:
        assert len(answer.json()) == limit
        answer = root.get(answer.links["next"]["url"])
        seen += names(answer)
    assert seen == ["root", "user-0", "user-1", "user-2", "user-3", "user-4"]


def test_ten_are_a_page(root: httpx2.Client, sign_up: SignUp) -> None:
    for number in range(10):
        sign_up(f"user-{number}")
    assert len(root.get("/users").json()) == 10


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=%C3%A9"])
def test_pages_that_are_none(root: httpx2.Client, query: str) -> None:
    assert root.get(f"/users?{query}").status_code == 422


def test_cursors_of_other_lists_lead_nowhere(root: httpx2.Client) -> None:
    for number in range(2):
        root.post("/tasks", json={"title": f"Task {number}"})
    cursor = root.get("/tasks?limit=1").links["next"]["url"].partition("cursor=")[2]
    answer = root.get(f"/users?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


def test_a_disabled_users_tokens_stop(
    john: httpx2.Client, client: httpx2.Client, update: Update
) -> None:
    phone = log_in(client).json()
    script = make_token(john, "account:read")
    answer = update(disabled=True)
    assert answer.status_code == 200
    assert answer.json()["disabled"] is True
    assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'
    for headers in (dict(john.headers), bearer(phone), bearer(script)):
        refused = client.get("/users/me", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (400, "inactive_user")
    assert renew(client, phone["refresh_token"]).json()["error"] == "invalid_grant"
    assert log_in(client).json()["code"] == "inactive_user"


def test_a_user_who_is_enabled_logs_in_again(
    john: httpx2.Client, client: httpx2.Client, update: Update
) -> None:
    script = make_token(john, "account:read")
    update(disabled=True)
    assert update(disabled=False).json()["disabled"] is False
    assert works(client, log_in(client).json())
    assert works(client, script)
    # What was open when the account was disabled stays closed.
    assert john.get("/users/me").status_code == 401


def test_a_forced_log_out_ends_sessions_and_scripts(
    john: httpx2.Client, client: httpx2.Client, update: Update
) -> None:
    phone = log_in(client).json()
    script = make_token(john, "account:read")
    assert update(log_out=True).json()["disabled"] is False
    assert john.get("/users/me").status_code == 401
    assert not works(client, phone)
    assert renew(client, phone["refresh_token"]).status_code == 400
    assert not works(client, script)
    assert works(client, log_in(client).json())


@pytest.mark.parametrize("what", [{"disabled": True}, {"log_out": True}])
@pytest.mark.usefixtures("john")
def test_another_instance_stops_within_30_seconds(
    client: httpx2.Client,
    elsewhere: httpx2.Client,
    root: httpx2.Client,
    clock: ManualClock,
    what: dict[str, bool],
) -> None:
    phone, other = log_in(client).json(), log_in(client).json()
    assert works(elsewhere, phone)
    clock.advance(1)
    root.patch(f"/users/{account_named('johndoe').id}", json=what)
    # One that it has not seen yet, at once.
    assert not works(elsewhere, other)
    clock.advance(28.999)
    assert works(elsewhere, phone)
    clock.advance(0.001)
    assert not works(elsewhere, phone)


def test_others_are_left_alone(
    john: httpx2.Client, jane: httpx2.Client, root: httpx2.Client, update: Update
) -> None:
    update("johndoe", disabled=True)
    assert john.get("/users/me").status_code == 400
    assert jane.get("/users/me").status_code == root.get("/users/me").status_code == 200


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ([{"disabled": True}], ["disabled"]),
        ([{"disabled": True}, {"disabled": True}], ["disabled"]),
        ([{"disabled": True}, {"disabled": False}], ["disabled", "enabled"]),
        ([{"disabled": False}], []),
        ([{"log_out": True}], ["forced_log_out"]),
        ([{"disabled": True, "log_out": True}], ["disabled"]),
        ([{}], []),
    ],
)
@pytest.mark.usefixtures("john")
def test_what_was_done_is_put_on_the_users_record(
    root: httpx2.Client, update: Update, what: list[dict[str, bool]], expected: list[str]
) -> None:
    requests = {update(**step).headers["X-Request-Id"] for step in what}
    user_id = account_named("johndoe").id
    *records, opened = DynamoAuditLog().slice(user_id=user_id, after=None, limit=100).items
    assert opened.act == "logged_in"
    assert [record.act for record in reversed(records)] == expected
    assert {record.actor for record in records} <= {root.get("/users/me").json()["id"]}
    assert {record.request_id for record in records} <= requests
    assert acts(root) == []


def test_administrators_do_not_disable_themselves(root: httpx2.Client, update: Update) -> None:
    answer = update("root", disabled=True)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert root.get("/users/me").status_code == 200


def test_administrators_may_log_themselves_out(root: httpx2.Client, update: Update) -> None:
    assert update("root", log_out=True).status_code == 200
    assert root.get("/users/me").status_code == 401


@pytest.mark.parametrize("name", ["06h08q0rf9qcv4e83s3ndg2tl4", "x", "%00", "USER%23x"])
def test_who_does_not_exist_is_not_found(root: httpx2.Client, name: str) -> None:
    answer = root.patch(f"/users/{name}", json={"disabled": True})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


REFUSED: list[dict[str, Any]] = [
    {"disabled": None},
    {"disabled": "true"},
    {"disabled": 1},
    {"log_out": False},
    {"admin": True},
    {"username": "jim"},
    {"password": "battery horse correct"},
    {"email_verified": True},
]


@pytest.mark.parametrize("what", REFUSED, ids=str)
@pytest.mark.usefixtures("john")
def test_nothing_else_can_be_done(root: httpx2.Client, what: dict[str, Any]) -> None:
    before = account_named("johndoe")
    assert root.patch(f"/users/{before.id}", json=what).status_code == 422
    assert account_named("johndoe") == before


def test_nobody_else_gets_in(john: httpx2.Client, client: httpx2.Client) -> None:
    user = john.get("/users/me").json()["id"]
    for answer in (john.get("/users"), john.patch(f"/users/{user}", json={"disabled": True})):
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert client.get("/users").status_code == 401
    assert log_in(client, scope="admin").json()["code"] == "invalid_scope"


def test_the_scope_goes_with_the_role(
    root: httpx2.Client, elsewhere: httpx2.Client, clock: ManualClock
) -> None:
    assert root.get("/users").status_code == 200
    change_account(account_named("root"), now=clock(), admin=False)
    assert elsewhere.get("/users", headers=dict(root.headers)).status_code == 403
    clock.advance(30)
    assert root.get("/users").status_code == 403
    assert root.get("/tasks").status_code == 200


@pytest.mark.usefixtures("root")
def test_a_renewal_without_the_role_is_without_the_scope(
    client: httpx2.Client, clock: ManualClock
) -> None:
    token = log_in(client, "root").json()
    assert "admin" in token["scope"].split()
    change_account(account_named("root"), now=clock(), admin=False)
    assert "admin" not in renew(client, token["refresh_token"]).json()["scope"].split()
    assert "admin" not in log_in(client, "root").json()["scope"].split()
