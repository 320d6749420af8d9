"""To be told of changes as they are made, instead of asking again and again."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema
from starlette.types import Receive, Scope, Send

from errand.codecs import instant
from errand.errors import NoStreams
from errand.inputs import Digits
from errand.realtime.model import Holder
from errand.realtime.repository import DynamoTickets
from errand.realtime.schemas import SocketTicket
from errand.realtime.service import TicketService
from errand_api import providers
from errand_api.dependencies import TaskReader, services_of
from errand_api.responses import as_json, problems
from errand_api.routing import Documented, Router
from errand_api.services import Services

if TYPE_CHECKING:
    from errand.realtime.listening import Listener, Listening

TAG = {"name": "realtime", "description": "To be told of changes as they are made."}
_EVENTS = "text/event-stream"
# As what we name an entry of the log: longer numbers there are none.
_NUMBER_DIGITS = 15
# Threads of this process that ask for those who listen: never those of requests.
_THREADS = 4

router = Router(tags=[TAG["name"]])


def tickets(services: Services) -> TicketService:
    return TicketService(
        tickets=DynamoTickets(),
        throttle=services.of(providers.throttle),
        store=services.of(providers.store),
        clock=services.clock,
        url=services.realtime_url,
    )


def listening(services: Services) -> "Listening":
    """Raises NoStreams."""
    if services.stream_seconds is None:
        raise NoStreams
    # Only there where answers can go on.
    from anyio import CapacityLimiter  # noqa: PLC0415
    from anyio.to_thread import run_sync  # noqa: PLC0415

    from errand.history.repository import DynamoLog  # noqa: PLC0415
    from errand.identity.personal_tokens.repository import DynamoTokens  # noqa: PLC0415
    from errand.identity.sessions.repository import DynamoSessions  # noqa: PLC0415
    from errand.realtime.holders import Holders  # noqa: PLC0415
    from errand.realtime.listening import Listening  # noqa: PLC0415

    limiter = CapacityLimiter(_THREADS)

    async def ask[T](function: Callable[[], T], /) -> T:
        return await run_sync(function, limiter=limiter)

    holders = Holders(sessions=DynamoSessions(), tokens=DynamoTokens(), clock=services.clock)
    made = Listening(log=DynamoLog(), holders=holders, ask=ask, seconds=services.stream_seconds)
    services.endless.append(made.close)
    return made


class EventStream(StreamingResponse):
    """What a listener is told, until it or its client has had enough."""

    media_type = _EVENTS

    def __init__(self, listener: "Listener", *, leave: Callable[[], None]) -> None:
        # For nginx, which would collect it.
        super().__init__(listener.blocks(), headers={"X-Accel-Buffering": "no"})
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


@router.post(
    "/realtime/ticket",
    operation_id="create_socket_ticket",
    summary="Get a ticket for a WebSocket",
    description="Good for 60 seconds, for opening one socket at `url` with `?ticket=…` behind it. "
    'On the socket comes `{"type": "changed", "cursor": 42}` within two seconds of a change: '
    "ask `GET /sync` what it was. 501 `realtime_not_configured`: there are no sockets here, and "
    "`GET /events` tells the same.",
    response_model=Documented(lambda: SocketTicket),
    responses=problems(400, 401, 403, 429, 501),
)
async def create_socket_ticket(request: Request, caller: TaskReader) -> Response:
    services = services_of(request)
    url, text, ticket = await services.run(services.of(tickets).make, caller=caller)
    expires_at = instant(ticket.expires_at * 1000)
    return as_json({"url": url, "ticket": text, "expires_at": expires_at})


LastEventId = Annotated[
    str | SkipJsonSchema[None],
    Header(description="Of the last message that the client has: browsers send it by themselves"),
]
After = Annotated[
    Annotated[int, Field(ge=0, le=10**_NUMBER_DIGITS - 1), Digits] | SkipJsonSchema[None],
    Query(description="The same, where no header can be sent"),
]
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events, for two hours at most",
        "content": {_EVENTS: {"schema": {"type": "string"}}},
    }
}


@router.get(
    "/events",
    operation_id="stream_events",
    summary="Listen for changes, as server-sent events",
    description="The messages of a WebSocket, where answers can go on: under uvicorn. A client "
    "that comes again with the last id it has is told at once if something has changed since. 501 "
    "`no_streams`: not here; `POST /realtime/ticket` leads to a WebSocket. At most 20 at once.",
    response_class=Response,
    responses=problems(400, 401, 403, 422, 429, 501) | _STREAM,
)
async def stream_events(
    request: Request,
    caller: TaskReader,
    cursor: After = None,
    last_event_id: LastEventId = None,
) -> Response:
    made = services_of(request).of(listening)
    if "errand.is_head" in request.scope:
        return Response(media_type=_EVENTS)
    listener = await made.join(
        user_id=caller.user_id,
        holder=Holder(session_id=caller.session_id, token_id=caller.token_id),
        after=_told(last_event_id, cursor),
    )
    return EventStream(listener, leave=partial(made.leave, listener))


def _told(last_event_id: str | None, cursor: int | None) -> int | None:
    """What is no number of ours was told by somebody else: as if it had been told nothing."""
    text = last_event_id or ""
    is_number = text.isascii() and text.isdigit() and len(text) <= _NUMBER_DIGITS
    return int(text) if is_number else cursor
