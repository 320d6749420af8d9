"""Opening, keeping and closing sockets: who is let in, once for each ticket."""

from typing import Any

import pytest

from errand.identity.accounts.model import Account, all_ended
from errand.identity.personal_tokens.repository import DynamoTokens
from errand.identity.sessions.repository import DynamoSessions
from errand.ids import new_id
from errand.realtime.model import SOCKET_SECONDS, SOCKETS_MAX, TICKET_SECONDS, Holder
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import new_account
from errand_testkit.sockets import (
    CONNECTION,
    FakeGateway,
    ids,
    opening,
    refused,
    route,
    sample,
    server,
    sockets,
    store_ticket,
)
from errand_testkit.stored import (
    change_account,
    commit,
    new_session,
    remove_account,
    store_account,
    store_personal_token,
    store_session,
)
from serve_sockets import MESSAGES_MAX, SocketServer


class World:
    """Ada with a session and a script; the function; connections of the gateway."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.fake = FakeDynamo()
        self.fake.connected()
        self.gateway = FakeGateway()
        self.ada: Account = store_account(new_account("ada", now=self.clock()))
        self.session = store_session(new_session(self.ada, now=self.clock())[0])
        self.script = store_personal_token(self.ada, now=self.clock())[0]
        self.phone = Holder(session_id=self.session.id)
        self.bot = Holder(token_id=self.script.id)
        self.sockets = sockets(self.fake, clock=self.clock)
        self.server: SocketServer = self.restarted()

    def restarted(self) -> SocketServer:
        self.server = server(self.fake, self.gateway, clock=self.clock)
        return self.server

    def ticket(self, holder: Holder | None = None) -> str:
        return store_ticket(self.ada, holder or self.phone, now=self.clock())

    def open(self, connection_id: str = "one", holder: Holder | None = None) -> int:
        return self.server.answer(opening(self.ticket(holder), connection_id))

    @property
    def open_ids(self) -> list[str]:
        return ids(self.sockets.of(self.ada.id))

    @property
    def items(self) -> list[str]:
        """What there is of tickets and sockets, by their keys."""
        return [
            f"{one['pk']['S']} {one['sk']['S']}"
            for one in self.fake.all("EphemeralTable")
            if not one["sk"]["S"].startswith("SESSION")
        ]


@pytest.fixture
def world() -> World:
    return World()


def test_the_gateways_events_are_understood(world: World) -> None:
    asked = sample("socket-connect")
    assert world.server.answer(asked) == 401
    asked["queryStringParameters"]["ticket"] = world.ticket()
    assert world.server.answer(asked) == 200
    assert world.open_ids == [CONNECTION]
    assert world.server.answer(sample("socket-message")) == 200
    assert world.gateway.closed == []
    assert world.server.answer(sample("socket-disconnect")) == 200
    assert world.open_ids == []


# ----------------------------------------------------------------------------------------- $connect


def test_a_ticket_opens_a_socket_of_its_session(world: World) -> None:
    assert world.open() == 200
    [socket] = world.sockets.of(world.ada.id)
    assert (socket.id, socket.holder, socket.opened_at) == ("one", world.phone, world.clock())
    assert socket.expires_at == world.clock() // 1000 + SOCKET_SECONDS
    assert world.items == ["SOCKET#one OWNER", f"USER#{world.ada.id} SOCKET#one"]


def test_a_script_may_listen_too(world: World) -> None:
    assert world.open(holder=world.bot) == 200
    assert world.sockets.of(world.ada.id)[0].holder == world.bot


def test_a_ticket_is_good_once(world: World) -> None:
    ticket = world.ticket()
    assert world.server.answer(opening(ticket, "one")) == 200
    assert world.server.answer(opening(ticket, "two")) == 401
    assert world.open_ids == ["one"]


def test_of_two_who_have_a_ticket_at_once_one_gets_in(world: World) -> None:
    ticket = world.ticket()
    other = server(world.fake, world.gateway, clock=world.clock)
    answers: list[int] = []
    world.fake.interferences.append(lambda: answers.append(other.answer(opening(ticket, "two"))))
    answers.append(world.server.answer(opening(ticket, "one")))
    assert sorted(answers) == [200, 401]
    assert world.open_ids == ["two"]


def test_a_ticket_is_good_for_a_minute(world: World) -> None:
    early, late = world.ticket(), world.ticket()
    world.clock.advance(TICKET_SECONDS - 1)
    assert world.server.answer(opening(early, "one")) == 200
    world.clock.advance(1)
    assert world.server.answer(opening(late, "two")) == 401


@pytest.mark.parametrize(
    "ticket", [None, "", "x" * 64, "A" * 64, 7, ["a"], "=" * 64, "é" * 64, "x" * 100_000, "\0"]
)
def test_what_is_no_ticket_opens_nothing(world: World, ticket: object) -> None:
    assert world.server.answer(opening(ticket)) == 401
    assert world.items == []


@pytest.mark.parametrize("query", [None, {}, [], {"Ticket": "x"}])
def test_no_ticket_at_all(world: World, query: object) -> None:
    assert world.server.answer(route("$connect", queryStringParameters=query)) == 401


@pytest.mark.parametrize("event", [None, {}, {"requestContext": {}}, {"requestContext": []}, "x"])
def test_what_is_no_event_of_the_gateway_is_refused(world: World, event: Any) -> None:
    assert world.server.answer(event) == 400


def _logs_out(world: World) -> None:
    commit(lambda unit: DynamoSessions().end(unit, world.session))


def _ends_all(world: World) -> None:
    change_account(world.ada, now=world.clock(), **all_ended(world.clock()))


def _is_disabled(world: World) -> None:
    change_account(world.ada, now=world.clock(), disabled=True)


def _is_deleted(world: World) -> None:
    remove_account(world.ada)


def _revokes(world: World) -> None:
    user_id, token_id = world.ada.id, world.script.id
    commit(lambda unit: DynamoTokens().remove(unit, user_id=user_id, token_id=token_id))


ENDS = [_logs_out, _ends_all, _is_disabled, _is_deleted, _revokes]


@pytest.mark.parametrize("ends", ENDS)
def test_a_ticket_of_what_has_ended_since_opens_nothing(world: World, ends: Any) -> None:
    ticket = world.ticket(world.bot if ends is _revokes else world.phone)
    ends(world)
    assert world.server.answer(opening(ticket)) == 401
    assert world.items == []


@pytest.mark.parametrize("ends", ENDS)
def test_what_ends_while_a_socket_is_opened_finds_it_or_keeps_it_shut(
    world: World, ends: Any
) -> None:
    """Whenever it ends: before the last look there is no socket, behind it there is one to find."""
    for place in range(4):
        world = World()
        ticket = world.ticket(world.bot if ends is _revokes else world.phone)
        found: list[list[str]] = []

        def end(world: World = world, found: list[list[str]] = found) -> None:
            ends(world)
            found.append(world.open_ids)

        world.fake.interferences += [lambda: None] * place + [end]
        status = world.server.answer(opening(ticket, "one"))
        world.fake.interferences.clear()
        if not found:
            end()
        assert status == 401 or found == [["one"]], place


def test_a_socket_ends_with_the_token_it_was_opened_with(world: World) -> None:
    expires_at = world.clock() + 90_000
    key = (f"USER#{world.ada.id}", f"PAT#{world.script.id}")
    world.fake.items["DataTable"][key]["ex"] = {"N": str(expires_at)}
    assert world.open(holder=world.bot) == 200
    assert world.sockets.of(world.ada.id)[0].expires_at == expires_at // 1000


def test_of_too_many_sockets_the_oldest_goes(world: World) -> None:
    for number in range(SOCKETS_MAX):
        world.clock.advance(1)
        assert world.open(f"{-number}") == 200
    assert world.gateway.closed == []
    world.clock.advance(1)
    assert world.open("one more") == 200
    assert world.gateway.closed == ["0"]
    assert len(world.open_ids) == SOCKETS_MAX
    assert world.open_ids[-1] == "one more"


@pytest.mark.parametrize("operation", ["DeleteItem", "PutItem", "BatchGetItem", "Query"])
def test_a_database_that_is_away_opens_nothing(world: World, operation: str) -> None:
    ticket = world.ticket()

    def watch(asked: str, _: Any) -> None:
        if asked == operation:
            raise refused("ProvisionedThroughputExceededException")

    world.fake._watch = watch
    assert world.server.answer(opening(ticket)) == 503


# -------------------------------------------------------------------------------------- $disconnect


def test_a_socket_that_closes_is_forgotten_however_often_that_is_told(world: World) -> None:
    world.open("one")
    world.open("two")
    for _ in range(3):
        assert world.server.answer(route("$disconnect", "one")) == 200
    assert world.open_ids == ["two"]
    assert world.items == ["SOCKET#two OWNER", f"USER#{world.ada.id} SOCKET#two"]


def test_one_that_was_never_open_closes(world: World) -> None:
    assert world.server.answer(route("$disconnect", new_id())) == 200


def test_forgetting_goes_on_where_it_was_interrupted(world: World) -> None:
    world.open("one")

    def watch(asked: str, request: Any) -> None:
        if asked == "DeleteItem" and request["Key"]["sk"]["S"] == "OWNER":
            raise refused("InternalServerError")

    world.fake._watch = watch
    assert world.server.answer(route("$disconnect", "one")) == 503
    assert world.open_ids == []
    world.fake._watch = lambda *_: None
    # Nobody is told of it any more, and its owner expires.
    assert world.server.answer(route("$disconnect", "one")) == 200


# ----------------------------------------------------------------------------------------- $default


def test_a_message_keeps_a_socket_alive_and_is_not_looked_at(world: World) -> None:
    world.open("one")
    for body in ("ping", "{", '{"action": "$connect"}', "x" * 32_000, None):
        assert world.server.answer(route("$default", "one", body=body)) == 200
    assert world.gateway.closed == []
    assert world.gateway.sent == []


@pytest.mark.parametrize("ends", ENDS)
def test_a_message_on_a_socket_whose_holder_has_ended_closes_it(world: World, ends: Any) -> None:
    world.open("one", world.bot if ends is _revokes else world.phone)
    ends(world)
    world.server.answer(route("$default", "one", body="ping"))
    assert world.gateway.closed == ["one"]
    assert world.items == []


def test_a_message_on_a_socket_whose_time_is_over_closes_it(world: World) -> None:
    world.open("one")
    world.clock.advance(SOCKET_SECONDS)
    world.server.answer(route("$default", "one"))
    assert world.gateway.closed == ["one"]


def test_a_socket_that_nobody_knows_is_closed(world: World) -> None:
    """Its account is gone, or it was one too many."""
    world.server.answer(route("$default", "one"))
    assert world.gateway.closed == ["one"]


def test_whoever_talks_instead_of_listening_is_shut_out(world: World) -> None:
    world.open("one")
    world.open("two")
    for _ in range(MESSAGES_MAX):
        world.server.answer(route("$default", "one"))
    world.server.answer(route("$default", "two"))
    assert world.gateway.closed == []
    world.server.answer(route("$default", "one"))
    assert world.gateway.closed == ["one"]
    assert world.open_ids == ["two"]


def test_messages_are_counted_by_the_minute(world: World) -> None:
    world.open("one")
    for _ in range(3):
        for _ in range(MESSAGES_MAX):
            world.server.answer(route("$default", "one"))
        world.clock.advance(60)
    assert world.gateway.closed == []


def test_a_gateway_that_is_away_is_no_reason_to_fail_loudly(world: World) -> None:
    world.gateway.failing["one"] = refused("InternalServerError")
    assert world.server.answer(route("$default", "one")) == 503
