"""Tickets for sockets, and streams of events; what goes on in them is tested below the API."""

import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from errand.opaque import parse
from errand.realtime.listening import STREAMS_MAX
from errand.realtime.model import TICKETS, Holder
from errand_api.features import realtime
from errand_api.services import Services
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.log import Follower, unwatched
from errand_testkit.people import PASSWORD
from errand_testkit.visitors import account_named, bearer, make_token

TICKET, EVENTS = "/realtime/ticket", "/events"


def kept(dynamodb: FakeDynamo) -> list[dict[str, Any]]:
    return [one for one in dynamodb.all("EphemeralTable") if "TICKET#" in one["sk"]["S"]]


# ------------------------------------------------------------------------------------------ tickets


@pytest.mark.both_transports
def test_a_ticket_opens_a_socket_for_a_minute(
    john: httpx2.Client, dynamodb: FakeDynamo, clock: ManualClock
) -> None:
    answer = john.post(TICKET)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert told["url"] == "wss://sockets.example.com/live"
    assert told["expires_at"] == "2026-11-22T08:31:00.000Z"
    assert re.fullmatch(r"[\w-]{64}", told["ticket"])
    [item] = kept(dynamodb)
    # Of the ticket itself there is no more than its digest.
    assert item["sk"]["S"] == f"TICKET#{parse(told['ticket']).digest}"
    assert item["expires_at"] == {"N": str(clock() // 1000 + 60)}
    assert told["ticket"] not in str(dynamodb.items)


def test_every_ticket_is_another(john: httpx2.Client) -> None:
    assert len({john.post(TICKET).json()["ticket"] for _ in range(5)}) == 5


def test_a_ticket_tells_with_what_it_was_asked_for(
    john: httpx2.Client, dynamodb: FakeDynamo
) -> None:
    session = john.get("/users/me/sessions").json()[0]["id"]
    script = bearer(make_token(john, "tasks:read"))
    john.post(TICKET)
    assert kept(dynamodb)[-1]["se"] == {"S": session}
    john.post(TICKET, headers=script)
    assert kept(dynamodb)[-1]["tk"]["S"] == john.get("/users/me/tokens").json()[0]["id"]
    assert "se" not in kept(dynamodb)[-1]


def test_a_ticket_that_waits_is_in_the_export(john: httpx2.Client) -> None:
    john.post(TICKET)
    [pending] = john.get("/users/me/export").json()["pending"]
    assert pending == {"purpose": "realtime", "expires_at": "2026-11-22T08:31:00.000Z"}


@pytest.mark.deep
def test_nobody_asks_for_tickets_without_end(
    john: httpx2.Client, jane: httpx2.Client, clock: ManualClock
) -> None:
    for _ in range(TICKETS.free + 1):
        assert john.post(TICKET).status_code == 200
    answer = john.post(TICKET)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert jane.post(TICKET).status_code == 200
    clock.advance(int(answer.headers["Retry-After"]))
    assert john.post(TICKET).status_code == 200


def test_without_a_gateway_there_are_streams(john: httpx2.Client, services: Services) -> None:
    services.realtime_url = None
    answer = john.post(TICKET)
    assert (answer.status_code, answer.json()["code"]) == (501, "realtime_not_configured")
    assert EVENTS in answer.json()["detail"]


# ------------------------------------------------------------------------------------------ streams


@pytest.mark.both_transports
def test_a_stream_begins_with_where_the_log_is(john: httpx2.Client, dynamodb: FakeDynamo) -> None:
    answer = john.get(EVENTS)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text == "retry: 3000\nid: 0\n\n"
    john.post("/tasks", json={"title": "Buy milk"})
    john.post("/tasks", json={"title": "Buy bread"})
    Follower(unwatched(dynamodb)).follow()
    head = max(int(one["sk"]["S"][7:]) for one in dynamodb.all("LogTable"))
    assert john.get(EVENTS).text == f"retry: 3000\nid: {head}\n\n"


def test_where_no_answer_goes_on_there_are_sockets(john: httpx2.Client, services: Services) -> None:
    services.stream_seconds = None
    answer = john.get(EVENTS)
    assert (answer.status_code, answer.json()["code"]) == (501, "no_streams")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert TICKET in answer.json()["detail"]


def test_head_begins_nothing(john: httpx2.Client, services: Services) -> None:
    # If it did, this would not end.
    services.stream_seconds = 60
    answer = john.head(EVENTS)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")


def test_an_account_has_so_many_streams(
    john: httpx2.Client, jane: httpx2.Client, services: Services, portal: Any
) -> None:
    services.stream_seconds = 60
    listening = services.of(realtime.listening)
    user_id = account_named("johndoe").id
    listeners = [
        portal.call(lambda: listening.join(user_id=user_id, holder=Holder(), after=None))
        for _ in range(STREAMS_MAX)
    ]
    answer = john.get(EVENTS)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_streams")
    assert answer.headers["Retry-After"]
    for listener in listeners:
        portal.call(listening.leave, listener)
    portal.call(services.stop)
    # A server that is to stop begins none.
    assert john.get(EVENTS).text == "retry: 3000\nid: 0\n\n"
    assert jane.get(EVENTS).status_code == 200


@pytest.mark.parametrize("cursor", ["-1", "ten", "1" + "0" * 15, "1.5", ""])
def test_a_cursor_is_a_number(john: httpx2.Client, cursor: str) -> None:
    answer = john.get(EVENTS, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")


@pytest.mark.parametrize(
    ("last_event_id", "cursor", "told"),
    [
        ("41", None, 41),
        ("41", 7, 41),
        (None, 7, 7),
        (None, None, None),
        ("", None, None),
        ("-1", None, None),
        ("٤١", None, None),
        ("9" * 16, None, None),
        ("x" * 9000, 7, 7),
    ],
)
def test_what_is_no_id_of_ours_counts_as_none(
    last_event_id: str | None, cursor: int | None, told: int | None
) -> None:
    assert realtime._told(last_event_id, cursor) == told


def test_a_session_that_ended_opens_no_stream(
    log_in: Callable[..., httpx2.Response],
    register: Callable[..., httpx2.Response],
    client: httpx2.Client,
) -> None:
    register()
    token = log_in(password=PASSWORD).json()
    client.post("/token/revoke", data={"token": token["refresh_token"]})
    assert client.get(EVENTS, headers=bearer(token["access_token"])).status_code == 401
