"""Where somebody is logged in: seeing it, and putting an end to it."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from errand.identity.sessions.model import DEVICE_MAX, IDLE_SECONDS
from errand.keys import KeyRing
from errand_testkit.fakes import ManualClock
from errand_testkit.people import PASSWORD
from errand_testkit.visitors import (
    Connect,
    acts,
    bearer,
    log_in,
    make_token,
    other_instance,
    renew,
    security_log,
    works,
)

type Token = dict[str, Any]
type Ending = Callable[[httpx2.Client], httpx2.Response]

NEW_PASSWORD = "battery horse correct"


@pytest.fixture
def elsewhere(connect: Connect, ring: KeyRing, clock: ManualClock, transport: Any) -> httpx2.Client:
    """An instance that has seen no token yet."""
    return other_instance(connect, ring=ring, clock=clock, transport=transport)


@pytest.fixture
def phone(
    john: httpx2.Client,  # noqa: ARG001 - whose it is
    client: httpx2.Client,
    clock: ManualClock,
) -> Token:
    """John's other session, a second younger than the one he asks from."""
    clock.advance(1)
    token: Token = log_in(client, device_name="Phone").json()
    clock.advance(1)
    return token


def session_of(john: httpx2.Client, device: str) -> str:
    sessions = john.get("/users/me/sessions").json()
    (found,) = (session["id"] for session in sessions if session["device"] == device)
    assert isinstance(found, str)
    return found


def end_phone(john: httpx2.Client) -> httpx2.Response:
    return john.delete(f"/users/me/sessions/{session_of(john, 'Phone')}")


def end_others(john: httpx2.Client) -> httpx2.Response:
    return john.delete("/users/me/sessions")


def change_password(john: httpx2.Client) -> httpx2.Response:
    new = {"password": NEW_PASSWORD, "current_password": PASSWORD}
    return john.patch("/users/me", json=new)


endings = pytest.mark.parametrize("end", [end_phone, end_others, change_password])


@pytest.mark.both_transports
@pytest.mark.usefixtures("phone")
def test_sessions_are_listed_newest_first(john: httpx2.Client, transport: str) -> None:
    phone, here = john.get("/users/me/sessions").json()
    assert phone == {
        "id": phone["id"],
        "device": "Phone",
        "address": "203.0.113.7" if transport == "lambda" else None,
        "scopes": ["account:read", "account:write", "tasks:read", "tasks:write"],
        "created_at": "2026-11-22T08:30:01.000Z",
        "last_used_at": "2026-11-22T08:30:01.000Z",
        "expires_at": "2026-12-22T08:30:01.000Z",
        "current": False,
    }
    assert (here["device"], here["current"]) == ("a test", True)


def test_the_current_one_is_the_one_that_asks(
    client: httpx2.Client, john: httpx2.Client, phone: Token
) -> None:
    def current(headers: dict[str, str] | None) -> list[str]:
        sessions = client.get("/users/me/sessions", headers=headers).json()
        return [session["device"] for session in sessions if session["current"]]

    assert current(bearer(phone)) == ["Phone"]
    assert current(dict(john.headers)) == ["a test"]


def test_a_renewal_shows(john: httpx2.Client, phone: Token, clock: ManualClock) -> None:
    clock.advance(59)
    renew(john, phone["refresh_token"])
    session = john.get("/users/me/sessions").json()[0]
    assert session["created_at"] == "2026-11-22T08:30:01.000Z"
    assert session["last_used_at"] == "2026-11-22T08:31:01.000Z"
    assert session["expires_at"] == "2026-12-22T08:31:01.000Z"


@pytest.mark.usefixtures("phone")
def test_sessions_of_others_are_not_listed(jane: httpx2.Client) -> None:
    assert len(jane.get("/users/me/sessions").json()) == 1


def test_sessions_that_ended_by_themselves_are_not_listed(
    client: httpx2.Client, phone: Token, clock: ManualClock
) -> None:
    clock.advance(IDLE_SECONDS - 1.5)
    token = renew(client, phone["refresh_token"]).json()
    (session,) = client.get("/users/me/sessions", headers=bearer(token)).json()
    assert session["device"] == "Phone"


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize(
    ("given", "agent", "shown"),
    [
        ("  John's laptop ", "curl/8.5.0", "John's laptop"),
        ("", "curl/8.5.0", "curl/8.5.0"),
        ("", "", "unknown"),
        ("", "a" * 300, "a" * 200),
        ("d" * DEVICE_MAX, "curl/8.5.0", "d" * DEVICE_MAX),
    ],
)
def test_a_device_is_called_as_it_wants_or_by_its_agent(
    john: httpx2.Client, client: httpx2.Client, given: str, agent: str, shown: str
) -> None:
    client.headers["User-Agent"] = agent
    assert log_in(client, device_name=given).status_code == 200
    assert john.get("/users/me/sessions").json()[0]["device"] == shown


