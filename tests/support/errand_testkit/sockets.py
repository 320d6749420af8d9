"""What the functions of real time are about: tables, API Gateway's connections, events of both."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from errand import opaque
from errand.clock import Clock
from errand.identity.accounts.model import Account
from errand.realtime.line import Line
from errand.realtime.model import TICKET_SECONDS, Holder, Socket, Ticket
from errand.realtime.repository import DynamoTickets
from errand.realtime.sockets import Sockets
from errand.storage.kinds import Table
from errand.storage.plain_ranges import PlainRanges
from errand_testkit.stored import commit
from push_hints import AtOnce, Pusher
from serve_sockets import SocketServer

NAMES = {Table.DATA: "DataTable", Table.EPHEMERAL: "EphemeralTable"}
EVENTS = Path(__file__).parents[3] / "events"
# Of the samples.
ADA, BOB = "06h04o2vndpa700bqsem70d6f8", "06h04oaa3dpa700lnaafu6cr44"
CONNECTION = "JKJaXdPzFiACJag="
LOST = ReadTimeoutError(endpoint_url="https://sockets.example.com")


def sample(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "an operation")


class FakeGateway:
    """`gone`: connections that are closed; `failing`: connection -> what a call about it raises."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.closed: list[str] = []
        self.gone: set[str] = set()
        self.failing: dict[str, Exception] = {}

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - botocore's names
        self._check(ConnectionId)
        self.sent.append((ConnectionId, Data.decode()))

    def delete_connection(self, *, ConnectionId: str) -> None:  # noqa: N803 - as above
        self._check(ConnectionId)
        self.closed.append(ConnectionId)
        self.gone.add(ConnectionId)

    def _check(self, connection_id: str) -> None:
        if connection_id in self.failing:
            raise self.failing[connection_id]
        if connection_id in self.gone:
            raise refused("GoneException")


def sockets(client: Any, *, clock: Clock) -> Sockets:
    return Sockets(PlainRanges(dynamodb=client, names=NAMES), clock=clock)


def server(client: Any, gateway: Any, *, clock: Clock) -> SocketServer:
    return SocketServer(sockets=sockets(client, clock=clock), line=Line(gateway), clock=clock)


def pusher(client: Any, gateway: Any, *, clock: Clock, at_once: AtOnce = map) -> Pusher:
    return Pusher(
        sockets=sockets(client, clock=clock), line=Line(gateway), clock=clock, at_once=at_once
    )


def store_ticket(account: Account, holder: Holder, *, now: int) -> str:
    """Its text."""
    token = opaque.make(account.id)
    ticket = Ticket(
        user_id=account.id,
        digest=token.digest,
        session_id=holder.session_id,
        token_id=holder.token_id,
        expires_at=now // 1000 + TICKET_SECONDS,
    )
    commit(lambda unit: DynamoTickets().add(unit, ticket))
    return token.text


def route(key: str, connection_id: str = CONNECTION, **more: Any) -> dict[str, Any]:
    """As the WebSocket API calls its integrations."""
    context = {
        "routeKey": key,
        "eventType": {"$connect": "CONNECT", "$disconnect": "DISCONNECT"}.get(key, "MESSAGE"),
        "connectionId": connection_id,
        "requestId": "JKJaXmPLvHcESHA=",
        "apiId": "a1b2c3d4e5",
        "stage": "live",
    }
    return {"requestContext": context, "isBase64Encoded": False, **more}


def opening(ticket: object, connection_id: str = CONNECTION) -> dict[str, Any]:
    return route("$connect", connection_id, queryStringParameters={"ticket": ticket})


def ids(found: Iterable[Socket]) -> list[str]:
    return [socket.id for socket in found]
