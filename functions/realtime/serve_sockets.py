"""The routes of the WebSocket API: a socket is opened with a ticket, kept alive, closed.

What a client sends is never looked at: that it sends something keeps its socket from being idle,
which API Gateway ends after ten minutes.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
"""

import logging
import os
from collections import OrderedDict
from functools import cache
from http import HTTPStatus
from typing import Any

from errand.aws import AWS_ERRORS, client, reason
from errand.clock import Clock, system_clock
from errand.errors import InvalidGrant, MalformedRecord, StorageUnavailable
from errand.messages import member
from errand.realtime.line import Line
from errand.realtime.model import SOCKET_SECONDS, SOCKETS_MAX, Socket
from errand.realtime.sockets import Sockets
from errand.storage.kinds import Table
from errand.storage.plain_ranges import PlainRanges

logger = logging.getLogger("errand.serve_sockets")
logger.setLevel(logging.INFO)

# Messages that an instance takes of a socket in a minute: it is there to listen.
MESSAGES_MAX = 10
_WINDOW_MS = 60_000
# Sockets of which messages are counted; beyond that the oldest are forgotten.
_COUNTED = 1_000


class SocketServer:
    def __init__(self, *, sockets: Sockets, line: Line, clock: Clock) -> None:
        self._sockets = sockets
        self._line = line
        self._clock = clock
        # Socket -> beginning of the minute that is counted, messages in it.
        self._heard: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def answer(self, event: object) -> HTTPStatus:
        """Of $connect it decides whether there will be a socket; nobody hears of the others."""
        try:
            context = member(event, "requestContext", dict)
            socket_id = member(context, "connectionId", str)
            match member(context, "routeKey", str):
                case "$connect":
                    self._open(event, socket_id)
                case "$disconnect":
                    self._closed(socket_id)
                case _:
                    self._hear(socket_id)
        except InvalidGrant:
            return HTTPStatus.UNAUTHORIZED
        except MalformedRecord as error:
            logger.warning("Not understood", extra={"reason": error.detail})
            return HTTPStatus.BAD_REQUEST
        except StorageUnavailable as error:
            logger.warning("Not served", extra={"reason": error.code})
            return HTTPStatus.SERVICE_UNAVAILABLE
        except AWS_ERRORS as error:
            logger.warning("Not served", extra={"reason": reason(error)})
            return HTTPStatus.SERVICE_UNAVAILABLE
        return HTTPStatus.OK

    def _open(self, event: object, socket_id: str) -> None:
        """Raises InvalidGrant."""
        ticket = self._sockets.take(_ticket(event))
        now = self._clock()
        socket = Socket(
            id=socket_id,
            user_id=ticket.user_id,
            session_id=ticket.session_id,
            token_id=ticket.token_id,
            opened_at=now,
            expires_at=now // 1000 + SOCKET_SECONDS,
        )
        # Put down before it is looked whether it may be there: what ends later finds it.
        self._sockets.add(socket)
        until = self._sockets.let_in(ticket.user_id, ticket.holder)
        if until is None:
            self._sockets.forget(socket)
            raise InvalidGrant
        if until < socket.expires_at:
            self._sockets.add(socket.ending(until))
        self._make_room(ticket.user_id)

    def _make_room(self, user_id: str) -> None:
        """The oldest go: one that the gateway forgot to tell of must not keep anybody out."""
        for socket in self._sockets.of(user_id)[:-SOCKETS_MAX]:
            self._end(socket)

    def _closed(self, socket_id: str) -> None:
        socket = self._sockets.find(socket_id)
        if socket:
            self._sockets.forget(socket)
        self._heard.pop(socket_id, None)

    def _hear(self, socket_id: str) -> None:
        socket = self._sockets.find(socket_id)
        if socket is None:
            # Of an account whose sockets were closed, or that is gone.
            self._line.close(socket_id)
        elif self._is_too_much(socket_id) or self._sockets.over(socket.user_id, [socket]):
            self._end(socket)

    def _is_too_much(self, socket_id: str) -> bool:
        now = self._clock()
        began, messages = self._heard.pop(socket_id, (now, 0))
        if now - began >= _WINDOW_MS:
            began, messages = now, 0
        self._heard[socket_id] = (began, messages + 1)
        while len(self._heard) > _COUNTED:
            self._heard.popitem(last=False)
        return messages >= MESSAGES_MAX

    def _end(self, socket: Socket) -> None:
        self._line.close(socket.id)
        self._sockets.forget(socket)


def _ticket(event: object) -> str:
    """Raises InvalidGrant."""
    try:
        return member(member(event, "queryStringParameters", dict), "ticket", str)
    except MalformedRecord:
        raise InvalidGrant from None


@cache
def server() -> SocketServer:
    names = {
        Table.DATA: os.environ["ERRAND_DATA_TABLE"],
        Table.EPHEMERAL: os.environ["ERRAND_EPHEMERAL_TABLE"],
    }
    tables = PlainRanges(dynamodb=client("dynamodb", read_timeout=2), names=names)
    gateway = client(
        "apigatewaymanagementapi", read_timeout=2, endpoint=os.environ["ERRAND_SOCKETS_URL"]
    )
    sockets = Sockets(tables, clock=system_clock)
    return SocketServer(sockets=sockets, line=Line(gateway), clock=system_clock)


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    return {"statusCode": server().answer(event)}