@pytest.mark.parametrize("name", ["d" * (DEVICE_MAX + 1), "a\x07b", "a\nb", "\x1b[2J"])
def test_odd_names_of_devices_are_refused(client: httpx2.Client, name: str) -> None:
    answer = log_in(client, device_name=name)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["loc"] == ["body", "device_name"]


@endings
def test_an_ended_session_is_of_no_use(
    john: httpx2.Client, client: httpx2.Client, phone: Token, end: Ending
) -> None:
    assert works(client, phone)
    assert end(john).status_code in {200, 204}
    assert not works(client, phone)
    assert renew(client, phone["refresh_token"]).json()["code"] == "invalid_grant"
    assert john.get("/users/me").status_code == 200
    assert [session["current"] for session in john.get("/users/me/sessions").json()] == [True]


@endings
def test_on_another_instance_its_access_token_ends_within_30_seconds(
    john: httpx2.Client, elsewhere: httpx2.Client, phone: Token, clock: ManualClock, end: Ending
) -> None:
    assert works(elsewhere, phone)
    end(john)
    clock.advance(29.999)
    assert works(elsewhere, phone)
    clock.advance(0.001)
    assert not works(elsewhere, phone)


@endings
def test_an_instance_that_has_not_seen_it_refuses_it_at_once(
    john: httpx2.Client, elsewhere: httpx2.Client, phone: Token, end: Ending
) -> None:
    end(john)
    assert not works(elsewhere, phone)
    assert elsewhere.get("/users/me", headers=dict(john.headers)).status_code == 200


@endings
@pytest.mark.usefixtures("phone")
def test_who_was_logged_out_may_log_in_again(
    john: httpx2.Client, client: httpx2.Client, clock: ManualClock, end: Ending
) -> None:
    end(john)
    clock.advance(0.001)
    password = NEW_PASSWORD if end is change_password else PASSWORD
    assert works(client, log_in(client, password=password).json())


@pytest.mark.parametrize(
    ("end", "act"),
    [
        (end_phone, "logged_out"),
        (end_others, "sessions_ended"),
        (change_password, "password_changed"),
    ],
)
@pytest.mark.usefixtures("phone")
def test_what_ended_it_is_put_on_record(john: httpx2.Client, end: Ending, act: str) -> None:
    phone = session_of(john, "Phone")
    answer = end(john)
    record = security_log(john)[0]
    assert record["act"] == act
    assert record["actor"] == john.get("/users/me").json()["id"]
    assert record["about"] == (phone if end is end_phone else None)
    assert record["request_id"] == answer.headers["X-Request-Id"]


def test_one_may_end_the_present_session(john: httpx2.Client, client: httpx2.Client) -> None:
    john.delete(f"/users/me/sessions/{session_of(john, 'a test')}")
    assert john.get("/users/me").status_code == 401
    assert works(client, log_in(client).json())


@pytest.mark.usefixtures("phone")
def test_a_session_ends_once(john: httpx2.Client) -> None:
    phone = session_of(john, "Phone")
    path = f"/users/me/sessions/{phone}"
    assert john.delete(path).status_code == 204
    answer = john.delete(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert acts(john) == ["logged_in", "logged_out"]


@pytest.mark.usefixtures("phone")
def test_a_session_ended_with_the_others_is_not_there(john: httpx2.Client) -> None:
    path = f"/users/me/sessions/{session_of(john, 'Phone')}"
    end_others(john)
    assert john.delete(path).status_code == 404


@pytest.mark.usefixtures("phone")
def test_sessions_of_others_cannot_be_ended(john: httpx2.Client, jane: httpx2.Client) -> None:
    phone = session_of(john, "Phone")
    assert jane.delete(f"/users/me/sessions/{phone}").status_code == 404
    assert jane.delete("/users/me/sessions").status_code == 204
    assert session_of(john, "Phone") == phone
    assert "logged_out" not in acts(jane)


@pytest.mark.parametrize("name", ["06h08q0rf9qcv4e83s3ndg2tl4", "x", "0" * 27, "%00", "SESSION%23"])
def test_what_is_no_session_is_not_found(john: httpx2.Client, name: str) -> None:
    assert john.delete(f"/users/me/sessions/{name}").status_code == 404


def test_a_wrong_password_ends_nothing(
    john: httpx2.Client, client: httpx2.Client, phone: Token
) -> None:
    new = {"password": NEW_PASSWORD, "current_password": "wrong password"}
    assert john.patch("/users/me", json=new).status_code == 400
    assert works(client, phone)


def test_a_script_ends_no_session(john: httpx2.Client, client: httpx2.Client, phone: Token) -> None:
    script = make_token(john, "account:write")
    answer = client.delete("/users/me/sessions", headers=bearer(script))
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")
    assert works(client, phone)
    assert john.get("/users/me").status_code == 200
